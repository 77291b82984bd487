"""Answers that no manual has, byte for byte: each is somebody's fault or nobody's, and none is a bug of ours.

What follows from each class of error is told in docs/refusals.md.
"""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.platform_stub import ALICE, NOON, TOKEN

from perennial.core.platform_errors import (
    NotSent,
    OperatorFault,
    OutcomeUnknown,
    PlatformError,
    ReconnectRequired,
    Refused,
    TokenRejected,
    UnclearRefusal,
)
from perennial.outbound.http_session import HttpSession
from perennial.platforms.linkedin.transport import LinkedIn
from perennial.platforms.transport import Tokens, Transport
from perennial.platforms.x.transport import X

POST, OPERATOR, PERHAPS, LATER, UNCLEAR, ACCOUNT, DEAD = (
    Refused,
    OperatorFault,
    OutcomeUnknown,
    NotSent,
    UnclearRefusal,
    TokenRejected,
    ReconnectRequired,
)
RUBBISH = b"\x1f\x8bno gzip at all"
JSON = "Content-Type: application/json"


def raw(status: int, body: Any = b"", *headers: str) -> bytes:
    """A whole answer: its body as it is, or as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Odd", *headers, f"Content-Length: {len(content)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def after(informational: bytes) -> bytes:
    return b"HTTP/1.1 " + informational + b"\r\n\r\n" + raw(402, {})


# The answer, and the errors after a request to publish, after one for whose token it is, and after one for tokens.
ODD: dict[str, tuple[bytes, type, type, type]] = {
    "nothing at all": (b"", PERHAPS, PERHAPS, PERHAPS),
    "no HTTP": (b"\x00\x00\x12\x04\x00\x00", PERHAPS, PERHAPS, PERHAPS),
    "HTTP/0.9": (b"<html>hello", PERHAPS, PERHAPS, PERHAPS),
    "HTTP/1.0": (raw(402, {}).replace(b"HTTP/1.1", b"HTTP/1.0"), OPERATOR, OPERATOR, OPERATOR),
    "100 first": (after(b"100 Continue"), OPERATOR, OPERATOR, OPERATOR),
    "103 first": (after(b"103 Early Hints\r\nLink: </a>"), OPERATOR, OPERATOR, OPERATOR),
    "101": (b"HTTP/1.1 101 S\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nabc", PERHAPS, PERHAPS, PERHAPS),
    "999": (raw(999, b"<html>Request denied"), PERHAPS, PERHAPS, PERHAPS),
    "an empty 200": (raw(200), PERHAPS, PERHAPS, PERHAPS),
    "an empty 205": (raw(205), PERHAPS, PERHAPS, PERHAPS),
    "a part": (raw(206, b'{"data":{"id":"12'), PERHAPS, PERHAPS, PERHAPS),
    "a page": (raw(200, b"<!DOCTYPE html><p>Log in"), PERHAPS, OPERATOR, OPERATOR),
    "a page after a BOM": (raw(200, b"\xef\xbb\xbf \n<html>", JSON), PERHAPS, OPERATOR, OPERATOR),
    "an array": (raw(200, [1, 2]), PERHAPS, PERHAPS, PERHAPS),
    "null": (raw(200, b"null"), PERHAPS, PERHAPS, PERHAPS),
    "an id without end": (raw(201, b'{"data":{"id":"1' + b"0" * 70_000), PERHAPS, PERHAPS, PERHAPS),
    "a number without end": (raw(401, b'{"serviceErrorCode":' + b"9" * 5_000 + b"}"), ACCOUNT, ACCOUNT, UNCLEAR),
    "errors in a 200": (raw(200, {"errors": [{"title": "Not Found Error"}]}), PERHAPS, PERHAPS, PERHAPS),
    "a dead token in a 200": (raw(200, {"error": "invalid_grant"}), PERHAPS, PERHAPS, DEAD),
    "a wrong client in a 200": (raw(200, {"error": "invalid_client"}), PERHAPS, PERHAPS, OPERATOR),
    "a token for no header": (raw(200, {"access_token": "a\r\nb", "refresh_token": "c"}), PERHAPS, PERHAPS, PERHAPS),
    "half a surrogate": (raw(200, b'{"access_token":"\\ud800"}'), PERHAPS, PERHAPS, PERHAPS),
    "tokens as a form": (raw(200, b"access_token=a&refresh_token=b"), PERHAPS, PERHAPS, PERHAPS),
    "gzip, in order": (raw(402, gzip.compress(b"{}"), "Content-Encoding: gzip"), OPERATOR, OPERATOR, OPERATOR),
    "gzip, out of order": (raw(201, RUBBISH, "Content-Encoding: gzip"), PERHAPS, PERHAPS, PERHAPS),
    "a limit in bad gzip": (raw(429, RUBBISH, "Content-Encoding: gzip"), LATER, LATER, LATER),
    "a refusal that breaks off": (b'HTTP/1.1 400 X\r\nContent-Length: 50\r\n\r\n{"a"', POST, POST, UNCLEAR),
    "a failure that breaks off": (b"HTTP/1.1 500 X\r\nContent-Length: 50\r\n\r\n{", PERHAPS, PERHAPS, PERHAPS),
    "broken chunks": (b"HTTP/1.1 402 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", PERHAPS, PERHAPS, PERHAPS),
    "two lengths": (b"HTTP/1.1 200 X\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", PERHAPS, PERHAPS, PERHAPS),
    "a header without end": (raw(200, {}, "X-Odd: " + "a" * 100_000), PERHAPS, PERHAPS, PERHAPS),
    "many headers": (raw(200, {}, *(f"X-{number}: a" for number in range(20_000))), PERHAPS, PERHAPS, PERHAPS),
    "latin-1": (raw(400, '{"detail":"für dich"}'.encode("latin-1"), JSON), POST, POST, UNCLEAR),
    "UTF-16": (raw(402, '{"detail":"no credit"}'.encode("utf-16")), OPERATOR, OPERATOR, OPERATOR),
    "an unknown charset": (raw(400, {"detail": "no"}, f"{JSON}; charset=klingon"), POST, POST, UNCLEAR),
    "two content types": (raw(400, {"detail": "no"}, JSON, "Content-Type: text/html"), POST, POST, UNCLEAR),
    "nested without end": (raw(400, b'{"errors":' + b"[" * 60_000), POST, POST, UNCLEAR),
    "keys of other kinds": (
        raw(400, {"detail": ["a"], "title": {"x": 1}, "type": 7, "reason": [1], "errors": [None, 1, []], "error": {}}),
        POST,
        POST,
        UNCLEAR,
    ),
    "401 from another": (raw(401, b"<html>", 'WWW-Authenticate: Basic realm="proxy"'), OPERATOR, OPERATOR, OPERATOR),
    "401 with a scheme of theirs": (raw(401, b"", 'WWW-Authenticate: OAuth realm="x"'), ACCOUNT, ACCOUNT, UNCLEAR),
    "410": (raw(410, {"title": "Gone"}), OPERATOR, OPERATOR, OPERATOR),
    "418": (raw(418), POST, POST, UNCLEAR),
    "425": (raw(425), LATER, LATER, LATER),
    "451": (raw(451, {}), POST, POST, UNCLEAR),
    "502 with a page": (raw(502, b"<html>Bad gateway", "Retry-After: 5"), PERHAPS, PERHAPS, PERHAPS),
    "503 with credits": (raw(503, {"title": "CreditsDepleted"}), PERHAPS, PERHAPS, PERHAPS),
}
TIMES = [
    "Wed, 21 Oct 2015 07:28:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2300",
    "Mon, 01 Jan 0001 00:00:00 +2300",
    "Mon, 23 Nov 2026 14:00:00 +9900",
    "-5",
    "1.5",
    "9999999999",
    "9" * 400,
    "soon",
    "",
]


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[str]:
    """The URL of a server that answers this to everything, and hangs up."""

    async def answer_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(
            int(head.partition("content-length:")[2].split()[0]) if "content-length" in head else 0
        )
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(answer_one, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def outcome(url: str, platform: str, operation: Callable[[Transport], Awaitable[object]]) -> Any:
    """What the operation returns or raises, on a connection of its own."""
    async with HttpSession() as session:
        made = X(session, url, "c", "s") if platform == "X" else LinkedIn(session, url, url, "202609", "c", "s")
        try:
            return await operation(made)
        except PlatformError as error:
            return error


def publish(transport: Transport) -> Awaitable[object]:
    return transport.publish(ALICE, TOKEN, "Hello", NOON)


@pytest.mark.parametrize("platform", ["X", "LINKEDIN"])
@pytest.mark.parametrize("odd", ODD)
async def test_an_odd_answer_is_somebodys_fault_or_nobodys(odd: str, platform: str) -> None:
    answer, *expected = ODD[odd]
    async with answering(answer) as url:
        met = [
            await outcome(url, platform, publish),
            await outcome(url, platform, lambda made: made.identify(TOKEN, NOON)),
            await outcome(url, platform, lambda made: made.refresh("r1", NOON)),
        ]
    assert [type(one) for one in met] == expected, met


@pytest.mark.parametrize("platform", ["X", "LINKEDIN"])
@pytest.mark.parametrize("time", TIMES)
async def test_an_odd_time_to_come_back_is_still_a_limit(time: str, platform: str) -> None:
    async with answering(raw(429, {}, f"Retry-After: {time}", f"x-rate-limit-reset: {time}")) as url:
        for operation in (publish, lambda made: made.identify(TOKEN, NOON), lambda made: made.refresh("r1", NOON)):
            met = await outcome(url, platform, operation)
            assert (type(met), met.code) == (NotSent, "RATE_LIMITED")
            assert met.retry_at > NOON


@pytest.mark.parametrize("lifetime", ["Infinity", "NaN", "true", "0", "0.5", "-1", "1e400", '"soon"', "null", "[]"])
async def test_an_odd_lifetime_of_a_token_is_none(lifetime: str) -> None:
    async with answering(raw(200, f'{{"access_token":"a2","expires_in":{lifetime}}}'.encode())) as url:
        met = await outcome(url, "X", lambda made: made.refresh("r1", NOON))
    assert met == Tokens("a2", None, None)
