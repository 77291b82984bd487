"""A message comes in so many frames at most, as empty ones have no bytes to be counted; and all are heard in turns."""

import asyncio
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from support.connections.bounded import Client, Door, served
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from perennial.process.connections._readers import HEARD_BYTES_MAX

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
MASK = b"\0\0\0\0"
FIRST, NEXT, LAST = b"\x01\x80" + MASK, b"\x00\x80" + MASK, b"\x80\x81" + MASK + b"a"
PING = b"\x89\x80" + MASK
TOO_BIG = (1009).to_bytes(2, "big") + b"A message has 1,024 frames at most."


@pytest.fixture
def echo() -> ASGIApp:
    """Says what it hears."""

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})

    return app


async def opened(door: Door) -> Client:
    client = await (await door.client()).say(UPGRADE)
    await client.hear_until(b"\r\n\r\n")
    return client


async def test_a_message_in_many_frames_is_one(echo: ASGIApp) -> None:
    async with served(echo) as door:
        alice = await opened(door)
        for _ in range(2):
            await alice.say(FIRST, NEXT * 1_000, LAST)
            assert await alice.hear() == b"\x81\x01a"


@pytest.mark.parametrize("number", [1_100, 500_000])
async def test_one_that_has_no_end_closes_the_connection(
    echo: ASGIApp, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    async with served(echo) as door:
        mallory = await opened(door)
        try:
            await mallory.say(FIRST, NEXT * number, LAST)
        except OSError:
            return  # a reset, in the middle of it
        heard = await mallory.hear_to_the_end()
        assert heard in (b"\x88" + bytes([len(TOO_BIG)]) + TOO_BIG, b"")
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("kind", [H11Protocol, WebSocketsSansIOProtocol])
async def test_nobody_is_heard_for_long_while_others_wait(
    echo: ASGIApp, ok: ASGIApp, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    sizes, received = [], kind.data_received

    def noted(self: Any, data: bytes) -> None:
        sizes.append(len(data))
        received(self, data)

    monkeypatch.setattr(kind, "data_received", noted)
    async with served(ok if kind is H11Protocol else echo) as door:
        if kind is H11Protocol:
            client = await door.client()
            said = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + b"a" * 1_000_000
            await client.ask(said)
        else:
            client = await opened(door)
            saying = asyncio.create_task(client.say(PING * 50_000))
            while sum(sizes) < 50_000 * len(PING):
                assert await client.hear()
            await saying
    assert 0 < max(sizes) <= HEARD_BYTES_MAX
