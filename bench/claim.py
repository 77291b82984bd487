"""E. Growth in the database: claims, empty ticks and first pages among ten thousand, and among a million queues."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from statistics import median
from typing import Any

import asyncpg
from tortoise import Tortoise

from bench.figures import Figure, note, report
from bench.seeds import seed_queues
from bench.stage import Stage, stage
from perennial import clock, due_queues
from perennial.graphql import queue_rows
from perennial.graphql.paging import Page
from perennial.process import Process
from perennial.transactions import transaction

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
    claims: dict[int, float] = {}
    figures: list[Figure] = []
    for size in SIZES:
        await on.template(f"queues_{size}", lambda connection, size=size: seed(connection, on.key, size))
        async with on.copy(f"queues_{size}") as url, on.process(url) as process:
            claims[size], limit = await claiming(url)
            what = f"500 of 1,000 due among {size:,} queues, claimed"
            if size < SIZES[-1]:
                figures.append(Figure.known("E", what, f"{limit:.1f} ms", f"{claims[size]:.1f} ms"))
            else:
                figures.append(Figure.at_most("E", what, claims[size], 5.0, " ms", f"{limit:.1f} ms"))
                figures += [await pages(), await empty_tick(url, process)]
    flat = claims[SIZES[-1]] / claims[SIZES[0]]
    report(*figures, Figure.at_most("E", "a claim among 1,000,000 against one among 10,000", flat, 2.0, " times"))


async def seed(connection: asyncpg.Connection, key: bytes, size: int) -> None:
    """That many queues; of a million, 100,000 are one user's, and 100 another's."""
    await seed_queues(connection, key, size, DUE, USERS, originals=USERS)
    if size == SIZES[-1]:
        await connection.execute(GIVE, BIG, 0, 100_000)
        await connection.execute(GIVE, SMALL, 100_000, 100)


async def claiming(url: str) -> tuple[float, float]:
    """Milliseconds of the product's claim, and of its bare statement; the statement's plan has to use the index."""
    statement, values = await statement_of(claim)
    ours = await milliseconds(claim)
    connection = await asyncpg.connect(url)
    prepared = await connection.prepare(statement)

    async def bare() -> None:
        async with connection.transaction():
            assert len(await prepared.fetch(*values)) == due_queues.BATCH

    limit = await milliseconds(bare)
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    await connection.execute(f"PREPARE due AS {statement}")
    plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE due ('{values[0]}', {values[1]})"))
    assert "by_next_scheduled" in plan, plan
    assert "Seq Scan" not in plan, plan
    await connection.close()
    return ours, limit


async def claim() -> None:
    """Claims a batch as a tick does, and gives it back."""
    with suppress(RolledBackError):
        async with transaction():
            assert len(await due_queues.lock_due(await clock.now(), set())) == due_queues.BATCH
            raise RolledBackError


async def pages() -> Figure:
    """The first page of who has 100,000 queues against that of who has 100."""

    async def page_of(owner: str) -> None:
        rows = await queue_rows.queues(owner, None, Page(25, None, 25), with_publications=False)
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
    kinds = {type(Tortoise.get_connection("default")).__mro__[0]}
    async with transaction():
        kinds.add(type(Tortoise.get_connection("default")))
    sent: list[tuple[str, list[Any]]] = []
    owners = [(kind, kind.execute_query_dict) for kind in kinds]
    for kind, ask in owners:

        async def listening(self: Any, query: str, values: Any = None, ask: Any = ask) -> Any:
            sent.append((query, values))
            return await ask(self, query, values)

        kind.execute_query_dict = listening
    try:
        await work()
    finally:
        for kind, ask in owners:
            kind.execute_query_dict = ask
    return sent


if __name__ == "__main__":
    with stage() as on:
        asyncio.run(main(on))
