"""Refuses requests that do not come from this machine, or that pages of other sites send.

A page of any site can send simple requests to a loopback port, and DNS rebinding to 127.0.0.1 makes it the same site.
Requests that pass both checks were sent by a program, or by a page of this server.
"""

import re

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_ORIGIN = re.compile(r"https?://", re.IGNORECASE)


class LoopbackOnly:
    """Refuses, with 403, requests whose Host is not this machine or whose Origin is not that Host."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request to the application, or refuses it."""
        refusal = _refusal(Headers(scope=scope)) if scope["type"] == "http" else None
        handler = PlainTextResponse(refusal, 403) if refusal else self._app
        await handler(scope, receive, send)


def _refusal(headers: Headers) -> str | None:
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    if len(hosts) != 1 or not _LOOPBACK.fullmatch(hosts[0]):
        return "The sandbox answers on localhost, 127.0.0.1 and [::1] only: the Host header names another host.\n"
    if any(not _same_host(origin, hosts[0]) for origin in origins):
        return "The sandbox takes no requests from pages of other sites: the Origin header names another site.\n"
    return None


def _same_host(origin: str, host: str) -> bool:
    return bool(_ORIGIN.match(origin)) and _ORIGIN.sub("", origin, count=1).lower() == host.lower()
