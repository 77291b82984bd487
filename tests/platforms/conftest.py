"""The platform of straw, started, and the sessions that ask it."""

from collections.abc import AsyncIterator
from socket import socket

import aiohttp
import pytest
from aiohttp import web
from support.platform_stub import Stub

from perennial.platforms.transport import new_session


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    stub = Stub()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", stub.handle)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    stub.url = f"http://{host}:{port}"
    yield stub
    stub.closing.set()
    await runner.cleanup()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with new_session() as session:
        yield session


@pytest.fixture
async def hasty_session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.05)) as session:
        yield session


@pytest.fixture
def closed_url() -> str:
    """A loopback address where nobody listens."""
    with socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"
