"""What a tick and the end of a pause look up in ledgers: where a queue's own occurrences passed, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from support.api import MOVE_OCCURRENCE, User
from support.clock import FakeClock
from support.rows import add_executions, set_queue
from support.stores.plans import PLAN_MODES, explain_whole, nodes_of
from support.ticks import HOUR, Tick, due_queue

from perennial.db import bulk, sql
from perennial.db.models import QueueExecution
from perennial.queues.ledger.known import _ON_POSTGRES, Span

DAY = timedelta(days=1)
QUEUES, DAYS = 500, 400
LAST = datetime(2027, 3, 24, 9, tzinfo=UTC)
LEDGERS = f"""
    INSERT INTO recurring_queues (id, clerk_user_id, status, "interval", cadence, next_scheduled_time,
                                  execution_count, created_at, updated_at)
    SELECT gen_random_uuid(), 'user' || n, 'active', 1, 'fixed', '{LAST}', 0, now(), now()
    FROM generate_series(1, {QUEUES}) AS n;
    INSERT INTO queue_executions (id, queue_id, scheduled_time, executed_time, outcome, missed_count)
    SELECT gen_random_uuid(), queue.id, '{LAST}'::timestamptz - n * interval '1 day', now(), 'executed', 0
    FROM recurring_queues AS queue, generate_series(1, {DAYS}) AS n;
"""


async def test_an_occurrence_that_was_moved_by_months_makes_a_tick_read_nothing_of_other_ledgers(
    alice: User, clock: FakeClock, tick: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    first = clock.now + HOUR
    moved = await due_queue(alice, first, {"x": "Hello"}, interval=90)
    await alice.do(MOVE_OCCURRENCE, queueId=moved["id"], scheduledTime=first, to=first + 60 * DAY)
    other = await due_queue(alice, first, {"x": "Hello"}, interval=1)
    await add_executions(other, [first + day * DAY for day in range(60)])
    await set_queue(other, next_scheduled_time=first + 60 * DAY)
    read, original = list[Any](), sql.fetch

    async def fetch(statement: str, values: Any) -> Any:
        rows = await original(statement, values)
        read.extend(rows if "scheduled_time" in statement and "queue_executions" in statement else [])
        return rows

    monkeypatch.setattr(sql, "fetch", fetch)
    monkeypatch.setattr(bulk, "fetch", fetch)
    clock.now = first + 60 * DAY
    assert (await tick()).executed == 2
    assert read == []


@pytest.mark.usefixtures("database")  # the models take their shape when a database is opened; any one will do
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("mode", PLAN_MODES)
@pytest.mark.parametrize("is_analysed", [True, False])
async def test_many_long_ledgers_are_a_probe_each(migrated_postgres: Any, mode: str, is_analysed: bool) -> None:
    """Half of the queues have had three days without a tick, and their ledgers have the first of these already."""
    connection = await asyncpg.connect(migrated_postgres.url)
    try:
        await connection.execute(LEDGERS)
        if is_analysed:
            await connection.execute("ANALYZE")
        ids: list[UUID] = [row["id"] for row in await connection.fetch("SELECT id FROM recurring_queues")]
        spans = [Span(one, LAST - DAY if n % 2 else LAST, LAST + DAY * (n % 2)) for n, one in enumerate(ids)]
        given, values = bulk._array_rows(QueueExecution, spans)
        ((cost, plan),) = await explain_whole(connection, [(_ON_POSTGRES.format(given=given), values)], mode)
    finally:
        await connection.close()
    assert not any(node["Node Type"] == "Seq Scan" for node in nodes_of(plan)), plan
    assert cost.rows <= 2 * QUEUES
    assert cost.buffers <= 6 * QUEUES
