"""D. Reading: pages of a hundred queues with their posts, over HTTP, compared with one SELECT written as JSON."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import asyncpg
from support.processes import free_port, running, until

from bench import http_load
from bench.figures import Figure, alternate, report
from bench.seeds import seed_queues
from bench.servers import Servers, start_servers

QUEUES, USERS, FIRST = 20_000, 100, 100
USER = "user_7"
QUERY = """
    query ($first: Int) { queues(first: $first) { nodes {
        id status interval cadence nextScheduledTime executionCount createdAt originalPost { id status createdAt }
    } } }
"""
BODY = json.dumps({"query": QUERY, "variables": {"first": FIRST}}).encode()
EXPECTED_IDS = """
    SELECT id::text FROM recurring_queues WHERE clerk_user_id = $1 ORDER BY next_scheduled_time, id LIMIT $2
"""


async def main(servers: Servers) -> None:
    await servers.template("queues", lambda connection: seed_queues(connection, servers.key, QUEUES, 0, USERS))
    async with servers.copy("queues") as url:
        connection = await asyncpg.connect(url)
        expected_ids = [row["id"] for row in await connection.fetch(EXPECTED_IDS, USER, FIRST)]
        await connection.close()
        assert len(expected_ids) == FIRST
        with ExitStack() as running_servers:
            limit_port = running_servers.enter_context(server(servers, url, "-m", "bench.hand_written"))
            our_port = running_servers.enter_context(server(servers, url, "server.py"))
            token = servers.identity.token(USER, datetime.now(UTC))

            async def measure(port: int) -> float:
                return await asyncio.to_thread(http_load.rate, port, BODY, token, expected_ids)

            pairs = await alternate(lambda: measure(limit_port), lambda: measure(our_port), what="pages of 100")
    report(Figure.ratio("D", "100 queues with their posts, one process, against a SELECT as JSON", pairs, 0.11))


@contextmanager
def server(servers: Servers, url: str, *command: str) -> Iterator[int]:
    """Starts a server process on the database; gives its port once it accepts connections."""
    port = free_port()
    # Every request is charged, as in production; this one is never reached.
    more = {"PERENNIAL_PORT": str(port), "PERENNIAL_POINTS_PER_MINUTE": "1000000000"}
    environment = servers.environment(url, **more, BENCH_USER=USER)
    with running(*command, log=servers.folder / "servers", **environment):
        until(lambda: socket.create_connection(("127.0.0.1", port)).close() is None)
        yield port


if __name__ == "__main__":
    with start_servers() as servers:
        asyncio.run(main(servers))
