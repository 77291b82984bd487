"""E. Growth in the database: how long claims, empty ticks and first pages take with 10,000 to 1,000,000 queues."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from statistics import median
from typing import Any

import asyncpg

from bench.figures import FEW_ROUNDS, Figure, print_progress, report
from bench.seeds import seed_queues
from bench.servers import Servers, start_servers
from perennial.api.graphql._paging import Page
from perennial.api.graphql.queues import listing
from perennial.api.graphql.queues.enums import QueueOrder
from perennial.api.graphql.queues.listing import QueueFilter
from perennial.core import clock
from perennial.db.transactions import transaction
from perennial.process import Process
from perennial.queues.tick import _due_queues

SIZES = (10_000, 100_000, 1_000_000)
DUE = 1_000
TIMES = 50
USERS = 2_000
BIG, SMALL = "user_big", "user_small"

# Gives $3 of the queues to one user, so that first pages of owners of many and of few queues can be compared.
GIVE_TO_USER = """
    UPDATE recurring_queues SET clerk_user_id = $1
    WHERE id IN (SELECT id FROM recurring_queues WHERE clerk_user_id LIKE 'user_%' AND clerk_user_id <> $1
        ORDER BY id DESC OFFSET $2 LIMIT $3)
"""


class RolledBackError(Exception):
    """Rolls a transaction back, so that the queues that it claimed can be claimed again."""


async def main(servers: Servers) -> None:
    """Measures the sizes in turn, so that other load on the machine affects all of them."""
    for size in SIZES:
        await servers.template(f"queues_{size}", lambda connection, size=size: seed(connection, servers.key, size))
    rounds = [{size: await measure_claims(servers, size) for size in SIZES} for _ in range(FEW_ROUNDS)]
    async with servers.copy(f"queues_{SIZES[-1]}") as url, servers.process(url) as process:
        other_figures = [await compare_first_pages(), await measure_empty_tick(url, process)]
    growth = median(one_round[SIZES[-1]][0] / one_round[SIZES[0]][0] for one_round in rounds)
    report(
        *(claim_figure(size, [one_round[size] for one_round in rounds]) for size in SIZES),
        *other_figures,
        Figure.at_most("E", "a claim among 1,000,000 against one among 10,000", growth, 2.0, " times"),
    )


def claim_figure(size: int, rounds: list[tuple[float, float]]) -> Figure:
    """The figure of one size, from each round's milliseconds (ours, limit); only the largest size has a target."""
    ours, limit = (median(values) for values in zip(*rounds, strict=True))
    what = f"500 of 1,000 due among {size:,} queues, claimed"
    if size < SIZES[-1]:
        return Figure.untargeted("E", what, f"{limit:.1f} ms", f"{ours:.1f} ms")
    return Figure.at_most("E", what, ours, 5.0, " ms", f"{limit:.1f} ms")


async def seed(connection: asyncpg.Connection, key: bytes, size: int) -> None:
    """Inserts `size` queues; of a million, 100,000 belong to one user and 100 to another."""
    await seed_queues(connection, key, size, DUE, USERS, originals=USERS)
    if size == SIZES[-1]:
        await connection.execute(GIVE_TO_USER, BIG, 0, 100_000)
        await connection.execute(GIVE_TO_USER, SMALL, 100_000, 100)


async def measure_claims(servers: Servers, size: int) -> tuple[float, float]:
    """The median milliseconds of Perennial's claim among `size` queues, and of its SQL statement alone."""
    async with servers.copy(f"queues_{size}") as url, servers.process(url):
        statement, values = await locking_statement(claim)
        connection = await asyncpg.connect(url)
        await check_plan(connection, statement, values)
        prepared = await connection.prepare(statement)
        durations = [(await claim(), await bare_claim(connection, prepared, values)) for _ in range(TIMES)]
        await connection.close()
    ours, limit = (median(values) for values in zip(*durations, strict=True))
    print_progress(f"among {size:,}: {ours:.1f} ms, bare {limit:.1f} ms")
    return ours, limit


