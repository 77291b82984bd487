"""The application on a real port, for tests that need a socket."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.protocols import served
from support.sockets import PROTOCOL
from websockets.asyncio.client import ClientConnection, connect

from perennial.process import Process


@pytest.fixture
async def address(process: Process) -> AsyncIterator[str]:
    """The application on a real port; gives its host and port."""
    async with served(process) as address:
        yield address


@pytest.fixture
def opened(address: str) -> Callable[..., Any]:
    """Opens a socket, without having said anything on it yet."""

    @asynccontextmanager
    async def open_it(**more: Any) -> AsyncIterator[ClientConnection]:
        async with connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], proxy=None, **more) as ws:
            yield ws

    return open_it
