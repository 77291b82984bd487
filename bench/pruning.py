"""K. B's work beside the deletion of a million old rows, compared with B on the same database without a deletion.

`BENCH_PRUNED` is the number of old rows: of four, one is a clone, two are its publications, and one is in the ledger.
"""

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta
from unittest import mock

import asyncpg

from bench.figures import Figure, Pairs, alternate, print_progress, report
from bench.publish import MANY, OWNERS, publish_ours, seed
from bench.seeds import scheduled_text
from bench.servers import Servers, check_counts, start_servers
from bench.stub import Stub, run_stub
from perennial.core.ids import first_id_of
from perennial.keeping import pruning
from perennial.keeping.pruning import Pruned
from perennial.process import Process

ROWS = int(os.environ.get("BENCH_PRUNED", "1000000"))
CLONES = ROWS // 4
DAYS = 30

# One queue for each owner. Ids begin with a time, as ours do: the old ones are a millisecond apart.
QUEUES = """
    INSERT INTO recurring_queues (id, clerk_user_id, status, interval, cadence, next_scheduled_time, execution_count,
        created_at, updated_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, 'user_' || n, 'active', 7, 'fixed', now() + interval '6 days', 0, now(),
        now()
    FROM generate_series(0, $1 - 1) AS n
"""
OLD = """
    CREATE TABLE old AS SELECT n, lpad(to_hex(n % $2), 32, '0')::uuid AS queue_id,
        (lpad(to_hex($3::bigint + n), 12, '0') || lpad('7', 20, '0'))::uuid AS id,
        $4::timestamptz + n * interval '1 millisecond' AS time
    FROM generate_series(0, $1 - 1) AS n
"""
POSTS = """
    INSERT INTO posts (id, clerk_user_id, status, created_by_queue_id, created_at, updated_at)
    SELECT id, 'user_' || n % $1, 'published', queue_id, time, time FROM old
"""
PUBLICATIONS = """
    INSERT INTO publications (id, post_id, platform, content, status, created_by_queue_id, scheduled_time, attempts,
        remote_id, url, published_time)
    SELECT gen_random_uuid(), id, platform, 'The best post of all, number ' || n, 'published', queue_id, time, 1,
        'old ' || n, 'https://x.com/i/web/status/' || n, time
    FROM old, unnest(ARRAY['x', 'linkedin']) AS platform
"""
EXECUTIONS = """
    INSERT INTO queue_executions (id, queue_id, scheduled_time, executed_time, outcome, missed_count, post_id)
    SELECT id, queue_id, time, time, 'executed', 0, id FROM old
"""


async def main(servers: Servers) -> None:
    await servers.template("pruned", lambda connection: seed_old(connection, servers.key))
    async with run_stub() as platform:
        pairs, rates = await measure(servers, platform)
    what = f"{MANY:,} due on X, which answers at once, beside the deletion of {ROWS:,} old rows"
    report(
        Figure.ratio("K", what, pairs, 0.9),
        Figure.untargeted("K", "old rows deleted meanwhile, and alone", f"{rates[1]:,.0f}/s", f"{rates[0]:,.0f}/s"),
    )


async def seed_old(connection: asyncpg.Connection, key: bytes) -> None:
    """Inserts what B has, and the old rows."""
    await seed(connection, key, MANY)
    begun = datetime.now(UTC) - timedelta(days=2 * DAYS)
    milliseconds = first_id_of(begun).int >> 80
    await connection.execute(QUEUES, OWNERS)
    await connection.execute(OLD, CLONES, OWNERS, milliseconds, begun)
    await connection.execute(POSTS, OWNERS)
    await connection.execute(PUBLICATIONS)
    await connection.execute(EXECUTIONS)
    await connection.execute("DROP TABLE old")
    await connection.execute("VACUUM ANALYZE")


async def measure(servers: Servers, platform: Stub) -> tuple[Pairs, list[float]]:
    """Measures publications a second, alone and beside a deletion; and rows deleted a second, beside it and alone."""
    beside: list[float] = []

    async def round_of(keep_days: int | None) -> float:
        async with servers.copy("pruned") as url:
            await platform.reset()
            async with servers.process(url, x_api_url=platform.url, keep_days=keep_days) as process:
                deleting = asyncio.create_task(delete_until_stopped(process))
                seconds = await publish_ours(process)
                process.stopping.set()
                deleted = await deleting
                if keep_days:
                    beside.append(deleted / seconds)
            await check(url, platform)
        return MANY / seconds

    pairs = await alternate(lambda: round_of(None), lambda: round_of(DAYS), what="pruning")
    async with servers.copy("pruned") as url, servers.process(url, keep_days=DAYS) as process:
        alone = await delete_all(process)
    return pairs, [sorted(beside)[len(beside) // 2], alone]


async def check(url: str, platform: Stub) -> None:
    """Checks that what was due is published, and was sent exactly once."""
    connection = await asyncpg.connect(url)
    due = "created_by_queue_id IS NULL AND status = 'published'"
    await check_counts(connection, {f"publications WHERE {due} AND attempts = 1": MANY, f"posts WHERE {due}": MANY})
    await connection.close()
    assert await platform.count() == {scheduled_text(n): 1 for n in range(MANY)}


async def delete_until_stopped(process: Process) -> int:
    """Deletes old rows until the process is to stop; returns their number. A call that ends is made again."""
    number = 0
    while not process.stopping.is_set():
        done = await process.pruner.prune()
        number += rows(done)
        if done.is_complete:
            if number:
                print_progress(f"all {number:,} old rows were gone before the end: set BENCH_PRUNED higher")
            break
    return number


async def delete_all(process: Process) -> float:
    """Deletes old rows, while nobody else works; returns rows a second, of one call, rests included.

    Then it deletes the others, without rests, to see that all of them go.
    """
    begun = time.perf_counter()
    done = await process.pruner.prune()
    number = rows(done)
    rate = number / (time.perf_counter() - begun)
    with mock.patch.object(pruning, "REST_FACTOR", 0.0):
        while not done.is_complete:
            print_progress(f"alone: {number:,} of {ROWS:,} rows deleted")
            done = await process.pruner.prune()
            number += rows(done)
    assert number == CLONES * 4, number
    return rate


def rows(done: Pruned) -> int:
    """How many rows it has deleted."""
    return done.clones + done.publications + done.executions


if __name__ == "__main__":
    with start_servers() as servers:
        asyncio.run(main(servers))
