"""The socket that the server listens on."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette

from perennial.core.errors import SettingsError
from perennial.process.connections.bounds import Bounds
from perennial.process.connections.register import Register
from perennial.process.listening import listen, uvicorn_config
from perennial.settings import Settings

BOUNDS = Bounds.of(Settings())


async def test_an_answer_is_not_held_back_until_the_one_before_is_acknowledged() -> None:
    """uvicorn writes an answer's head and its body one after the other; a delayed ACK would cost 40 ms between them."""
    accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    with listen("127.0.0.1", 0, "PERENNIAL_PORT", BOUNDS) as listener:
        async with await asyncio.start_server(lambda _, writer: accepted.put_nowait(writer), sock=listener):
            _, ours = await asyncio.open_connection(*listener.getsockname())
            theirs = await accepted.get()
            connection = theirs.get_extra_info("socket")
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            ours.close()
            theirs.close()


@pytest.mark.parametrize("host", ["192.0.2.7", "a..b", "::zz"])
def test_a_host_that_cannot_be_listened_on_is_refused_by_its_name(host: str) -> None:
    with pytest.raises(SettingsError, match=r"PERENNIAL_HOST: cannot listen on"):
        listen(host, 0, "PERENNIAL_PORT", BOUNDS)


@asynccontextmanager
async def served(keep_alive_seconds: int) -> AsyncIterator[int]:
    """The port of a server that has no page at all."""
    with listen("127.0.0.1", 0, "PERENNIAL_PORT", BOUNDS) as listener:
        server = uvicorn.Server(uvicorn_config(Starlette(), listener.register, 1, keep_alive_seconds))
        serving = asyncio.create_task(server._serve(sockets=[listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await serving


async def test_an_idle_connection_is_closed_when_its_time_is_over_and_not_before_it_has_answered_again() -> None:
    request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    async with served(1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(request)
            assert b"404 Not Found" in await reader.readuntil(b"\r\n\r\nNot Found")
        assert await reader.read() == b""
        writer.close()


def test_that_time_is_a_setting_and_longer_than_proxies_keep_theirs() -> None:
    assert Settings().keep_alive_seconds == 75
    assert uvicorn_config(Starlette(), Register(BOUNDS), 1, 120).timeout_keep_alive == 120
