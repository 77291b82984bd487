"""A request for a WebSocket that is none is answered and its connection closed: it holds nobody's place."""

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from support.connections.bounded import served

FIELDS = (
    b"Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
UPGRADE = b"GET / HTTP/1.1\r\n" + FIELDS
POST = b"POST / HTTP/1.1\r\n" + FIELDS
END = b"\r\n"

REFUSED = {
    "a length": (UPGRADE + b"Content-Length: 1\r\n\r\n", 400),
    "a length and a body": (UPGRADE + b"Content-Length: 1\r\n\r\na", 400),
    "chunks": (UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n", 400),
    "a POST with a body": (POST + b"Content-Length: 1\r\n\r\na", 400),
    "a POST without one": (POST + END, 405),
    "200 headers": (UPGRADE + b"".join(b"X-%d: a\r\n" % number for number in range(200)) + END, 431),
    "a long header": (UPGRADE + b"X: " + b"a" * 9_000 + b"\r\n\r\n", 431),
    "a long target": (UPGRADE.replace(b" / ", b" /" + b"a" * 9_000 + b" ") + END, 414),
    "a control character": (UPGRADE + b"X: a\x01b\r\n\r\n", 400),
    "no key": (UPGRADE.replace(b"Sec-WebSocket-Key", b"X") + END, 400),
    "another version": (UPGRADE.replace(b"13", b"12") + END, 400),
}


@pytest.fixture
def greeting(ok: ASGIApp) -> ASGIApp:
    """Greets whoever comes by a WebSocket, and answers all others."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": "hello"})
        else:
            await ok(scope, receive, send)

    return app


@pytest.mark.parametrize("pipelined", [b"", b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"], ids=["alone", "and more"])
@pytest.mark.parametrize(("request_bytes", "status"), REFUSED.values(), ids=REFUSED)
async def test_a_head_that_is_no_websockets_is_answered_and_ends_the_connection(
    greeting: ASGIApp, caplog: pytest.LogCaptureFixture, request_bytes: bytes, status: int, pipelined: bytes
) -> None:
    async with served(greeting, connections=2) as door:
        for _ in range(3):
            mallory = await (await door.client()).say(request_bytes, pipelined)
            heard = await mallory.hear_to_the_end()
            assert heard.startswith(b"HTTP/1.1 %d " % status)
            assert b"connection: close" in heard.lower()
            assert heard.count(b"HTTP/1.1 ") == 1
        assert await door.answers()
    assert "Traceback" not in caplog.text


async def test_http_1_0_knows_no_upgrade(greeting: ASGIApp) -> None:
    """RFC 9110, 7.8: it is as if the client had not asked for one."""
    async with served(greeting) as door:
        old = await (await door.client()).say(UPGRADE.replace(b"HTTP/1.1", b"HTTP/1.0"), END)
        heard = await old.hear_to_the_end()
        assert b" 200 OK" in heard
        assert heard.endswith(b"ok")


async def test_a_length_of_nothing_is_no_body(greeting: ASGIApp) -> None:
    """Some devices send one, as websockets says."""
    async with served(greeting) as door:
        alice = await (await door.client()).say(UPGRADE, b"Content-Length: 0\r\n\r\n")
        assert (await alice.hear_until(b"hello")).startswith(b"HTTP/1.1 101 ")
