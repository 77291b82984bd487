"""An answer waits for its reader for a time, and all that waits has a bound: whoever takes nothing is dropped."""

import asyncio
from itertools import count

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from support.connections.bounded import GET, Client, Door, seen, served

MEGABYTE = 1_000_000
UPGRADE = (
    b"GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
PING = b"\x89\xfd\0\0\0\0" + b"a" * 125
PATIENCE = {"reader_seconds": 0.5}


@pytest.fixture
def large(ok: ASGIApp) -> ASGIApp:
    """At /large a large answer, at /stream one without an end, at /socket a socket on which ten tasks send for ever."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        handler = {"/large": _large, "/stream": _stream, "/socket": _socket, "/listening": _listening}.get(
            scope["path"]
        )
        await (handler(receive, send) if handler else ok(scope, receive, send))

    return app


async def _large(_receive: Receive, send: Send) -> None:
    headers = [(b"content-length", b"%d" % (20 * MEGABYTE + 2))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"a" * 20 * MEGABYTE + b"ok"})


async def _stream(receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200})
    gone = asyncio.create_task(_until_gone(receive))
    while not gone.done():
        await send({"type": "http.response.body", "body": b"a" * 100_000, "more_body": True})
        await asyncio.sleep(0)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _socket(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await asyncio.gather(*(_tell(send) for _ in range(10)), return_exceptions=True)


async def _tell(send: Send) -> None:
    for number in count():
        await send({"type": "websocket.send", "text": f"{number}" + "a" * MEGABYTE})
        await asyncio.sleep(0)


async def _listening(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass


def get(path: str) -> bytes:
    return GET.replace(b"GET /", f"GET {path}".encode(), 1)


ASKED = {"a plain answer": get("/large"), "a stream": get("/stream"), "a WebSocket": UPGRADE}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
async def test_whoever_takes_nothing_is_dropped_and_others_are_served_meanwhile(
    large: ASGIApp, asked: bytes, dropped, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(large, **PATIENCE) as door:
        await (await door.client(little=True)).say(asked)
        while not dropped("reader"):
            assert await door.answers()
        await seen(lambda: not door.listener.register.readers._behind)
    assert "Traceback" not in caplog.text


async def test_asking_for_more_gains_no_time_and_no_second_answer_is_made(large: ASGIApp, dropped) -> None:
    begun: list[str] = []

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        begun.append(scope["path"])
        await large(scope, receive, send)

    async with served(noting, **PATIENCE) as door:
        mallory = await (await door.client(little=True)).say(get("/large") * 20)
        await seen(lambda: dropped("reader") == 1)
        assert begun == ["/large"]
        assert door.listener.register.readers._unread == 0
        await mallory.hear_to_the_end()


async def test_an_answer_that_waits_when_its_connection_ends_keeps_it_no_longer(large: ASGIApp, dropped) -> None:
    """asyncio closes a connection once its last byte is taken."""
    async with served(large, **PATIENCE) as door:
        await (await door.client(little=True)).say(get("/large")[:-2], b"Connection: close\r\n\r\n")
        await seen(lambda: dropped("reader") == 1)
        await seen(lambda: not door.listener.register._open)


async def test_a_reader_who_goes_on_taking_gets_everything_however_long_it_takes(large: ASGIApp, dropped) -> None:
    async with served(large, **PATIENCE) as door:
        alice, mallory = await door.client(), await door.client(little=True)
        await alice.say(get("/large"))
        heard = b""
        for _ in range(3):
            await mallory.say(get("/large"))
            before = dropped("reader")
            while dropped("reader") == before:
                heard += await alice.hear(100_000)
                await asyncio.sleep(0.02)
            mallory = await door.client(little=True)
        assert len(heard) < 20 * MEGABYTE
        heard += await alice.hear_until(b"ok")
        assert len(heard.partition(b"\r\n\r\n")[2]) == 20 * MEGABYTE + 2
        assert dropped("reader") == 3


async def test_taking_a_byte_now_and_then_is_taking_nothing(large: ASGIApp, dropped) -> None:
    async with served(large, **PATIENCE) as door:
        mallory = await (await door.client(little=True)).say(get("/large"))
        while not dropped("reader"):
            await mallory.hear(1)
            await asyncio.sleep(0.02)


async def stalled(door: Door, number: int, address: str = "127.0.0.1") -> list[Client]:
    return [await (await door.client(address, little=True)).say(get("/large")) for _ in range(number)]


async def test_where_too_much_waits_for_all_the_largest_are_dropped_and_nobody_else(large: ASGIApp, dropped) -> None:
    async with served(large, unread_bytes=50 * MEGABYTE) as door:
        readers = door.listener.register.readers
        await stalled(door, 10)
        await seen(lambda: dropped("unread") == 8)
        assert readers._unread <= 50 * MEGABYTE
        assert await door.answers()
        assert (await (await door.client()).ask(get("/large"))).endswith(b"ok")


async def test_a_client_that_takes_nothing_costs_no_other_its_answer(large: ASGIApp, dropped) -> None:
    """Alice's has waited for longer, but the most is what waits for Mallory."""
    async with served(large, unread_bytes=50 * MEGABYTE) as door:
        (alice,) = await stalled(door, 1, "127.0.0.2")
        await seen(lambda: len(door.listener.register.readers._behind) == 1)
        await stalled(door, 6, "127.0.0.3")
        await seen(lambda: dropped("unread") == 5)
        heard = 0
        while heard < 20 * MEGABYTE:
            piece = await alice.hear(MEGABYTE)
            assert piece
            heard += len(piece)


async def test_what_waits_to_be_sent_on_a_websocket_counts(large: ASGIApp, dropped) -> None:
    """Ten operations, each with an answer of a megabyte."""
    async with served(large, unread_bytes=8 * MEGABYTE) as door:
        await (await door.client(little=True)).say(UPGRADE)
        await seen(lambda: dropped("unread") == 1)
        await seen(lambda: not door.listener.register._open)
        assert door.listener.register.readers._unread == 0


async def test_pings_are_not_heard_while_nobody_takes_the_pongs(large: ASGIApp, dropped) -> None:
    async with served(large, **PATIENCE) as door:
        mallory = await (await door.client(little=True)).say(
            get("/listening")[:-2], UPGRADE.partition(b"Host: a\r\n")[2]
        )
        await mallory.hear_until(b"\r\n\r\n")
        flooding = asyncio.create_task(mallory.say(PING * 100_000))
        readers = door.listener.register.readers
        while not dropped("reader"):
            assert readers._unread < MEGABYTE
            assert await door.answers()
        await asyncio.wait({flooding})
        assert isinstance(flooding.exception(), ConnectionError)
