"""A platform of straw on a free loopback port: it keeps what it was asked, and answers what it was told."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from perennial.core.platform_errors import PlatformError
from perennial.db.outages import chain
from perennial.platforms.transport import Identity, Receipt, Transport

ALICE = Identity("1234567890", "alice")
TOKEN = "alices-secret-token"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class GraphQLRequest:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Stub:
    """The platform's one answer to everything (or one page of it after the other), and what it was asked."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    pages: list[Any] = field(default_factory=list)
    breaks: str | None = None  # "silent", "dropped", "truncated", "garbled"
    asked: list[GraphQLRequest] = field(default_factory=list)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def answers(self, status: int, body: Any = b"", headers: dict[str, str] | None = None) -> None:
        self.status, self.headers = status, headers or {}
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(GraphQLRequest(request.method, request.path_qs, request.headers.copy(), await request.read()))
        if self.pages:
            self.answers(200, self.pages.pop(0))
        if self.breaks is None:
            return web.Response(status=self.status, headers=self.headers, body=self.body)
        return await self._break(request)

    async def _break(self, request: web.Request) -> web.StreamResponse:
        transport = request.transport
        assert transport is not None
        if self.breaks == "silent":
            await self.closing.wait()
        elif self.breaks == "truncated":
            head = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
            transport.write(f"HTTP/1.1 {self.status} OK\r\nContent-Length: 9999\r\n{head}\r\n".encode() + self.body)
        elif self.breaks == "garbled":
            transport.write(b"no HTTP here: " + request.headers.get("Authorization", "").encode() + b"\r\n\r\n")
        transport.close()
        return web.Response()


@asynccontextmanager
async def platform_stub() -> AsyncIterator[Stub]:
    """The stub, listening."""
    stub = Stub()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", stub.handle)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    stub.url = f"http://{host}:{port}"
    yield stub
    stub.closing.set()
    await runner.cleanup()


async def publish(transport: Transport, identity: Identity = ALICE) -> Receipt:
    return await transport.publish(identity, TOKEN, "Hello", NOON)


async def failure(transport: Transport) -> PlatformError:
    """How publishing fails; never with a token in what it says or was raised from."""
    with pytest.raises(PlatformError) as caught:
        await publish(transport)
    assert not any(TOKEN in f"{step!r} {step}" for step in chain(caught.value))
    assert len(str(caught.value)) <= 500
    return caught.value
