"""D. Reading: pages of a hundred queues with their posts, over HTTP, against one SELECT that is written as JSON."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import asyncpg
from support.processes import free_port, running, until

from bench import reading
from bench.figures import Figure, alternate, report
from bench.seeds import seed_queues
from bench.stage import Stage, stage

QUEUES, USERS, FIRST = 20_000, 100, 100
USER = "user_7"
QUERY = """
    query ($first: Int) { queues(first: $first) { nodes {
        id status interval cadence nextScheduledTime executionCount createdAt originalPost { id status createdAt }
    } } }
"""
BODY = json.dumps({"query": QUERY, "variables": {"first": FIRST}}).encode()
RIGHT = """
    SELECT id::text FROM recurring_queues WHERE clerk_user_id = $1 ORDER BY next_scheduled_time, id LIMIT $2
"""


async def main(on: Stage) -> None:
    await on.template("queues", lambda connection: seed_queues(connection, on.key, QUEUES, 0, USERS))
    async with on.copy("queues") as url:
        connection = await asyncpg.connect(url)
        right = [row["id"] for row in await connection.fetch(RIGHT, USER, FIRST)]
        await connection.close()
        assert len(right) == FIRST
        with ExitStack() as running_servers:
            limit_port = running_servers.enter_context(server(on, url, "-m", "bench.hand_written"))
            our_port = running_servers.enter_context(server(on, url, "server.py"))
            token = on.identity.token(USER, datetime.now(UTC))

            async def asked(port: int) -> float:
                return await asyncio.to_thread(reading.rate, port, BODY, token, right)

            pairs = await alternate(lambda: asked(limit_port), lambda: asked(our_port), what="pages of 100")
    report(Figure.ratio("D", "100 queues with their posts, one process, against a SELECT as JSON", pairs, 0.11))


@contextmanager
def server(on: Stage, url: str, *command: str) -> Iterator[int]:
    """A server of one process on that database; gives its port once it answers."""
    port = free_port()
    # Every request is counted, as everywhere; so many are allowed.
    more = {"PERENNIAL_PORT": str(port), "PERENNIAL_REQUESTS_PER_MINUTE": "1000000"}
    environment = on.environment(url, **more, BENCH_USER=USER)
    with running(*command, log=on.folder / "servers", **environment):
        until(lambda: socket.create_connection(("127.0.0.1", port)).close() is None)
        yield port


if __name__ == "__main__":
    with stage() as on:
        asyncio.run(main(on))