async def check_plan(connection: asyncpg.Connection, statement: str, values: list[Any]) -> None:
    """Checks that the statement's generic plan uses its index and has no sequential scan."""
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    await connection.execute(f"PREPARE due AS {statement}")
    plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE due ('{values[0]}', {values[1]})"))
    assert "$1" in plan, plan
    assert "by_next_scheduled" in plan, plan
    assert "Seq Scan" not in plan, plan
    await connection.execute("RESET plan_cache_mode")


async def claim() -> float:
    """Claims a batch as a tick does, and rolls back; returns the milliseconds of the claim alone."""
    took = 0.0
    with suppress(RolledBackError):
        async with transaction():
            now = await clock.now()
            begun = time.perf_counter()
            found = await _due_queues.lock_due(now, set())
            took = (time.perf_counter() - begun) * 1000
            assert len(found) == _due_queues.TICK_BATCH_SIZE
            raise RolledBackError
    return took


async def bare_claim(connection: asyncpg.Connection, prepared: Any, values: list[Any]) -> float:
    """Does what `claim` does with the prepared statement alone."""
    took = 0.0
    with suppress(RolledBackError):
        async with connection.transaction():
            begun = time.perf_counter()
            found = await prepared.fetch(*values)
            took = (time.perf_counter() - begun) * 1000
            assert len(found) == _due_queues.TICK_BATCH_SIZE
            raise RolledBackError
    return took


async def compare_first_pages() -> Figure:
    """Compares the first page of a user with 100,000 queues with that of a user with 100."""

    async def read_first_page(owner: str) -> None:
        order, page = QueueOrder.NEXT_ASC, Page(25, None, 25, 100)
        rows = await listing.list_queues(QueueFilter(owner), order, page, with_publications=False)
        assert len(rows) == 26

    big = await median_milliseconds(lambda: read_first_page(BIG))
    small = await median_milliseconds(lambda: read_first_page(SMALL))
    print_progress(f"first pages: {big:.1f} ms of 100,000, {small:.1f} ms of 100")
    return Figure.at_most("E", "the first page of 100,000 queues against one of 100", big / small, 1.5, " times")


async def measure_empty_tick(url: str, process: Process) -> Figure:
    """Measures a tick that finds nothing due."""
    connection = await asyncpg.connect(url)
    await connection.execute("DELETE FROM recurring_queues WHERE next_scheduled_time <= now() + interval '10 minutes'")
    await connection.execute("VACUUM recurring_queues")
    await connection.close()
    sent = await recorded_statements(process.ticker.process_due_queues)
    cost = await median_milliseconds(process.ticker.process_due_queues)
    return Figure.untargeted(
        "E", "a tick with nothing due among 1,000,000", "", f"{cost:.1f} ms, {len(sent)} statements"
    )


async def median_milliseconds(work: Callable[[], Awaitable[Any]]) -> float:
    """The median duration of `TIMES` runs of the work, in milliseconds."""
    found = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        await work()
        found.append((time.perf_counter() - begun) * 1000)
    return median(found)


async def locking_statement(work: Callable[[], Awaitable[Any]]) -> tuple[str, list[Any]]:
    """The statement with SKIP LOCKED that the work executes, with its parameters."""
    return next(one for one in await recorded_statements(work) if "SKIP LOCKED" in one[0])


async def recorded_statements(work: Callable[[], Awaitable[Any]]) -> list[tuple[str, list[Any]]]:
    """Every statement that the work executes on PostgreSQL, with its parameters."""
    sent: list[tuple[str, list[Any]]] = []
    methods = [(name, getattr(asyncpg.Connection, name)) for name in ("fetch", "fetchrow", "fetchval")]
    for name, execute in methods:

        async def recording(self: Any, query: str, *values: Any, execute: Any = execute, **options: Any) -> Any:
            sent.append((query, list(values)))
            return await execute(self, query, *values, **options)

        setattr(asyncpg.Connection, name, recording)
    try:
        await work()
    finally:
        for name, execute in methods:
            setattr(asyncpg.Connection, name, execute)
    return sent


if __name__ == "__main__":
    with start_servers() as servers:
        asyncio.run(main(servers))
