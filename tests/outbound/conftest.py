"""A platform of straw behind a proxy that alone knows its name."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from support.outbound.forward_proxy import ForwardProxy, forward_proxy
from support.platform_stub import Stub, platform_stub


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    async with platform_stub() as stub:
        yield stub


@pytest.fixture
async def proxy(stub: Stub) -> AsyncIterator[ForwardProxy]:
    async with forward_proxy({"api.x.example": ("127.0.0.1", urlsplit(stub.url).port or 0)}) as proxy:
        yield proxy
