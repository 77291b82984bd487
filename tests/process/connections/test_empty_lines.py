"""An empty line before a request is passed over, as RFC 9112, 2.2 has it: some clients send one after a body."""

import asyncio

import pytest
from starlette.types import ASGIApp
from support.connections.bounded import GET, Client, served

LINE = b"\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab"
CHUNKS = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"

SERVED = {
    "before the first request": [LINE + GET, GET],
    "after a body, at once": [POST + LINE, GET],
    "after a body, before the next request": [POST, LINE + GET],
    "after chunks": [CHUNKS + LINE, GET],
    "before each": [LINE + GET, LINE + POST, LINE + CHUNKS, LINE + GET],
    "between two that are sent at once": [POST + LINE + POST + LINE, GET],
}


@pytest.mark.parametrize("requests", SERVED.values(), ids=SERVED)
async def test_an_empty_line_is_no_request(ok: ASGIApp, requests: list[bytes]) -> None:
    wanted = sum(piece.count(b" HTTP/1.1") for piece in requests)
    async with served(ok) as door:
        alice = await door.client()
        heard = await _answers(alice, requests, wanted)
    assert heard.count(b"HTTP/1.1 200") == wanted


async def test_it_may_come_in_two_pieces(ok: ASGIApp) -> None:
    async with served(ok) as door:
        alice = await door.client()
        for _ in range(2):
            await alice.say(b"\r")
            assert await door.answers(), "what alice has said is read by now"
            await alice.say(b"\n")
            assert await door.answers()
            assert b"200 OK" in await alice.ask()


@pytest.mark.parametrize("pieces", [[LINE], [b"\r", b"\n"]], ids=["whole", "in pieces"])
async def test_whoever_says_nothing_else_is_let_go_as_whoever_says_nothing(ok: ASGIApp, pieces: list[bytes]) -> None:
    async with served(ok, keep_alive_seconds=1) as door:
        alice = await door.client()
        await alice.ask()
        for piece in pieces:
            await alice.say(piece)
            assert await door.answers()
        assert await alice.hear_to_the_end() == b""


@pytest.mark.parametrize("lines", [b"\n", b"\r\n\r\n", b"\r\r\n"])
async def test_other_lines_are_refused(ok: ASGIApp, lines: bytes) -> None:
    async with served(ok) as door:
        heard = await (await (await door.client()).say(lines, GET)).hear_to_the_end()
    assert heard.startswith(b"HTTP/1.1 400 ")


async def _answers(client: Client, pieces: list[bytes], wanted: int) -> bytes:
    heard = b""
    for sent, piece in enumerate(pieces, 1):
        await client.say(piece)
        so_far = sum(one.count(b" HTTP/1.1") for one in pieces[:sent])
        while heard.count(b"HTTP/1.1 200") < so_far or not heard.endswith(b"ok"):
            async with asyncio.timeout(30):
                more = await client.hear()
            assert more, heard
            heard += more
    assert heard.count(b"HTTP/1.1 ") == wanted
    return heard
