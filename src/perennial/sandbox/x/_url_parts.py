"""The parts of a URL as X reads them: top-level domains, domains, paths and queries."""

import re
from functools import cache
from importlib import resources

URL_LENGTH_MAX = 4096
LABEL_LENGTH_MAX = 63
NOT_BEFORE_URL = r"[A-Za-z0-9@\uff20#\uff03$\ufeff\ufffe\uffff]"

_LATIN_LETTERS = (
    r"a-z0-9\xc0-\xd6\xd8-\xf6\xf8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289\u028b\u02bb"
    r"\u0300-\u036f\u1e00-\u1eff"
)
_LATIN_TAIL = re.compile(rf"[{_LATIN_LETTERS}-]*\Z", re.IGNORECASE)
_LAST = rf"{_LATIN_LETTERS}\u0400-\u04ff+=_#/-"  # a path may end with these, not with those of _INNER
_INNER_SET = r"!*';:,.$%\[\]\u2013~@|&"
_LASTS = re.compile(rf"[{_LAST}]+", re.IGNORECASE)
_INNERS = re.compile(rf"[{_INNER_SET}]*")
_ANY = rf"[{_INNER_SET}{_LAST}]"
_BRACKETS = re.compile(rf"\((?:{_ANY}++\)|{_ANY}*+\({_ANY}++\){_ANY}*+\))", re.IGNORECASE)
_QUERY = re.compile(r"\?[a-z0-9!?*'@();:&=+$/%#\[\]_.,~|-]*[a-z0-9_&=#/-]", re.IGNORECASE | re.ASCII)
_WORD = re.compile(r"(?:xn--[a-z0-9-]+|[a-z]+(?![a-z0-9@+-]))", re.IGNORECASE | re.ASCII)
_AFTER_DOMAIN = re.compile(r"[^A-Za-z0-9@+-]|\Z")


@cache  # read when the first text is posted, not at each start
def _known_domains() -> frozenset[str]:
    """All top-level domains of the public suffix list."""
    names = set()
    with resources.files("publicsuffixlist").joinpath("public_suffix_list.dat").open(encoding="utf-8") as lines:
        for line in lines:
            if "===END ICANN DOMAINS===" in line:
                break
            if line.strip() and not line.startswith("//"):
                names.add(line.split()[0].split(".")[-1])
    return frozenset(names)


@cache
def _longest() -> int:
    return max(map(len, _known_domains()))


def top_level_end(text: str, position: int) -> int:
    """Where the top-level domain ends that begins here; 0 if there is none."""
    word = _WORD.match(text, position)
    if word and (word[0].lower() in _known_domains() or word[0][:4].lower() == "xn--"):
        return word.end()
    if text[position : position + _longest()].isascii():
        return 0
    for end in range(min(position + _longest(), len(text)), position + 1, -1):
        if text[position:end].lower() in _known_domains() and _AFTER_DOMAIN.match(text, end):
            return end
    return 0


def latin_domains(domain: str) -> list[tuple[int, int]]:
    """Where the domains in Latin letters begin and end in a domain that may have other letters too."""
    found: list[tuple[int, int]] = []
    begin = start = 0
    joined = False  # whether the labels from `begin` to here are all in Latin letters
    for label in domain.split(".")[:-1]:
        dot = start + len(label)
        tail = _LATIN_TAIL.search(label)
        latin = len(tail[0]) if tail else 0
        if not joined or latin < len(label):
            begin, joined = dot - latin, latin > 0
        end = top_level_end(domain, dot + 1) if latin else 0
        if end and found and found[-1][0] == begin:
            found.pop()
        if end:
            found.append((begin, end))
        start = dot + 1
    return found


def fits(domain: str, length: int) -> bool:
    """Whether each label has 1 to 63 characters in ASCII, and a URL of this length at most 4,096, its host in ASCII."""
    if length > URL_LENGTH_MAX or len(max(domain.split("."), key=len)) > LABEL_LENGTH_MAX:
        return False
    if domain.isascii():
        return True
    try:
        encoded = domain.encode("idna")
    except UnicodeError:
        return False
    return length - len(domain) + len(encoded) <= URL_LENGTH_MAX


def path_end(text: str, position: int) -> int:
    """Where the path ends that begins here; `position` if there is none."""
    if not text.startswith("/", position):
        return position
    position += 1
    while found := _LASTS.match(text, position) or _BRACKETS.match(text, position) or _up_to_last(text, position):
        position = found.end()
    return position


def _up_to_last(text: str, position: int) -> re.Match[str] | None:
    """Characters and brackets that a path cannot end with, up to one that it can end with."""
    inner = _INNERS.match(text, position)
    if not inner or inner.end() == position:
        return None
    end = inner.end()
    while brackets := _BRACKETS.match(text, end):
        inner = _INNERS.match(text, brackets.end())
        end = inner.end() if inner else brackets.end()
    return _LASTS.match(text, end)


def query_end(text: str, position: int) -> int:
    """Where the query ends that begins here; `position` if there is none."""
    query = _QUERY.match(text, position)
    return query.end() if query else position
