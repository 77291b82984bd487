"""h11, stricter where the framing of a request is doubtful: two readers must not see two different requests in it."""

import re
from typing import Any
from urllib.parse import SplitResultBytes, urlsplit

import h11

from perennial.process.connections._lines import EMPTY, LineBuffer
from perennial.process.connections._tally import count_dropped

LINE_BYTES = 4  # of a header: the colon, the space, and the line's end
CHUNKS_FREE, CHUNK_BYTES = 4_096, 64  # each costs as much as a kilobyte; whoever sends more makes them so large
BOTH = "A request has a Content-Length or a Transfer-Encoding, not both."
OLD = "An HTTP/1.0 request has no Transfer-Encoding."
SMALL = "The body has too many chunks, which are too small."
CODINGS = "Of the transfer codings chunked alone is known, once."
NO_URL = "The target of the request is no path, and no URL with a host."
TOO_LARGE = "The head of the request is too large."
VERSION = "Requests are taken in the versions 1.1 and 1.0 of HTTP."
_QUOTED = re.compile(r": b(?:ytearray)?\W")  # h11 says after it what it has read


class StrictConnection(h11.Connection):
    """The server's side of a connection. `status` and `reason` are what a refused request is answered with."""

    def __init__(self, head_bytes: int) -> None:
        super().__init__(h11.SERVER, head_bytes)
        self._lines = self._receive_buffer = LineBuffer()
        self._has_skipped = False
        self._head_bytes, self.status, self.reason = head_bytes, 400, ""
        self._chunks = self._body_bytes = 0

    def next_event(self) -> Any:
        """The next event. Raises h11.RemoteProtocolError for what is no request, or a doubtful one."""
        if self.their_state is h11.IDLE and not self._has_skipped:
            if bytes(self._lines) == EMPTY[:1]:
                return h11.NEED_DATA
            self._has_skipped = self._lines.skip_empty_line()  # one, before a request: RFC 9112, 2.2
        try:
            event = super().next_event()
            if isinstance(event, h11.Data):
                self._count(event)
            return self._checked(event) if isinstance(event, h11.Request) else event
        except h11.RemoteProtocolError as error:
            self.status, self.reason = error.error_status_hint, _sentence(error)
            if self.status == 431:
                count_dropped("head_bytes")
            raise

    def _count(self, data: h11.Data) -> None:
        self._chunks += data.chunk_start
        self._body_bytes += len(data.data)
        if self._chunks > CHUNKS_FREE + self._body_bytes // CHUNK_BYTES:
            raise h11.RemoteProtocolError(SMALL)

    def _checked(self, request: h11.Request) -> h11.Request:
        """The request, with its target in origin form. A proxy may disagree with us about the length of others."""
        self._chunks = self._body_bytes = 0
        self._has_skipped = False
        headers = list(request.headers)
        names = {name for name, _ in headers}
        size = len(request.target) + sum(len(name) + len(value) + LINE_BYTES for name, value in headers)
        if size > self._head_bytes:  # h11 itself looks only at what is incomplete
            raise h11.RemoteProtocolError(TOO_LARGE, error_status_hint=431)
        if not request.http_version.startswith(b"1."):
            raise h11.RemoteProtocolError(VERSION, error_status_hint=505)
        if b"transfer-encoding" in names and b"content-length" in names:  # RFC 9112, 6.1
            raise h11.RemoteProtocolError(BOTH)
        if request.http_version < b"1.1":
            if b"transfer-encoding" in names:
                raise h11.RemoteProtocolError(OLD)
            headers = [(name, value) for name, value in headers if name != b"upgrade"]  # RFC 9110, 7.8
            request = _changed(request, request.target, headers)
        return _in_origin_form(request, headers)


def _sentence(error: h11.RemoteProtocolError) -> str:
    """What the client is told: our own sentence, or h11's few words without the bytes that they are about."""
    words = str(error)
    if words.endswith("."):
        return words
    if error.error_status_hint == 400:
        return f"The request cannot be read: {_QUOTED.split(words)[0]}."
    return TOO_LARGE if error.error_status_hint == 431 else CODINGS


def _in_origin_form(request: h11.Request, headers: list[tuple[bytes, bytes]]) -> h11.Request:
    """The request as without a proxy: in `GET http://host/path` the host counts, not Host (RFC 9112, 3.2.2)."""
    if request.target.startswith(b"/") or (request.method, request.target) == (b"OPTIONS", b"*"):
        return request
    url = _url(request.target)
    others = [(name, value) for name, value in headers if name != b"host"]
    target = (url.path or b"/") + (b"?" + url.query if url.query else b"")
    return _changed(request, target, [(b"host", url.netloc.rpartition(b"@")[2]), *others])


def _changed(request: h11.Request, target: bytes, headers: list[tuple[bytes, bytes]]) -> h11.Request:
    return h11.Request(method=request.method, target=target, headers=headers, http_version=request.http_version)


def _url(target: bytes) -> SplitResultBytes:
    """Raises h11.RemoteProtocolError unless the target is a URL that a server of HTTP may be asked for."""
    try:
        url = urlsplit(target)
    except ValueError:
        raise h11.RemoteProtocolError(NO_URL) from None
    if url.scheme not in (b"http", b"https") or not url.hostname:
        raise h11.RemoteProtocolError(NO_URL)
    return url
