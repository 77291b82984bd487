"""Where two readers could see two different requests, there is none: it is refused, and what follows is not read."""

import re

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from support.connections.bounded import GET, served

POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNK = b"2\r\nok\r\n0\r\n\r\n"
SENTENCE = re.compile(r"[A-Z][\w /.,:'-]+\.")  # in which nothing is quoted that was sent

REFUSED = {
    "a length and chunks": (POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNK, 400),
    "chunks and a length": (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n" + CHUNK, 400),
    "two lengths": (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc", 400),
    "two lengths in a line": (POST + b"Content-Length: 2, 3\r\n\r\nabc", 400),
    "a length twice": (POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", 400),
    "a length twice in a line": (POST + b"Content-Length: 2, 2\r\n\r\nab", 400),
    "a length and a comma": (POST + b"content-length: 2,\r\n\r\nab", 400),
    "a length in a folded line": (POST + b"Content-Length:\r\n 2\r\n\r\nab", 400),
    "a length with a sign": (POST + b"Content-Length: +2\r\n\r\nab", 400),
    "chunks, identity": (POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + CHUNK, 501),
    "identity alone": (POST + b"Transfer-Encoding: identity\r\n\r\n" + CHUNK, 501),
    "chunks twice": (POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNK, 501),
    "chunks in HTTP/1.0": (b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNK, 400),
    "a chunk whose size is none": (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n", 400),
    "a chunk that is longer than it says": (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n", 400),
    "a chunk's line that ends with LF": (POST + b"Transfer-Encoding: chunked\r\n\r\n2\nok\r\n0\r\n\r\n", 400),
    "a chunk's line with a CR inside": (POST + b"Transfer-Encoding: chunked\r\n\r\n2;a\rb\r\nok\r\n0\r\n\r\n", 400),
    "a last chunk that ends with LF": (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\n", 400),
    "a trailer that ends with LF": (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: a\n\n", 400),
    "a trailer that is folded": (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: a\r\n b\r\n\r\n", 400),
    "lines that end with LF": (b"GET / HTTP/1.1\nHost: a\n\n", 400),
    "one line that ends with LF": (b"GET / HTTP/1.1\r\nX: a\nHost: a\r\n\r\n", 400),
    "a head that ends with LF": (b"GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
    "a line with a CR inside": (GET[:-2] + b"X: a\rTransfer-Encoding: chunked\r\n\r\n", 400),
    "a folded line": (GET[:-2] + b"X: a\r\n b\r\n\r\n", 400),
    "a space before the colon": (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    "a header that begins folded": (b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (GET[:-2] + b"Host: b\r\n\r\n", 400),
    "no HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n", 400),
    "a target that is no URL": (b"GET http://[a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "a target without a host": (b"GET http:///path HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "a target that is a name": (b"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "a target for OPTIONS alone": (b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "a tunnel": (b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "another HTTP": (b"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
}


@pytest.fixture
def paths() -> list[str]:
    return []


@pytest.fixture
def noting(ok: ASGIApp, paths: list[str]) -> ASGIApp:
    """Notes the host and the path of each request that it answers."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await ok(scope, receive, send)
        paths.append(dict(scope["headers"])[b"host"].decode() + scope["path"])

    return app


@pytest.mark.parametrize(("request_bytes", "status"), REFUSED.values(), ids=REFUSED)
async def test_what_is_doubtful_is_refused_and_ends_the_connection(
    noting: ASGIApp, paths: list[str], caplog: pytest.LogCaptureFixture, request_bytes: bytes, status: int
) -> None:
    async with served(noting) as door:
        mallory = await door.client()
        await mallory.say(request_bytes, b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
        heard = await mallory.hear_to_the_end()
        assert heard.startswith(b"HTTP/1.1 %d " % status)
        assert b"connection: close" in heard.lower()
        assert heard.count(b"HTTP/1.1 ") == 1
        head, _, reason = heard.decode().partition("\r\n\r\n")
        assert "content-type: text/plain; charset=utf-8" in head
        assert SENTENCE.fullmatch(reason), reason
        assert await door.answers()
    assert "a/smuggled" not in paths
    assert "Traceback" not in caplog.text


async def test_what_follows_a_request_that_is_fine_is_read_after_it_and_refused(noting: ASGIApp) -> None:
    async with served(noting) as door:
        heard = await (
            await (await door.client()).say(GET, b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", GET)
        ).hear_to_the_end()
        assert heard.count(b"HTTP/1.1 200") == heard.count(b"HTTP/1.1 400") == 1


async def test_bytes_that_are_no_chunk_end_the_connection_also_if_the_answer_is_out_already(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def hasty(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"no"})

    async with served(hasty) as door:
        mallory = await (await door.client()).say(POST, b"Transfer-Encoding: chunked\r\n\r\n")
        await mallory.hear_until(b"no")
        await mallory.say(b"zz\r\n")
        assert await mallory.hear_to_the_end() == b""
    assert "Traceback" not in caplog.text


async def test_a_target_with_a_host_is_taken_and_its_host_counts(noting: ASGIApp, paths: list[str]) -> None:
    """RFC 9112, 3.2.2: as a proxy is asked."""
    async with served(noting) as door:
        await (await door.client()).ask(b"GET http://b:80/path?x HTTP/1.1\r\nHost: a\r\n\r\n")
    assert paths == ["b:80/path"]


REASONS = {
    "two lengths": "A request has one Content-Length, with one number in it.",
    "a length twice": "A request has one Content-Length, with one number in it.",
    "a length and chunks": "A request has a Content-Length or a Transfer-Encoding, not both.",
    "chunks, identity": "Of the transfer codings chunked alone is known, once.",
    "lines that end with LF": "A line of a request ends with CR and LF, and has neither inside.",
    "a trailer that ends with LF": "A line of a request ends with CR and LF, and has neither inside.",
    "a folded line": "A header of a request stands in one line.",
    "no host": "The request cannot be read: Missing mandatory Host: header.",
    "a space before the colon": "The request cannot be read: illegal header line.",
    "a chunk whose size is none": "The request cannot be read: illegal chunk header.",
    "a tunnel": "The target of the request is no path, and no URL with a host.",
    "HTTP/2": "Requests are taken in the versions 1.1 and 1.0 of HTTP.",
}


@pytest.mark.parametrize(("name", "reason"), REASONS.items(), ids=REASONS)
async def test_the_answer_says_what_is_wrong(ok: ASGIApp, name: str, reason: str) -> None:
    request_bytes, _ = REFUSED[name]
    async with served(ok) as door:
        heard = await (await (await door.client()).say(request_bytes)).hear_to_the_end()
    assert heard.decode().endswith(f"\r\n\r\n{reason}")


async def test_what_comes_in_single_bytes_is_the_same_request(noting: ASGIApp, paths: list[str]) -> None:
    """A CR whose LF is still on its way ends no line, and a body may have any bytes."""
    body = b"4\r\n\n\r\r\n\r\n1;a=b\r\n\n\r\n0\r\nX: a\r\nY: b\r\n\r\n"
    async with served(noting) as door:
        alice = await door.client()
        for rest in (b"Transfer-Encoding: chunked\r\n\r\n" + body, b"Content-Length: 1\r\n\r\n\n"):
            for byte in POST + rest:
                await alice.say(bytes([byte]))
            assert b"200 OK" in await alice.hear_until(b"ok")
    assert paths == ["a/"] * 2


@pytest.mark.parametrize(
    ("body", "is_taken"),
    [(4_096 * [b"a"], True), (5_000 * [b"a"], False), (6_000 * [64 * b"a"], True)],
    ids=["single bytes", "too many of them", "many chunks that are not small"],
)
async def test_a_body_has_as_many_small_chunks_as_cost_no_more_than_other_requests(
    noting: ASGIApp, body: list[bytes], is_taken: bool
) -> None:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in body)
    async with served(noting) as door:
        client = await door.client()
        for _ in range(2 if is_taken else 1):  # the next body begins anew
            await client.say(POST, b"Transfer-Encoding: chunked\r\n\r\n", chunks, b"0\r\n\r\n")
            if is_taken:
                assert b"200 OK" in await client.hear_until(b"ok")
            else:
                assert (await client.hear_to_the_end()).endswith(b"The body has too many chunks, which are too small.")


async def test_http_1_0_is_answered_and_closed(ok: ASGIApp) -> None:
    async with served(ok) as door:
        old = await (await door.client()).say(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert (await old.hear_to_the_end()).endswith(b"ok")
