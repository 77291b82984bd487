"""A request has a time to arrive and a size; whoever does not keep to it costs nobody else anything."""

import asyncio

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from support.connections.bounded import GET, Client, served

from perennial.process.connections.register import Turn

HALF = GET[:20]
BODY = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345"


async def drip(client: Client) -> None:
    """Says a header that never ends, for as long as somebody listens."""
    await client.say(HALF)
    while True:
        await client.say(b"a")
        await asyncio.sleep(0.02)


async def test_a_connection_on_which_nothing_is_said_is_closed(ok: ASGIApp, dropped) -> None:
    async with served(ok, head_seconds=0.3) as door:
        silent = await door.client()
        assert await door.answers()
        assert await silent.hear_to_the_end() == b""
        assert dropped("head") == 1


@pytest.mark.parametrize("first", [b"", GET], ids=["the first request", "a later one"])
async def test_a_head_that_does_not_end_is_answered_408(ok: ASGIApp, first: bytes, dropped) -> None:
    async with served(ok, head_seconds=0.3) as door:
        slow = await door.client()
        if first:
            await slow.ask(first)
        await slow.say(HALF)
        assert await door.answers()
        heard = await slow.hear_to_the_end()
        assert heard.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in heard.lower()
        assert dropped("head") == 1


async def test_saying_a_byte_now_and_then_gains_no_time(ok: ASGIApp) -> None:
    async with served(ok, head_seconds=0.3) as door:
        slow = await door.client()
        dripping = asyncio.create_task(drip(slow))
        assert (await slow.hear_to_the_end()).startswith(b"HTTP/1.1 408 ")
        await asyncio.wait({dripping})  # a reset, by and by
        assert isinstance(dripping.exception(), OSError)


async def test_a_connection_that_has_been_answered_may_be_idle_for_longer(ok: ASGIApp) -> None:
    async with served(ok, head_seconds=0.3) as door:
        idle, silent = await door.client(), await door.client()
        await idle.ask()
        assert await silent.hear_to_the_end() == b""
        assert b"200 OK" in await idle.ask()


@pytest.mark.parametrize("step", [1_000, 100_000], ids=["in pieces", "at once"])
async def test_a_head_that_is_too_large_is_answered_431(ok: ASGIApp, step: int, dropped) -> None:
    async with served(ok, head_bytes=8_192) as door:
        large = await door.client()
        head = GET[:-2] + b"X: " + b"a" * 9_000 + b"\r\n\r\n"
        for start in range(0, len(head), step):
            await large.say(head[start : start + step])
        assert (await large.hear_to_the_end()).startswith(b"HTTP/1.1 431 ")
        assert b"200 OK" in await (await door.client()).ask(GET[:-2] + b"X: " + b"a" * 8_000 + b"\r\n\r\n")
        assert dropped("head_bytes") == 1


async def test_a_body_that_does_not_arrive_is_answered_408_even_if_the_application_waits_for_ever(
    ok: ASGIApp, dropped
) -> None:
    async with served(ok, body_seconds=0.3) as door:
        slow = await (await door.client()).say(BODY)
        assert await door.answers()
        assert (await slow.hear_to_the_end()).startswith(b"HTTP/1.1 408 ")
        assert dropped("body") == 1


async def test_the_rest_of_a_body_that_nobody_wants_has_a_time_too(dropped) -> None:
    async def refusing(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"no"})

    async with served(refusing, head_seconds=0.3) as door:
        slow = await (await door.client()).say(BODY)
        assert (await slow.hear_to_the_end()).endswith(b"no")
        assert dropped("body") == 1


def test_whoever_has_said_nothing_yet_makes_room_first() -> None:
    assert sorted(Turn)[:2] == [Turn.FIRST_HEAD, Turn.IDLE]
