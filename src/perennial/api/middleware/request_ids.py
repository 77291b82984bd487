"""Gives every request an id (in the log, a header and internal errors), and every response safe headers."""

import re
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from perennial.observe.logs import request_log_context

HEADER = "x-request-id"
_VALID_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)

# For responses that are no pages: browsers must not run them, frame them, or guess their type.
SAFE_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-site",
}


class SafeHeaders:
    """Adds those of SAFE_HEADERS that a response does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the request."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_safely)


class RequestId:
    """Takes the request's id from a proxy's X-Request-Id header, or makes one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the request, with its id in the log and in the response's headers."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        proxy_id = Headers(scope=scope).get(HEADER, "")
        request_id = proxy_id if _VALID_ID.fullmatch(proxy_id) else uuid4().hex

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        with request_log_context(request_id):
            await self._app(scope, receive, send_with_id)
