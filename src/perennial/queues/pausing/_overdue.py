"""What had fallen due of queues that an owner pauses, and had not run: it does not run any more."""

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.db import bulk
from perennial.db.models import RecurringQueue
from perennial.db.sql import as_id, run_sql
from perennial.queues._rows import COLUMNS
from perennial.queues.recurrence.columns import Queue, StoredQueue
from perennial.queues.recurrence.series import Series, due_run

OVERDUE_READ_MAX = 1_000

_OVERDUE = f"""
    SELECT {COLUMNS} FROM recurring_queues
    WHERE clerk_user_id = $1 AND status = 'active' AND next_scheduled_time <= $2
    ORDER BY next_scheduled_time, id
    LIMIT $3
"""  # noqa: S608 (the columns are ours)


class Overdue(NamedTuple):
    """How many queues had to run, at least, where not all were looked at; and the first of them, with its time."""

    number: int
    queue_id: UUID
    time: datetime
    is_least: bool


def overdue_time(queue: Queue, now: datetime) -> datetime | None:
    """When the occurrence fell due that a tick had to run by now; None: there is none.

    Nor is there of a queue that this version cannot read: it runs none of it.
    """
    with suppress(ValueError):
        if queue.next_scheduled_time <= now and (slot := due_run(queue, now)) is not None:
            return Series.of(queue).time(slot)
    return None


async def overdue_of(owner: str, now: datetime) -> Overdue | None:
    """Those of an owner's active queues, of which OVERDUE_READ_MAX are looked at, the longest overdue first."""
    rows = await run_sql(_OVERDUE, owner, now, OVERDUE_READ_MAX + 1)
    parse, found = bulk.row_reader(RecurringQueue, StoredQueue), list[tuple[UUID, datetime]]()
    for row in rows[:OVERDUE_READ_MAX]:
        with suppress(ValueError):
            if (time := overdue_time(parse(row), now)) is not None:
                found.append((as_id(row["id"]), time))
    return Overdue(len(found), *found[0], is_least=len(rows) > OVERDUE_READ_MAX) if found else None
