"""Opens listening sockets, and configures uvicorn."""

import errno
import socket
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from perennial.core.errors import SettingsError
from perennial.process.connections.bounds import Bounds
from perennial.process.connections.http import BoundedHttp
from perennial.process.connections.listener import Listener
from perennial.process.connections.register import Register
from perennial.process.connections.websocket import BoundedWebSocket
from perennial.process.memory import AfterLargeAnswers

SOCKET_BACKLOG = 2048
PORT_MAX = 65_535
PORTS_TRIED_MAX = 100
_OF_THE_PORT = (errno.EADDRINUSE, errno.EACCES)  # else it is the host that cannot be listened on


def listen(host: str, port: int, variable: str, bounds: Bounds) -> Listener:
    """Opens a listening socket, before anything else is opened: early requests wait in its backlog.

    What it accepts stays within the bounds.

    Raises SettingsError, which names the variable, where the port is not available. If another program has it, it names
    the next free port too.
    """
    try:
        return _bound(host, port, bounds)
    except (OSError, UnicodeError) as error:  # an impossible name is no OSError
        code = getattr(error, "errno", None)
        if code == errno.EADDRINUSE and (free := _next_free(host, port, bounds)):
            message = f"another program listens on {address(host, port)} already. {free} is free: {variable}={free}"
        else:
            message = f"cannot listen on {address(host, port)}: {getattr(error, 'strerror', None) or error}"
        raise SettingsError(f"{variable if code in _OF_THE_PORT else 'PERENNIAL_HOST'}: {message}") from None


def _bound(host: str, port: int, bounds: Bounds) -> Listener:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio sets TCP_NODELAY: else every answer on a connection kept open is 40 ms late.
    # socket.create_server names none, and uvicorn's bind_socket ends the process where the port is taken.
    listener = Listener(Register(bounds), family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:  # `::` takes IPv4 too, whatever the machine's default
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((host, port))
        listener.listen(SOCKET_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _next_free(host: str, port: int, bounds: Bounds) -> int | None:
    """The first of the next hundred ports that can be listened on; another program may take it in the meantime."""
    for candidate in range(port + 1, min(port + PORTS_TRIED_MAX, PORT_MAX) + 1):
        try:
            _bound(host, candidate, bounds).close()
        except OSError:
            continue
        return candidate
    return None


def address(host: str, port: int) -> str:
    """The host and the port as a URL has them: an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def uvicorn_config(
    app: ASGIApp, register: Register, drain_seconds: int, keep_alive_seconds: int, frame_bytes_max: int = 65_536
) -> uvicorn.Config:
    """Our configuration of uvicorn: no log of its own, no Server header, `drain_seconds` to end requests.

    `register` is the listening socket's. A connection is closed when it has been idle for `keep_alive_seconds`: a proxy
    that keeps its connections for less never sends a request into one that is being closed. WebSocket frames are not
    compressed, because a few compressed bytes can expand to any number.
    """
    http: Any = partial(BoundedHttp, register=register)
    websocket: Any = partial(BoundedWebSocket, register=register)
    return uvicorn.Config(
        AfterLargeAnswers(app),
        http=http,
        ws=websocket,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=drain_seconds,
        timeout_keep_alive=keep_alive_seconds,
        server_header=False,
        ws_max_size=frame_bytes_max,
        ws_per_message_deflate=False,
    )
