"""Where a text has links as X finds them, with `https://` before them or without.

X looks for the first place at which a link can begin, takes as much as belongs to it, and goes on after it, also where
what it took is no link in the end. Tried at every place, that takes time in the square of the text's length. Here the
search goes from one top-level domain to the next, and from there back to where the link begins: it looks at each
character a few times at most.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from perennial.platforms.x._host_names import has_valid_length
from perennial.platforms.x._top_level_domains import pattern

SLUG_MAX = 40  # letters of a t.co link

_SPACES = r"\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_DIRECTIONS = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVALID = r"\ufeff\ufffe\uffff"
# What no host name has. A dot, a hyphen and an underscore are in it, but not everywhere.
_NO_HOST = rf"!#-,/:-@\[-\^{{-~{_SPACES}{_DIRECTIONS}{_INVALID}"
_LETTER = rf"[^{_NO_HOST}._-]"
_LABEL = rf"(?![_-])[^{_NO_HOST}.]++(?<![_-])\."
_NAME = rf"(?!-)[^{_NO_HOST}._]++(?<!-)\."  # the label before the top-level domain has no underscore

_LATIN = (
    r"A-Za-z0-9\xc0-\xd6\xd8-\xf6\xf8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289\u028b"
    r"\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_PATH_END = rf"{_LATIN}\u0400-\u04ff+=_#/-"
_NO_PATH_END = r"!*';:,.$%\[\]\u2013~@|&"  # in a path, but not at its end
_PATH = rf"[{_NO_PATH_END}{_PATH_END}]"
_BRACKETS = rf"\({_PATH}*+(?:\({_PATH}++\){_PATH}*+|(?<!\())\)"
# Where brackets follow something that can be no end, something has to follow that can.
_TO_END = rf"{_PATH}*[{_PATH_END}]|{_BRACKETS}|[{_NO_PATH_END}]++(?:{_BRACKETS}[{_NO_PATH_END}]*+)++[{_PATH_END}]"
_QUERY = r"\?[A-Za-z0-9!?*'@();:&=+$/%#\[\]_.,~|-]*[A-Za-z0-9_&=#/-]"

_LABELS = re.compile(rf"[._-]*+[^{_NO_HOST}.]++(?:(?<![_-])\.(?![._-])[^{_NO_HOST}.]++)*+")
_AFTER_DOMAIN = re.compile(rf"(?::[0-9]+)?(?P<path>/(?:{_TO_END})*+)?(?:{_QUERY})?")
_BEGINNING = re.compile(rf"(?<![A-Za-z0-9@\uff20#\uff03${_INVALID}]){_LETTER}")
# Two that are read backwards: a protocol, and what comes before a host name, whose labels have letters at both ends.
_PROTOCOL = re.compile(r"//:s?ptth", re.IGNORECASE | re.ASCII)
_BREAK = re.compile(rf"[{_NO_HOST}._-](?:(?<![._-])|(?<=\.)(?=[_-])|(?<=[._-])(?=\.))")
_SHORT_LINK = re.compile(rf"https?://t\.co/([a-z0-9]+)(?:{_QUERY})?", re.IGNORECASE | re.ASCII)
_OTHER = re.compile(rf"[^{_LATIN}.-]")


@cache  # they are large, and most processes that start find no link for a while
def _top_level_domain() -> re.Pattern[str]:
    return re.compile(rf"\.{pattern(rf'(?<={_LETTER}.)')}")


@cache
def _domain() -> re.Pattern[str]:
    return re.compile(rf"[._-]*+(?:{_LABEL})*{_NAME}{pattern()}")


class _Taken(NamedTuple):
    """What X takes for a link: it begins at `start`, its host at `host`, and it ends at `end`."""

    start: int
    host: int
    host_end: int
    has_path: bool
    end: int


def links(text: str, looks: Iterator[int]) -> list[tuple[int, int]]:
    """Where each link begins and ends. The text is in NFC, as X normalises it.

    Each look at a place where a link may be takes one from `looks`; when they are used up, no more links are found.
    """
    return [span for taken in _taken(text, looks) for span in _counted(text, taken)]


def _taken(text: str, looks: Iterator[int]) -> Iterator[_Taken]:
    """All that X takes for a link, one after the other."""
    done = 0  # what stands before is part of a link, or can be part of none
    labels_end = domain_end = 0  # of the host name that is being read: its end, and that of its last domain
    at = _top_level_domain().search(text)
    while at and next(looks, None) is not None:
        dot = at.start()
        label = _BREAK.search(text[done:dot][::-1])
        begin = max(dot - label.start() if label else 0, done + 1 if done else 0)
        if dot >= labels_end:
            labels_end, domain_end = _host_name(text, begin)
        # A link takes all labels up to the last domain. If each top-level domain that is left stands behind a label
        # with an underscore, the link begins after that underscore.
        first = text.rfind("_", begin, dot) + 1 if domain_end <= dot else 0
        host = _BEGINNING.search(text, max(begin, first), dot)
        if host and host.start() == 0:
            # At the beginning of a text, X would rather have one character before a link than none.
            host = _BEGINNING.match(text, 1, dot) or host
        if host:
            host_end = domain_end if domain_end > dot else at.end()
            start = _with_protocol(text, done, host.start())
            done, has_path = _after_domain(text, host_end)
            yield _Taken(start, host.start(), host_end, has_path, done)
        else:
            done = dot
        at = _top_level_domain().search(text, max(done, dot + 1))


def _host_name(text: str, begin: int) -> tuple[int, int]:
    """Where the labels that begin here end, and where the last domain in them ends (0 if there is none)."""
    labels, domain = _LABELS.match(text, begin), _domain().match(text, begin)
    return labels.end() if labels else begin, domain.end() if domain else 0


def _after_domain(text: str, host_end: int) -> tuple[int, bool]:
    """Where the link ends whose host ends here, and whether it has a path."""
    after = _AFTER_DOMAIN.match(text, host_end)
    return (after.end(), after["path"] is not None) if after else (host_end, False)


def _with_protocol(text: str, done: int, start: int) -> int:
    """Where the link begins whose host begins at `start`: before its protocol, if it has one that can begin there."""
    protocol = _PROTOCOL.match(text[max(done, start - 8) : start][::-1])
    if not protocol:
        return start
    begin = start - protocol.end()
    if begin == 0:
        return begin
    return begin if begin > done and _BEGINNING.match(text, begin) else start


def _counted(text: str, taken: _Taken) -> Iterator[tuple[int, int]]:
    """The links in what X took for one."""
    start, host, host_end, has_path, end = taken
    domain = text[host:host_end]
    if not has_valid_length(domain, end - start + (host - start or len("https://"))):
        return
    if host > start:
        short = _SHORT_LINK.match(text, start, end)
        if not short:
            yield start, end
        elif len(short[1]) <= SLUG_MAX:
            yield short.span()
        return
    if start and text[start - 1] in "-_./":
        return
    spans = _latin(domain) if _OTHER.search(domain) else [(0, len(domain))]
    for number, (first, last) in enumerate(spans, 1):
        more = end - host_end if has_path and number == len(spans) else 0  # what follows belongs to the last
        yield start + first, start + last + more


def _latin(domain: str) -> list[tuple[int, int]]:
    """The domains of Latin letters in a domain that has others too, as in `日本語example.com`."""
    found: list[tuple[int, int]] = []
    begin = seen = 0
    extends = False  # whether the last one found goes on to here
    for at in _top_level_domain().finditer(domain):
        other = _OTHER.search(domain[seen : at.start()][::-1])
        if other:
            begin, extends = at.start() - other.start(), False
        begin += domain.startswith(".", begin)
        seen = at.start()
        if begin >= seen:
            continue
        if extends:
            found.pop()
        found.append((begin, at.end()))
        extends = True
    return found
