"""A server with bounds of the test's own on a real socket, and clients that say and take just what a test wants."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from perennial.process.connections.bounds import Bounds
from perennial.process.connections.listener import Listener
from perennial.process.listening import listen, uvicorn_config
from perennial.settings import Settings
from support.story import eventually

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
RESET = struct.pack("ii", 1, 0)
WAIT_SECONDS = 30


async def seen(look: Callable[[], object]) -> None:
    """Waits until there is something to be seen."""

    async def looked() -> object:
        return look()

    await eventually(looked, "it is seen")


class _Server(uvicorn.Server):
    """A server that leaves signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Client:
    """One connection, byte by byte."""

    socket: socket.socket

    async def say(self, *pieces: bytes) -> "Client":
        """Sends it all."""
        await asyncio.get_running_loop().sock_sendall(self.socket, b"".join(pieces))
        return self

    async def hear(self, size: int = 65_536) -> bytes:
        """The next bytes; none where the server has ended the connection."""
        with suppress(ConnectionResetError):
            async with asyncio.timeout(WAIT_SECONDS):
                return await asyncio.get_running_loop().sock_recv(self.socket, size)
        return b""

    async def hear_until(self, end: bytes) -> bytes:
        """What the server says, up to this."""
        heard = b""
        while not heard.endswith(end):
            piece = await self.hear()
            assert piece, heard
            heard += piece
        return heard

    async def hear_to_the_end(self) -> bytes:
        """All that the server says until it ends the connection."""
        pieces = []
        while piece := await self.hear():
            pieces.append(piece)
        return b"".join(pieces)

    async def ask(self, request: bytes = GET, end: bytes = b"ok") -> bytes:
        """Asks and is answered, on a connection that stays open."""
        await self.say(request)
        return await self.hear_until(end)

    def leave(self) -> None:
        """Closes the connection by a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.socket.close()


@dataclass
class Door:
    """A server, and those who come to it."""

    listener: Listener
    clients: list[Client]

    async def client(self, address: str = "127.0.0.1", *, little: bool = False) -> Client:
        """Somebody who connects from the address; with little room for what they do not take."""
        connection = socket.socket()
        if little:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.setblocking(False)
        connection.bind((address, 0))
        self.clients.append(client := Client(connection))
        await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", self.listener.getsockname()[1]))
        return client

    def client_now(self, address: str) -> Client:
        """Somebody who connects from the address before the server does anything else."""
        connection = socket.create_connection(self.listener.getsockname()[:2], source_address=(address, 0))
        connection.setblocking(False)
        self.clients.append(client := Client(connection))
        return client

    async def answers(self, address: str = "127.0.0.1") -> bool:
        """Whether somebody from the address is served."""
        client = await self.client(address)
        return b"200 OK" in await client.ask()


@asynccontextmanager
async def served(
    app: ASGIApp, frame_bytes_max: int = 65_536, keep_alive_seconds: int = 75, **bounds: Any
) -> AsyncIterator[Door]:
    """A door to the application, with these bounds in place of the defaults."""
    listener = listen("127.0.0.1", 0, "PERENNIAL_PORT", replace(Bounds.of(Settings()), **bounds))
    server = _Server(uvicorn_config(app, listener.register, 1, keep_alive_seconds, frame_bytes_max))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    door = Door(listener, [])
    try:
        async with asyncio.timeout(2 * WAIT_SECONDS):
            yield door
    finally:
        for client in door.clients:
            client.socket.close()
        server.should_exit = True
        await serving
