"""h11, stricter where the framing of a request is doubtful: two readers must not see two different requests in it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import h11

LINE_BYTES = 4  # of a header: the colon, the space, and the line's end
BOTH = "A request has a Content-Length or a Transfer-Encoding, not both."
OLD = "An HTTP/1.0 request has no Transfer-Encoding."
TOO_LARGE = "The head of the request is too large."


class StrictConnection(h11.Connection):
    """The server's side of a connection. `status` is what a refused request is answered with."""

    def __init__(self, head_bytes: int, too_large: Callable[[], None]) -> None:
        super().__init__(h11.SERVER, head_bytes)
        self._head_bytes, self._too_large = head_bytes, too_large
        self.status = 400

    def next_event(self) -> Any:
        """The next event. Raises h11.RemoteProtocolError for what is no request, or a doubtful one."""
        try:
            event = super().next_event()
            return self._checked(event) if isinstance(event, h11.Request) else event
        except h11.RemoteProtocolError as error:
            self.status = error.error_status_hint
            if self.status == 431:
                self._too_large()
            raise

    def _checked(self, request: h11.Request) -> h11.Request:
        """The request, with its target in origin form. A proxy may disagree with us about the length of others."""
        headers = list(request.headers)
        names = {name for name, _ in headers}
        size = len(request.target) + sum(len(name) + len(value) + LINE_BYTES for name, value in headers)
        if size > self._head_bytes:  # h11 itself looks only at what is incomplete
            raise h11.RemoteProtocolError(TOO_LARGE, error_status_hint=431)
        if b"transfer-encoding" in names and b"content-length" in names:  # RFC 9112, 6.1
            raise h11.RemoteProtocolError(BOTH)
        if b"transfer-encoding" in names and request.http_version < b"1.1":
            raise h11.RemoteProtocolError(OLD)
        return _in_origin_form(request, headers)


def _in_origin_form(request: h11.Request, headers: list[tuple[bytes, bytes]]) -> h11.Request:
    """The request as without a proxy: in `GET http://host/path` the host counts, not Host (RFC 9112, 3.2.2)."""
    if not request.target.lower().startswith((b"http://", b"https://")):
        return request
    try:
        url = urlsplit(request.target)
    except ValueError:
        raise h11.RemoteProtocolError("The target of the request is no URL.") from None
    others = [(name, value) for name, value in headers if name != b"host"]
    target = (url.path or b"/") + (b"?" + url.query if url.query else b"")
    return h11.Request(
        method=request.method,
        target=target,
        headers=[(b"host", url.netloc), *others],
        http_version=request.http_version,
    )
