"""What a look for work costs, in rows and buffers: every statement of it, explained at each size of a backlog."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import asyncpg
from support.stores.plans import PLAN_MODES, Cost, Statement, explain

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
# The index of a million is one level deeper than that of ten thousand.
GROWTH_MAX = 1.5


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
        costs = await explain(connection, statements, mode)
        found.append(Cost(*map(sum, zip(*costs, strict=True))))
        dear = sorted(zip(costs, statements, strict=True), key=lambda one: -one[0].buffers)
        each = "; ".join(f"{cost.rows}/{cost.buffers} {' '.join(sql.split())[:60]}" for cost, (sql, _) in dear[:8])
        print_progress(f"a look, {what}, {mode}: {found[-1].rows} rows, {found[-1].buffers} buffers: {each}")
    return Cost(*map(max, zip(*found, strict=True)))
