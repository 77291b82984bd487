"""The application on a real port, for tests that need a socket."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from support.sockets import PROTOCOL
from websockets.asyncio.client import ClientConnection, connect

from perennial.api.app import create_app
from perennial.process import Process


@pytest.fixture
async def address(process: Process) -> AsyncIterator[str]:
    """The application on a real port; gives its host and port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(process), log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
            await asyncio.sleep(0)
        yield "{}:{}".format(*listener.getsockname())
        server.should_exit = True
        await serving


@pytest.fixture
def opened(address: str) -> Callable[..., Any]:
    """Opens a socket, without having said anything on it yet."""

    @asynccontextmanager
    async def open_it(**more: Any) -> AsyncIterator[ClientConnection]:
        async with connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], proxy=None, **more) as ws:
            yield ws

    return open_it
