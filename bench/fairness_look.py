"""What a look for work costs, in rows and buffers: every statement of it, explained at each size of a backlog."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson

from bench.claim import RolledBackError, recorded_statements
from bench.fairness_seed import PUBLISH_FIRST, seed_others
from bench.figures import Figure, print_progress
from bench.servers import Servers
from perennial.core import clock
from perennial.core.states import Platform
from perennial.db.transactions import transaction
from perennial.process import Process
from perennial.publishing import claims
from perennial.publishing.limits import Limits
from perennial.publishing.overdue import rescue

# As many of the others are due as at one instant of the run, beside the backlog.
DUE, PUBLISHED = 100, 20_000
ROOM = 200
EXPIRE_AFTER = timedelta(hours=48)
PLAN_MODES = ("force_custom_plan", "force_generic_plan")
# The index of a million is one level deeper than that of ten thousand.
GROWTH_MAX = 1.5


class Cost(NamedTuple):
    """The rows that a statement, or several, read from tables and indexes, and the buffers that they touched."""

    rows: int
    buffers: int


Statement = tuple[str, list[Any]]


async def measure_looks(servers: Servers, sizes: Sequence[int]) -> list[Figure]:
    """Measures a look at each size, and at the greatest one again after much was published and not yet vacuumed."""
    costs = {}
    for size in sizes:
        async with _due_beside(servers, size) as (connection, statements):
            costs[size] = await _worst_plan(connection, statements, f"{size:,} due")
            if size == sizes[-1]:
                await connection.execute("VACUUM ANALYZE")
                await _worst_plan(connection, statements, f"{size:,} due, with statistics")
                await connection.execute(PUBLISH_FIRST, PUBLISHED)
                after = [await _worst_plan(connection, statements, f"{when} look after") for when in ("first", "next")]
    least, most = costs[sizes[0]], costs[sizes[-1]]
    return [
        *(_figure(f"a look for {DUE} others beside {size:,} due", least, cost) for size, cost in costs.items()),
        _figure(f"the same, {PUBLISHED:,} of the last published since a vacuum, the first look", most, after[0], False),
        _figure("the same, the next look", most, after[1]),
    ]


def _figure(what: str, limit: Cost, ours: Cost, is_bounded: bool = True) -> Figure:
    """Ours against the look that should cost the same."""
    growth = max(ours.buffers / limit.buffers, ours.rows / limit.rows)
    cells = [f"{one.rows:,} rows, {one.buffers:,} buffers" for one in (limit, ours)]
    wanted = f"≤ {GROWTH_MAX:g} times" if is_bounded else ""
    return Figure("H", what, *cells, f"{growth:.2f} times", wanted, not is_bounded or growth <= GROWTH_MAX)


@asynccontextmanager
async def _due_beside(servers: Servers, size: int) -> AsyncIterator[tuple[asyncpg.Connection, list[Statement]]]:
    """A database in which others have something due beside the backlog, and what a call of publish_due asks it.

    Its statistics are older, and know the big account alone.
    """
    async with servers.copy(f"due_{size}") as url, servers.process(url) as process:
        connection = await asyncpg.connect(url)
        await seed_others(connection, [datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)] * DUE)
        try:
            yield connection, await recorded_statements(lambda: _look(process))
        finally:
            await connection.close()


async def _look(process: Process) -> None:
    """Does what a call of publish_due does before it sends, and rolls its claim back."""
    await rescue()
    await process.publisher.overdue.end_waiting()
    with suppress(RolledBackError):
        async with transaction():
            limits = Limits(100, 4)
            batch = await claims.claim(Platform.X, ROOM, limits, await clock.now(), EXPIRE_AFTER)
            assert len(batch.claimed) > DUE, len(batch.claimed)
            raise RolledBackError


async def _worst_plan(connection: asyncpg.Connection, statements: Sequence[Statement], what: str) -> Cost:
    """The cost of all the statements, by the plans for these values or for any, whichever costs more."""
    found = []
    for mode in PLAN_MODES:
        costs = await _explain(connection, statements, mode)
        found.append(Cost(*map(sum, zip(*costs, strict=True))))
        dear = sorted(zip(costs, statements, strict=True), key=lambda one: -one[0].buffers)
        each = "; ".join(f"{cost.rows}/{cost.buffers} {' '.join(sql.split())[:60]}" for cost, (sql, _) in dear[:8])
        print_progress(f"a look, {what}, {mode}: {found[-1].rows} rows, {found[-1].buffers} buffers: {each}")
    return Cost(*map(max, zip(*found, strict=True)))


async def _explain(connection: asyncpg.Connection, statements: Sequence[Statement], mode: str) -> list[Cost]:
    """Runs the statements in a transaction, which is rolled back, and returns the cost of each."""
    await connection.execute(f"SET plan_cache_mode = {mode}")
    costs = []
    round_trip = connection.transaction()
    await round_trip.start()
    try:
        for number, (sql, values) in enumerate(statements):
            await connection.execute(f"PREPARE look_{number} AS {sql}")
            given = f"({', '.join(map(_literal, values))})" if values else ""
            plan = await connection.fetchval(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON, TIMING off) EXECUTE look_{number}{given}"
            )
            costs.append(_cost(orjson.loads(plan)[0]["Plan"]))
    finally:
        await round_trip.rollback()
        for number in range(len(costs)):
            await connection.execute(f"DEALLOCATE look_{number}")
    return costs


def _cost(plan: dict[str, Any]) -> Cost:
    """The buffers of a plan, and the rows that its scans read, those that a filter threw away included."""
    read = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    scans = [node for node in _nodes(plan) if "Scan" in node["Node Type"]]
    rows = sum(node.get(name, 0) * node["Actual Loops"] for node in scans for name in read)
    return Cost(round(rows), plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)


def _literal(value: Any) -> str:
    """The value as a literal of SQL, whose type the statement's parameter has."""
    match value:
        case None:
            return "NULL"
        case list():
            return f"ARRAY[{', '.join(map(_literal, value))}]::uuid[]"
        case datetime():
            return f"'{value.isoformat()}'"
        case int():
            return str(value)
    assert isinstance(value, str | UUID)
    return "'" + str(value).replace("'", "''") + "'"
