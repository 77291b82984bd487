"""The HTTP session of a process. It knows whether a request that failed may have arrived, and which proxy it takes."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp

from perennial.core.errors import PerennialError
from perennial.core.texts import json_text
from perennial.settings.proxies.choosing import NO_PROXIES, Proxies, Proxy

REQUEST_SECONDS = 8.0
CONNECT_SECONDS = 3.0
PROXY_AUTHENTICATION_REQUIRED = 407
_PORTS = {"http": 80, "https": 443}
_LATER = (408, 429)  # of the 4xx: it did not wait for us, or we asked too often


class NotConnected(PerennialError):
    """No connection could be made: certainly nothing was sent. The message says why, and names the proxy if any."""


class ProxyRefused(NotConnected):
    """The proxy does not let us through, whomever we ask for; `advice` says what an operator has to do."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


class NoAnswer(PerennialError):
    """There was a connection, and then the request or its answer failed: it may have arrived."""


@dataclass(frozen=True)
class Response:
    """An HTTP response, with its body as far as it was read."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)  # may hold tokens


@dataclass
class _Attempt:
    """A request: until it is connected nothing of it was sent."""

    connected: bool = False


_attempt: ContextVar[_Attempt] = ContextVar("attempt")


class _Connector(aiohttp.TCPConnector):
    """Notes when the request has its connection: through the proxy's CONNECT, and with TLS, if need be."""

    async def connect(self, *args: Any, **more: Any) -> Any:
        connection = await super().connect(*args, **more)
        _attempt.get().connected = True
        return connection


class HttpSession:
    """A pool of connections, to be closed by its context manager. It keeps no cookies and reads no netrc file.

    Idle connections are closed after two seconds, before servers do so (commonly after five): if a server closed one at
    the moment of sending, the outcome would be unknown.
    """

    def __init__(self, proxies: Proxies = NO_PROXIES, seconds: float = REQUEST_SECONDS) -> None:
        self._proxies = proxies
        self._session = aiohttp.ClientSession(
            connector=_Connector(limit=0, keepalive_timeout=2.0),
            timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            json_serialize=json_text,
            trust_env=False,  # with which a netrc file would add credentials of its own
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def send(self, method: str, url: str, bytes_max: int, **request: Any) -> Response:
        """Sends one request and reads its answer, without following redirects, within the session's seconds in all.

        No more is read of the body once it exceeds `bytes_max`. Raises NotConnected (ProxyRefused where an operator has
        to act) or NoAnswer.
        """
        proxy = self._proxies.for_url(url)
        attempt = _Attempt()
        _attempt.set(attempt)
        request["allow_redirects"] = False
        failure: PerennialError
        try:
            async with self._session.request(method, url, **_by_proxy(request, url, proxy)) as response:
                body = await _read(response, bytes_max)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failure = NoAnswer(type(error).__name__) if attempt.connected else _not_connected(error, url, proxy)
        else:
            if not proxy or response.status != PROXY_AUTHENTICATION_REQUIRED:
                return Response(response.status, response.headers, body)
            failure = _refused(response.status, url, proxy)
        # Raised outside of the handler, without a cause: aiohttp's errors hold the request, with its tokens, the
        # answer, and the password of the proxy.
        raise failure


def _by_proxy(request: dict[str, Any], url: str, proxy: Proxy | None) -> dict[str, Any]:
    """The request with its proxy, to which alone the proxy's credentials are sent."""
    if proxy is None:
        return request
    by_proxy = request | {"proxy": proxy.url}
    if proxy.authorization:
        # An https request's own headers go through the tunnel, to the platform.
        headers = "proxy_headers" if url.lower().startswith("https:") else "headers"
        by_proxy[headers] = {**(request.get(headers) or {}), "Proxy-Authorization": proxy.authorization}
    return by_proxy


async def _read(response: aiohttp.ClientResponse, bytes_max: int) -> bytes:
    """The body, of which no more is read once it exceeds `bytes_max`; of a refusal as much as there is.

    Its status says that nothing was done, also where the words that say why break off.
    """
    body = b""
    try:
        while len(body) <= bytes_max and not response.content.at_eof():
            body += await response.content.readany()
    except (aiohttp.ClientError, TimeoutError, OSError):
        if not 400 <= response.status < 500:
            raise
    return body


def _not_connected(error: Exception, url: str, proxy: Proxy | None) -> NotConnected:
    """Why there is no connection. What a stranger answered is left out."""
    if isinstance(error, aiohttp.InvalidURL):
        return NotConnected("its address is not a URL")
    if isinstance(error, aiohttp.ClientHttpProxyError) and proxy:
        return _refused(error.status, url, proxy)
    if isinstance(error, aiohttp.ClientResponseError):
        reason = type(error).__name__
    else:
        reason = str(error) or type(error).__name__
    return NotConnected(_through(proxy, reason) if proxy else reason)


def _refused(status: int, url: str, proxy: Proxy) -> NotConnected:
    """What a proxy means that answers this in place of connecting us: it refuses us (4xx), or it fails itself."""
    parts = urlsplit(url)
    variable = f"{parts.scheme.upper()}_PROXY"
    if status == PROXY_AUTHENTICATION_REQUIRED:
        message = _through(proxy, f"it answered {status} (it asks for a name and a password)")
        wants = "has a user or a password that the proxy does not take" if proxy.authorization else "wants a password"
        return ProxyRefused(message, f"{variable} {wants}: set it to {proxy.scheme}://user:password@{proxy.place}.")
    message = _through(proxy, f"it answered {status}")
    if 400 <= status < 500 and status not in _LATER:
        at = f"{parts.hostname}:{parts.port or _PORTS[parts.scheme]}"
        return ProxyRefused(message, f"Let the proxy of {variable} connect us to {at}, or name the host in NO_PROXY.")
    return NotConnected(message)


def _through(proxy: Proxy, reason: str) -> str:
    return f"no connection through the proxy {proxy.place}: {reason}"
