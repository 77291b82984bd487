"""A. The tick: due queues a second, compared with a set-based SQL statement that does the same."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import asyncpg

from bench.figures import Figure, Round, alternate, report
from bench.mixed import mix
from bench.seeds import seed_queues
from bench.servers import Servers, check_counts, start_servers
from perennial.process import Process

QUEUES, DUE, USERS = 100_000, 10_000, 2_000
BATCH = 1_000

# One statement writes all that a tick writes: clones, their publications, the accounts' heads, the
# ledger and the queues' next times.
PROGRAM = f"""
    WITH due AS MATERIALIZED (
        SELECT id, clerk_user_id, original_post_id, interval, next_scheduled_time, execution_count, max_executions,
            gen_random_uuid() AS clone_id
        FROM recurring_queues
        WHERE status = 'active' AND next_scheduled_time <= now()
        ORDER BY next_scheduled_time, id LIMIT {BATCH} FOR UPDATE SKIP LOCKED
    ), texts AS MATERIALIZED (
        SELECT due.clone_id, due.id AS queue_id, due.next_scheduled_time AS time, publications.platform,
            publications.content, accounts.id AS account_id
        FROM due
        JOIN posts ON posts.id = due.original_post_id AND posts.clerk_user_id = due.clerk_user_id
        JOIN publications ON publications.post_id = posts.id
        JOIN connected_accounts AS accounts ON accounts.clerk_user_id = due.clerk_user_id
            AND accounts.platform = publications.platform AND accounts.status = 'active'
    ), clones AS (
        INSERT INTO posts (id, clerk_user_id, status, cloned_from_id, created_by_queue_id, created_at, updated_at)
        SELECT clone_id, clerk_user_id, 'scheduled', original_post_id, id, now(), now() FROM due
    ), scheduled AS (
        INSERT INTO publications (id, post_id, platform, content, status, scheduled_time, scheduler_id,
            next_attempt_time, attempts, connected_account_id, created_by_queue_id)
        SELECT gen_random_uuid(), clone_id, platform, content, 'scheduled', time, 'publish:' || time, time, 0,
            account_id, queue_id
        FROM texts
    ), heads AS (
        UPDATE connected_accounts SET next_due = earliest
        FROM (SELECT account_id AS account, min(time) AS earliest FROM texts GROUP BY account_id) AS found
        WHERE id = account AND (next_due IS NULL OR next_due > earliest)
    ), ledger AS (
        INSERT INTO queue_executions (id, queue_id, scheduled_time, executed_time, outcome, missed_count, post_id)
        SELECT gen_random_uuid(), id, next_scheduled_time, now(), 'executed', 0, clone_id FROM due
    )
    UPDATE recurring_queues AS queue SET
        last_executed_time = due.next_scheduled_time,
        next_scheduled_time = due.next_scheduled_time + due.interval * interval '1 day',
        execution_count = due.execution_count + 1,
        status = CASE WHEN due.execution_count + 1 >= due.max_executions THEN 'completed' ELSE 'active' END,
        updated_at = now()
    FROM due WHERE queue.id = due.id
"""


async def main(servers: Servers) -> None:
    await servers.template("queues", lambda connection: seed_queues(connection, servers.key, QUEUES, DUE, USERS))
    await servers.template("mixed", lambda connection: seed_mixed(connection, servers.key))
    limit, ours = rounds(servers)
    one = await alternate(limit, lambda: ours(1), what="one tick")
    two = await alternate(limit, lambda: ours(2), what="two ticks")
    mixed = await alternate(lambda: ours(1), lambda: ours(1, "mixed"), what="rules of all kinds")
    report(
        Figure.ratio("A", "10,000 due of 100,000 queues, one tick, against the SQL alone", one, 0.6),
        Figure.ratio("A", "the same, the two ticks that a worker runs at a time", two, None),
        Figure.ratio("A", "one tick, rules, zones and turns of all kinds, against plain queues", mixed, 0.8),
    )


async def seed_mixed(connection: asyncpg.Connection, key: bytes) -> None:
    """As many queues as the plain ones, of which those that are due have rules of all kinds."""
    await seed_queues(connection, key, QUEUES, DUE, USERS)
    await mix(connection)


def rounds(servers: Servers) -> tuple[Round, Callable[..., Awaitable[float]]]:
    """A round of the limit, and one of ours with so many ticks at a time."""

    async def limit() -> float:
        async with servers.copy("queues") as url:
            connection = await asyncpg.connect(url)
            begun = time.perf_counter()
            while await connection.execute(PROGRAM) != "UPDATE 0":
                pass
            seconds = time.perf_counter() - begun
            await check(connection)
            await connection.close()
        return DUE / seconds

    async def ours(ticks: int, template: str = "queues") -> float:
        async with servers.copy(template) as url:
            async with servers.process(url) as process:
                begun = time.perf_counter()
                await asyncio.gather(*(tick_until_done(process) for _ in range(ticks)))
                seconds = time.perf_counter() - begun
            connection = await asyncpg.connect(url)
            await check(connection)
            await connection.close()
        return DUE / seconds

    return limit, ours


async def tick_until_done(process: Process) -> None:
    """Ticks again, as a worker does, for as long as a tick finds due queues."""
    while (await process.ticker.process_due_queues()).due:
        pass


async def check(connection: asyncpg.Connection) -> None:
    """Checks that each queue advanced once, with one ledger row, one clone and two publications."""
    counts = {
        "recurring_queues WHERE next_scheduled_time <= now()": 0,
        "recurring_queues WHERE execution_count = 1": DUE,
        "queue_executions WHERE outcome = 'executed'": DUE,
        "posts WHERE status = 'scheduled'": DUE,
        "publications WHERE status = 'scheduled'": 2 * DUE,
    }
    await check_counts(connection, counts)


if __name__ == "__main__":
    with start_servers() as servers:
        asyncio.run(main(servers))
