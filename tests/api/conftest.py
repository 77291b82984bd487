"""What several of the API's tests begin with."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import uvicorn
from conftest import FakeClock
from support.api import User
from support.sockets import PROTOCOL
from websockets.asyncio.client import ClientConnection, connect

from perennial.api.app import create_app
from perennial.process import Process
from perennial.queues.tick import TickSummary

Tick = Callable[[], Awaitable[TickSummary]]


@pytest.fixture
async def queue(alice: User, clock: FakeClock) -> Any:
    """Alice's queue: every 7 days from an hour hence, on both platforms, without an end."""
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    return await alice.create_queue(post["id"], clock.now + timedelta(hours=1))


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


@pytest.fixture
def tick(process: Process) -> Tick:
    """What the worker does when a queue falls due."""
    return process.ticker.process_due_queues
