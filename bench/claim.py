"""E. Growth in the database: claims, empty ticks and first pages among ten thousand, and among a million queues."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from statistics import median
from typing import Any

import asyncpg

from bench.figures import FEW_ROUNDS, Figure, note, report
from bench.seeds import seed_queues
from bench.stage import Stage, stage
from perennial.api.graphql._paging import Page
from perennial.api.graphql.queues import queue_rows
from perennial.core import clock
from perennial.db.transactions import transaction
from perennial.process import Process
from perennial.queues import _due_queues

SIZES = (10_000, 100_000, 1_000_000)
DUE = 1_000
TIMES = 50
USERS = 2_000
BIG, SMALL = "user_big", "user_small"

# A user's own share of the queues, for the first pages: all of one original.
GIVE = """
    UPDATE recurring_queues SET clerk_user_id = $1
    WHERE id IN (SELECT id FROM recurring_queues WHERE clerk_user_id LIKE 'user_%' AND clerk_user_id <> $1
        ORDER BY id DESC OFFSET $2 LIMIT $3)
"""


class RolledBackError(Exception):
    """So that what was claimed is there to be claimed again."""


async def main(on: Stage) -> None:
    """The sizes take turns, so that what else the machine does falls on all of them."""
    for size in SIZES:
        await on.template(f"queues_{size}", lambda connection, size=size: seed(connection, on.key, size))
    rounds = [{size: await claiming(on, size) for size in SIZES} for _ in range(FEW_ROUNDS)]
    async with on.copy(f"queues_{SIZES[-1]}") as url, on.process(url) as process:
        others = [await pages(), await empty_tick(url, process)]
    flat = median(one[SIZES[-1]][0] / one[SIZES[0]][0] for one in rounds)
    report(
        *(figure(size, [one[size] for one in rounds]) for size in SIZES),
        *others,
        Figure.at_most("E", "a claim among 1,000,000 against one among 10,000", flat, 2.0, " times"),
    )


def figure(size: int, rounds: list[tuple[float, float]]) -> Figure:
    """From each round's milliseconds, ours and the limit's; only among a million is something wanted."""
    ours, limit = (median(values) for values in zip(*rounds, strict=True))
    what = f"500 of 1,000 due among {size:,} queues, claimed"
    if size < SIZES[-1]:
        return Figure.known("E", what, f"{limit:.1f} ms", f"{ours:.1f} ms")
    return Figure.at_most("E", what, ours, 5.0, " ms", f"{limit:.1f} ms")


async def seed(connection: asyncpg.Connection, key: bytes, size: int) -> None:
    """That many queues; of a million, 100,000 are one user's, and 100 another's."""
    await seed_queues(connection, key, size, DUE, USERS, originals=USERS)
    if size == SIZES[-1]:
        await connection.execute(GIVE, BIG, 0, 100_000)
        await connection.execute(GIVE, SMALL, 100_000, 100)


async def claiming(on: Stage, size: int) -> tuple[float, float]:
    """Milliseconds of the product's claim among so many, and of its bare statement, measured alternately."""
    async with on.copy(f"queues_{size}") as url, on.process(url):
        statement, values = await statement_of(claim)
        connection = await asyncpg.connect(url)
        await check_plan(connection, statement, values)
        prepared = await connection.prepare(statement)
        both = [(await claim(), await bare(connection, prepared, values)) for _ in range(TIMES)]
        await connection.close()
    ours, limit = (median(values) for values in zip(*both, strict=True))
    note(f"among {size:,}: {ours:.1f} ms, bare {limit:.1f} ms")
    return ours, limit


async def check_plan(connection: asyncpg.Connection, statement: str, values: list[Any]) -> None:
    """Whatever the values, the statement goes by its index and never reads the whole table."""
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    await connection.execute(f"PREPARE due AS {statement}")
    plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE due ('{values[0]}', {values[1]})"))
    assert "$1" in plan, plan
    assert "by_next_scheduled" in plan, plan
    assert "Seq Scan" not in plan, plan
    await connection.execute("RESET plan_cache_mode")


async def claim() -> float:
    """Claims a batch as a tick does, and gives it back; returns the milliseconds of the claim itself."""
    took = 0.0
    with suppress(RolledBackError):
        async with transaction():
            now = await clock.now()
            begun = time.perf_counter()
            found = await _due_queues.lock_due(now, set())
            took = (time.perf_counter() - begun) * 1000
            assert len(found) == _due_queues.BATCH_SIZE
            raise RolledBackError
    return took


async def bare(connection: asyncpg.Connection, prepared: Any, values: list[Any]) -> float:
    """The same by the statement alone."""
    took = 0.0
    with suppress(RolledBackError):
        async with connection.transaction():
            begun = time.perf_counter()
            found = await prepared.fetch(*values)
            took = (time.perf_counter() - begun) * 1000
            assert len(found) == _due_queues.BATCH_SIZE
            raise RolledBackError
    return took


async def pages() -> Figure:
    """The first page of who has 100,000 queues against that of who has 100."""

    async def page_of(owner: str) -> None:
        rows = await queue_rows.queues(owner, None, Page(25, None, 25, 100), with_publications=False)
        assert len(rows) == 26

    big, small = await milliseconds(lambda: page_of(BIG)), await milliseconds(lambda: page_of(SMALL))
    note(f"first pages: {big:.1f} ms of 100,000, {small:.1f} ms of 100")
    return Figure.at_most("E", "the first page of 100,000 queues against one of 100", big / small, 1.5, " times")


async def empty_tick(url: str, process: Process) -> Figure:
    """What a tick costs that finds nothing due."""
    connection = await asyncpg.connect(url)
    await connection.execute("DELETE FROM recurring_queues WHERE next_scheduled_time <= now() + interval '10 minutes'")
    await connection.execute("VACUUM recurring_queues")
    await connection.close()
    sent = await statements(process.ticker.process_due_queues)
    cost = await milliseconds(process.ticker.process_due_queues)
    return Figure.known("E", "a tick with nothing due among 1,000,000", "", f"{cost:.1f} ms, {len(sent)} statements")


async def milliseconds(work: Callable[[], Awaitable[Any]]) -> float:
    """The median of many times."""
    found = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        await work()
        found.append((time.perf_counter() - begun) * 1000)
    return median(found)


async def statement_of(work: Callable[[], Awaitable[Any]]) -> tuple[str, list[Any]]:
    """The statement that locks, with its values, of what the work sends."""
    return next(one for one in await statements(work) if "SKIP LOCKED" in one[0])


async def statements(work: Callable[[], Awaitable[Any]]) -> list[tuple[str, list[Any]]]:
    """All that the work asks the database."""
    sent: list[tuple[str, list[Any]]] = []
    ways = [(way, getattr(asyncpg.Connection, way)) for way in ("fetch", "fetchrow", "fetchval")]
    for way, ask in ways:

        async def listening(self: Any, query: str, *values: Any, ask: Any = ask, **more: Any) -> Any:
            sent.append((query, list(values)))
            return await ask(self, query, *values, **more)

        setattr(asyncpg.Connection, way, listening)
    try:
        await work()
    finally:
        for way, ask in ways:
            setattr(asyncpg.Connection, way, ask)
    return sent


if __name__ == "__main__":
    with stage() as on:
        asyncio.run(main(on))
