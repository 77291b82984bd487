"""What it costs to keep no statements prepared, and to go through PgBouncer: the work of A, B and D in three ways.

`python -m bench.behind_pooler` measures them in turn, and prints each one's ratio to the direct way. It is no letter.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median

import asyncpg

from bench import http_load, publish, read, tick
from bench.figures import FEW_ROUNDS
from bench.seeds import seed_queues
from bench.servers import DIRECT, WAYS, Servers, start_servers
from bench.stub import run_stub

Rate = Callable[[Servers], Awaitable[float]]


async def main(servers: Servers, letters: str) -> None:
    for letter, measure in (("A", ticks), ("B", publishing), ("D", reading)):
        if letter in letters:
            await measure(servers)


async def in_turn(what: str, servers: Servers, rate: Rate) -> None:
    """Measures each way once a round, the first of a round being another each time, and prints the ratios."""
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    for number in range(FEW_ROUNDS):
        for way in WAYS[number:] + WAYS[:number]:
            rates[way].append(await rate(replace(servers, way=way)))
    for way in WAYS:
        ratio = median(ours / direct for ours, direct in zip(rates[way], rates[DIRECT], strict=True))
        print(f"{what}, {way}: {median(rates[way]):,.0f}/s, {ratio:.2f} of the direct way")


async def ticks(servers: Servers) -> None:
    """One tick after the other, until nothing is due."""
    await servers.template("queues", lambda one: seed_queues(one, servers.key, tick.QUEUES, tick.DUE, tick.USERS))
    await in_turn("A", servers, lambda way: tick.rounds(way)[1](1))


async def publishing(servers: Servers) -> None:
    """Posts that are due on a platform that answers at once."""
    await servers.template(f"due_{publish.MANY}", lambda one: publish.seed(one, servers.key, publish.MANY))
    async with run_stub() as platform:
        await in_turn("B", servers, lambda way: publish.rounds(way, platform, publish.MANY)[1]())


async def reading(servers: Servers) -> None:
    """Pages of a hundred queues, of a server for each way."""
    await servers.template("pages", lambda one: seed_queues(one, servers.key, read.QUEUES, 0, read.USERS))
    token = servers.identity.token(read.USER, datetime.now(UTC))
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(servers.copy("pages"))
        connection = await asyncpg.connect(url)
        ids = [row["id"] for row in await connection.fetch(read.EXPECTED_IDS, read.USER, read.FIRST)]
        await connection.close()
        ports = {way: stack.enter_context(read.server(replace(servers, way=way), url, "server.py")) for way in WAYS}
        await in_turn(
            "D", servers, lambda one: asyncio.to_thread(http_load.rate, ports[one.way], read.BODY, token, ids)
        )


if __name__ == "__main__":
    with start_servers() as servers:
        asyncio.run(main(servers, "".join(sys.argv[1:]) or "ABD"))
