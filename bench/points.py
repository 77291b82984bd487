"""P. Points: what each of some documents takes of the server's CPU for each point that it costs."""

import asyncio
import json
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple

from support.processes import begun, free_port, until

from bench.figures import FEW_ROUNDS, Figure, print_progress, report
from bench.http_load import request_bytes
from bench.points_documents import DOCUMENTS, Document
from bench.points_recurrence import RECURRENCE
from bench.points_seed import USER, USER_OF_MANY, seed
from bench.servers import Servers, start_servers
from perennial.api.limits.request_cost import LEAST

CPU_SECONDS, TIMES_LEAST = 0.15, 3  # of each document in a round
TIMES_MAX = 5.0  # the median's CPU for a point


class Measured(NamedTuple):
    """What a document costs, and the milliseconds of CPU that it takes."""

    name: str
    points: int
    milliseconds: float

    @property
    def each(self) -> float:
        """The milliseconds of CPU for a point."""
        return self.milliseconds / self.points


class Client(NamedTuple):
    """Callers of the server with this process id, on a connection, and their tokens."""

    port: int
    pid: int
    tokens: Mapping[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def points(self, document: Document, number: int) -> int:
        """Sends a document, and returns what it costs."""
        request = request_bytes(document.body(number), self.tokens[document.user])
        if document.streams:
            return await self._points_of_stream(request)
        self.writer.write(request)
        _, body = await _answer(self.reader)
        return int(json.loads(body)["extensions"]["cost"]["requested"])

    async def _points_of_stream(self, request: bytes) -> int:
        """Begins a subscription on a connection of its own, and leaves it.

        It says nothing of its points, so others that do are asked before and after it, and count too.
        """
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        before = await self._left()
        writer.write(request.replace(b"host:", b"accept: text/event-stream\r\nhost:", 1))
        await reader.readuntil(b"\r\n\r\n")
        after = await self._left()
        writer.close()
        return before + LEAST - after if after else 0

    async def _left(self) -> int:
        self.writer.write(request_bytes('{"query": "{ __typename }"}', self.tokens[USER]))
        head, _ = await _answer(self.reader)
        return _remaining(head)


def _remaining(head: bytes) -> int:
    """What a head says is left; 0 if Redis was too slow to count."""
    return int((head.partition(b"ratelimit-remaining:")[2].split() or [b"0"])[0])


async def _answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    return head, await reader.readexactly(int(head.partition(b"content-length:")[2].split()[0]))


async def main(servers: Servers) -> None:
    await servers.template("points", lambda connection: seed(connection, servers.key))
    async with servers.copy("points") as url:
        with server(servers, url) as (port, pid):
            now = datetime.now(UTC)
            tokens = {user: servers.identity.token(user, now) for user in (USER, USER_OF_MANY)}
            client = Client(port, pid, tokens, *await asyncio.open_connection("127.0.0.1", port))
            documents = [*DOCUMENTS, *RECURRENCE]
            rounds = [[await measure(client, one, number) for one in documents] for number in range(FEW_ROUNDS)]
    # Other load on the machine makes it longer.
    found = [min(tries, key=lambda one: one.milliseconds) for tries in zip(*rounds, strict=True)]
    figure = judged(found)
    report(figure)
    if not figure.good:
        sys.exit("a document takes too much for what it costs")


def judged(found: Sequence[Measured]) -> Figure:
    """Prints the table of docs/protocol.md, and compares the document that takes most for a point with the median."""
    middle = median(one.each for one in found)
    for one in sorted(found, key=lambda one: one.each, reverse=True):
        row = (one.name, f"{one.points:,}", f"{one.milliseconds:,.1f}", f"{one.each:.2f}", f"{one.each / middle:.1f}")
        print_progress(f"| {' | '.join(row)} |")
    worst = max(found, key=lambda one: one.each)
    what = f"CPU for a point, of {len(found)} documents: {worst.name}, against the median"
    return Figure.at_most("P", what, worst.each / middle, TIMES_MAX, " times", f"{middle:.2f} ms")


async def measure(client: Client, document: Document, round_number: int) -> Measured:
    """Sends a document until it has taken CPU_SECONDS of the server's CPU."""
    number = 1_000_000 * round_number
    points = 0
    while not points:  # it has been counted
        points = max([await client.points(document, number + one) for one in range(2)])
    begin, count = cpu_seconds(client.pid), 0
    while count < TIMES_LEAST or cpu_seconds(client.pid) - begin < CPU_SECONDS:
        count += 1
        await client.points(document, number + 1 + count)
    return Measured(document.name, points, (cpu_seconds(client.pid) - begin) / count * 1_000)


def cpu_seconds(pid: int) -> float:
    """The CPU time of all threads of a process."""
    return sum(int(one.read_text().split()[0]) for one in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


@contextmanager
def server(servers: Servers, url: str) -> Iterator[tuple[int, int]]:
    """Starts a server on the database; gives its port and its process id once it accepts connections."""
    port = free_port()
    more = {"PERENNIAL_PORT": str(port), "PERENNIAL_POINTS_PER_MINUTE": "1000000000"}
    with begun("server.py", log=servers.folder / "servers", **servers.environment(url, **more)) as process:
        until(lambda: socket.create_connection(("127.0.0.1", port)).close() is None)
        yield port, process.pid


if __name__ == "__main__":
    with start_servers() as servers:
        asyncio.run(main(servers))
