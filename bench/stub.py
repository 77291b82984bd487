"""A stub of X's API in a process of its own, which costs next to nothing and counts the posts that it receives.

`python -m bench.stub --delay 0.1` prints its URL and answers each POST /2/tweets after a tenth of a second.
GET /count tells how often each text arrived, GET /arrivals when it first did; POST /reset forgets both.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import aiohttp

ROOT = Path(__file__).parents[1]
END_OF_HEAD = b"\r\n\r\n"


@dataclass
class ReceivedPosts:
    """The posts that the stub has received."""

    delay: float
    counts: Counter[str] = field(default_factory=Counter)
    arrivals: dict[str, float] = field(default_factory=dict)
    ids: count = field(default_factory=lambda: count(1_000_000_000))

    def respond(self, line: bytes, body: bytes, now: float) -> tuple[int, bytes, float]:
        """Handles a request, given its first line and its body; returns the response's status, body and delay."""
        match line.split(b" ")[:2]:
            case [b"POST", b"/2/tweets"]:
                text = json.loads(body)["text"]
                self.counts[text] += 1
                self.arrivals.setdefault(text, now)
                return 201, json.dumps({"data": {"id": str(next(self.ids)), "text": text}}).encode(), self.delay
            case [b"GET", b"/count"]:
                return 200, json.dumps(self.counts).encode(), 0
            case [b"GET", b"/arrivals"]:
                return 200, json.dumps(self.arrivals).encode(), 0
            case [b"POST", b"/reset"]:
                self.counts.clear()
                self.arrivals.clear()
                return 200, b"{}", 0
        return 404, b"{}", 0


class Connection(asyncio.Protocol):
    """One keep-alive connection, with one request at a time."""

    def __init__(self, posts: ReceivedPosts) -> None:
        self._posts = posts
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        now = time.time()
        self._buffer += data
        head, end, rest = self._buffer.partition(END_OF_HEAD)
        if not end or len(rest) < (length := _content_length(head)):
            return
        self._buffer = rest[length:]
        status, body, delay = self._posts.respond(head, rest[:length], now)
        reply = b"HTTP/1.1 %d -\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (
            status,
            len(body),
        )
        if delay:
            asyncio.get_running_loop().call_later(delay, self._transport.write, reply + body)
        else:
            self._transport.write(reply + body)


def _content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


@dataclass(frozen=True)
class Stub:
    """A client of a running stub."""

    url: str

    async def count(self) -> dict[str, int]:
        """How often each text arrived."""
        return await self._request("GET", "/count")

    async def arrivals(self) -> dict[str, float]:
        """When each text first arrived, in seconds since the epoch."""
        return await self._request("GET", "/arrivals")

    async def reset(self) -> None:
        """Forgets all posts."""
        await self._request("POST", "/reset")

    async def _request(self, method: str, path: str) -> dict:
        async with aiohttp.request(method, self.url + path) as response:
            return await response.json()


@asynccontextmanager
async def run_stub(delay: float = 0) -> AsyncIterator[Stub]:
    """Runs a stub that answers posts after `delay` seconds."""
    command = [sys.executable, "-m", "bench.stub", "--delay", str(delay)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        yield Stub((await process.stdout.readline()).decode().strip())
    finally:
        process.terminate()
        await process.wait()


async def serve(delay: float) -> None:
    """Serves on a free loopback port until the process ends."""
    posts = ReceivedPosts(delay)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(posts), "127.0.0.1", 0, backlog=1_000)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="A stub of X that counts the posts that it receives.")
    arguments.add_argument("--delay", type=float, default=0, help="seconds until it answers a post")
    asyncio.run(serve(arguments.parse_args().delay))
