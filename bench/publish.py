"""B. Publishing: due publications a second, compared with a program without a job queue or an ORM."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import asyncpg

from bench.figures import Figure, Pairs, Round, alternate, report
from bench.publish_limit import publish_all
from bench.seeds import scheduled_text, seed_accounts, seed_scheduled
from bench.servers import Servers, check_counts, start_servers
from bench.stub import Stub, run_stub
from perennial.db.sql import run_sql
from perennial.process import Process

MANY, FEW = 5_000, 2_000
OWNERS = 1_250
DELAY = 0.1
# Two statements, so that each of them looks into the index of its state.
LEFT = """
    (SELECT id FROM publications WHERE status = 'scheduled' LIMIT 1)
    UNION ALL (SELECT id FROM publications WHERE status = 'publishing' LIMIT 1)
"""


async def main(servers: Servers) -> None:
    for number in (MANY, FEW):
        await servers.template(f"due_{number}", lambda connection, number=number: seed(connection, servers.key, number))
    async with run_stub() as at_once, run_stub(DELAY) as slow:
        fast = await measure(servers, at_once, MANY, "at once")
        late = await measure(servers, slow, FEW, "100 ms")
    report(
        Figure.ratio("B", "5,000 due on X, which answers at once", fast, 0.6),
        Figure.ratio("B", "2,000 due on X, which answers after 100 ms", late, 0.9),
    )


async def seed(connection: asyncpg.Connection, key: bytes, number: int) -> None:
    """Inserts publications that fell due within the last ten seconds."""
    now = datetime.now(UTC).replace(microsecond=0)
    await seed_accounts(connection, key, OWNERS)
    await seed_scheduled(connection, [now - timedelta(seconds=n % 10) for n in range(number)], OWNERS)


async def measure(servers: Servers, platform: Stub, number: int, what: str) -> Pairs:
    """Measures publications a second, of the limit and of ours in turn."""
    return await alternate(*rounds(servers, platform, number), what=what)


def rounds(servers: Servers, platform: Stub, number: int) -> tuple[Round, Round]:
    """A round of the limit, and one of ours, which has two calls of publish_due at once, as a worker has."""

    async def limit() -> float:
        async with servers.copy(f"due_{number}") as url:
            await platform.reset()
            seconds = await publish_all(url, platform.url, servers.key)
            await check(url, platform, number)
        return number / seconds

    async def ours() -> float:
        async with servers.copy(f"due_{number}") as url:
            await platform.reset()
            async with servers.process(url, x_api_url=platform.url) as process:
                seconds = await publish_ours(process)
            await check(url, platform, number)
        return number / seconds

    return limit, ours


async def publish_ours(process: Process) -> float:
    """Publishes all that is due; returns the seconds. A call that ends after its 30 s is made again, as by a worker."""
    begun = time.perf_counter()
    while await run_sql(LEFT):
        await asyncio.gather(*(process.publisher.publish_due() for _ in range(2)))
    return time.perf_counter() - begun


async def check(url: str, platform: Stub, number: int) -> None:
    """Checks that each publication is published with its remote id, and was sent exactly once."""
    connection = await asyncpg.connect(url)
    kinds = (
        "publications WHERE status = 'published' AND attempts = 1 AND published_time IS NOT NULL",
        "(SELECT DISTINCT remote_id, url FROM publications WHERE url LIKE '%/status/' || remote_id) AS ids",
        "posts WHERE status = 'published'",
    )
    await check_counts(connection, dict.fromkeys(kinds, number))
    await connection.close()
    assert await platform.count() == {scheduled_text(n): 1 for n in range(number)}


if __name__ == "__main__":
    with start_servers() as servers:
        asyncio.run(main(servers))
