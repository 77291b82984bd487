"""A page of another origin, in a real browser, whose libraries add headers of their own to each request."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from support.api import User
from support.protocols import served
from support.publishing import another_process

from perennial.process import Process

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.one_dialect

PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<title>An app</title>"
ASK = """async ([url, token]) => {
    const headers = {
        Authorization: `Bearer ${token}`, 'Content-Type': 'application/json',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        'sentry-trace': '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1', baggage: 'sentry-release=1',
    };
    try {
        const answer = await fetch(url, {method: 'POST', headers, body: '{"query": "{ accounts { id } }"}'});
        return [await answer.json(), Boolean(answer.headers.get('x-request-id'))];
    } catch (error) { return [error.name, false]; }
}"""


@asynccontextmanager
async def another_origin() -> AsyncIterator[str]:
    """A server of one empty page; gives its origin."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(PAGE)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield "http://{}:{}".format(*server.sockets[0].getsockname())


@pytest.mark.parametrize("named", ["itself", "*", None])
async def test_a_page_that_is_named_asks_with_whatever_headers_it_has_and_no_other_asks_at_all(
    browser: "Browser", process: Process, alice: User, named: str | None
) -> None:
    async with another_origin() as origin, await browser.new_context() as context:
        origins = {"itself": (origin,), "*": ("*",), None: ()}[named]
        async with another_process(process, cors_origins=origins) as ours, served(ours) as address:
            page = await context.new_page()
            await page.goto(origin)
            told = await page.evaluate(ASK, [f"http://{address}/graphql", alice.token])
    if named:
        answer, can_read_headers = told
        assert (answer["data"], can_read_headers) == ({"accounts": []}, True)
    else:
        assert told == ["TypeError", False]
