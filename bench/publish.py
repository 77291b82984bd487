"""B. Publishing: due publications a second, against a program that does the same without a job queue or an ORM."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import asyncpg

from bench.figures import Figure, Pairs, alternate, report
from bench.publish_limit import publish_all
from bench.seeds import scheduled_text, seed_accounts, seed_scheduled
from bench.stage import Stage, check_counts, stage
from bench.stub import Stub, stub

MANY, FEW = 5_000, 2_000
OWNERS = 1_250
DELAY = 0.1


async def main(on: Stage) -> None:
    for number in (MANY, FEW):
        await on.template(f"due_{number}", lambda connection, number=number: seed(connection, on.key, number))
    async with stub() as at_once, stub(DELAY) as slow:
        fast = await measure(on, at_once, MANY, "at once")
        late = await measure(on, slow, FEW, "100 ms")
    report(
        Figure.ratio("B", "5,000 due on X, which answers at once", fast, 0.65),
        Figure.ratio("B", "2,000 due on X, which answers after 100 ms", late, 0.85),
    )


async def seed(connection: asyncpg.Connection, key: bytes, number: int) -> None:
    """That many publications, which fell due within the last ten seconds."""
    now = datetime.now(UTC).replace(microsecond=0)
    await seed_accounts(connection, key, OWNERS)
    await seed_scheduled(connection, [now - timedelta(seconds=n % 10) for n in range(number)], OWNERS)


async def measure(on: Stage, far: Stub, number: int, what: str) -> Pairs:
    """Publications a second of the limit, and of ours, called as a worker is by an alarm and by its helper."""

    async def limit() -> float:
        async with on.copy(f"due_{number}") as url:
            await far.reset()
            seconds = await publish_all(url, far.url, on.key)
            await check(url, far, number)
        return number / seconds

    async def ours() -> float:
        async with on.copy(f"due_{number}") as url:
            await far.reset()
            async with on.process(url, x_api_url=far.url) as process:
                begun = time.perf_counter()
                await asyncio.gather(*(process.publisher.publish_due() for _ in range(2)))
                seconds = time.perf_counter() - begun
            await check(url, far, number)
        return number / seconds

    return await alternate(limit, ours, what=what)


async def check(url: str, far: Stub, number: int) -> None:
    """Each is published, with its id and its post, and went out exactly once."""
    connection = await asyncpg.connect(url)
    kinds = (
        "publications WHERE status = 'published' AND attempts = 1 AND published_time IS NOT NULL",
        "(SELECT DISTINCT remote_id, url FROM publications WHERE url LIKE '%/status/' || remote_id) AS ids",
        "posts WHERE status = 'published'",
    )
    await check_counts(connection, dict.fromkeys(kinds, number))
    await connection.close()
    assert await far.count() == {scheduled_text(n): 1 for n in range(number)}


if __name__ == "__main__":
    with stage() as on:
        asyncio.run(main(on))
