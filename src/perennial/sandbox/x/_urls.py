"""The URLs that X sees in a text, with a protocol or without one. Host names are read label by label."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from perennial.sandbox.x._url_parts import (
    NOT_BEFORE_URL,
    fits,
    latin_domains,
    path_end,
    query_end,
    top_level_end,
)

SLUG_LENGTH_MAX = 40

_PUNCTUATION = r"!#$%&'()*+,/:;<=>?@\[\\\]^{|}~"
_SPACE = r"\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_DIRECTION = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_NO_HOST = rf"{_PUNCTUATION}{_SPACE}{_DIRECTION}\ufeff\ufffe\uffff"
_RUN = re.compile(rf"[^{_NO_HOST}]+")
_START = re.compile(rf"(?<!{NOT_BEFORE_URL})[^{_NO_HOST}._-]")
_PORT = re.compile(r":[0-9]+")
_TCO = re.compile(r"https?://t\.co/([a-z0-9]+)", re.IGNORECASE | re.ASCII)

Label = tuple[int, int]


class Candidate(NamedTuple):
    """Something that X reads as one URL, and judges afterwards."""

    start: int
    host: int
    host_end: int
    has_path: bool
    end: int


def urls(text: str) -> Iterator[tuple[int, int]]:
    """The start and the end of each URL, one after the other; bare domains are URLs too."""
    return (span for candidate in _candidates(text) for span in _judged(text, candidate))


def _candidates(text: str) -> Iterator[Candidate]:
    position = read = 0  # before `position`, all belongs to candidates or can belong to none
    while run := _RUN.search(text, max(position, read)):
        for chain in _chains(text, *run.span()):
            for candidate in _in_chain(text, chain, position):
                yield candidate
                position = candidate.end
        read = run.end()


def _chains(text: str, start: int, end: int) -> Iterator[list[Label]]:
    """The labels between these positions, in lists of those that can be of one host name."""
    chain: list[Label] = []
    for piece in text[start:end].split("."):
        label = (start, start + len(piece))
        if chain and (not piece or piece[0] in "-_" or text[chain[-1][1] - 1] in "-_" or chain[-1][0] == chain[-1][1]):
            yield chain
            chain = []
        chain.append(label)
        start += len(piece) + 1
    yield chain


def _in_chain(text: str, labels: list[Label], position: int) -> Iterator[Candidate]:
    """The candidates from `position` on in labels that can all be of one host name.

    The label before the top-level domain has no underscore. Where none is without, the URL begins after it.
    """
    ends = [top_level_end(text, start) for start, _ in labels[1:]]
    good = [
        n for n, (end, label) in enumerate(zip(ends, labels, strict=False)) if end and "_" not in text[slice(*label)]
    ]
    last_good = good[-1] if good else -1
    for number, ((label_start, dot), end) in enumerate(zip(labels, ends, strict=False)):
        if not end or dot <= position:
            continue
        first = max(labels[0][0], position + 1 if position else 0)
        if number > last_good:
            first = max(first, text.rfind("_", label_start, dot) + 1)
        start = _START.search(text, first, dot)
        if start and start.start() == 0:
            start = _START.match(text, 1, dot) or start
        if not start:
            position = dot
            continue
        candidate = _whole(text, start.start(), ends[last_good] if number <= last_good else end, position)
        yield candidate
        position = candidate.end


def _whole(text: str, host: int, host_end: int, position: int) -> Candidate:
    """The candidate with this host, and with what stands around it: protocol, port, path and query."""
    start = host
    for protocol in ("http://", "https://"):
        before = host - len(protocol)
        if before >= 0 and text[before:host].lower() == protocol:
            allowed = before > position and not re.match(NOT_BEFORE_URL, text[before - 1])
            start = before if before == 0 or allowed else host
    port = _PORT.match(text, host_end)
    after = port.end() if port else host_end
    path = path_end(text, after)
    return Candidate(start, host, host_end, path > after, query_end(text, path))


def _judged(text: str, candidate: Candidate) -> Iterator[tuple[int, int]]:
    """The URLs of a candidate: itself, none, or those of its domains that are in Latin letters."""
    start, host, host_end, has_path, end = candidate
    domain = text[host:host_end]
    has_protocol = host > start
    if not has_protocol and start > 0 and text[start - 1] in "-_./":
        return
    spans = [] if has_protocol else latin_domains(domain)
    if not (spans or has_protocol) or not fits(domain, end - start + (host - start or len("https://"))):
        return
    if not has_protocol:
        for first, last in spans[:-1]:
            yield host + first, host + last
        first, last = spans[-1]
        yield host + first, host + last + (end - host_end if has_path else 0)
    elif slug := _TCO.match(text, start, end):
        if len(slug[1]) <= SLUG_LENGTH_MAX:
            yield start, min(end, query_end(text, slug.end()))
    else:
        yield start, end
