"""The platform of straw, started, and the sessions that ask it."""

from collections.abc import AsyncIterator
from socket import socket

import pytest
from support.platform_stub import Stub, platform_stub

from perennial.outbound.http_session import HttpSession


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    async with platform_stub() as stub:
        yield stub


@pytest.fixture
async def session() -> AsyncIterator[HttpSession]:
    async with HttpSession() as session:
        yield session


@pytest.fixture
async def hasty_session() -> AsyncIterator[HttpSession]:
    async with HttpSession(seconds=0.05) as session:
        yield session


@pytest.fixture
def closed_url() -> str:
    """A loopback address where nobody listens."""
    with socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"
