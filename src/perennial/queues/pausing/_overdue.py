"""What had fallen due of queues that an owner pauses, and had not run: it does not run any more."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from perennial.db.sql import run_sql
from perennial.queues._batches import QUEUES_AT_ONCE
from perennial.queues._rows import COLUMNS, RawRow, read_queues
from perennial.queues.recurrence.passing import is_due, passed
from perennial.queues.rotation import AnyQueue

OVERDUE_READ_MAX = 1_000

_OVERDUE = f"""
    SELECT {COLUMNS} FROM recurring_queues
    WHERE clerk_user_id = $1 AND status = 'active' AND next_scheduled_time <= $2
    ORDER BY next_scheduled_time, id
    LIMIT $3
"""  # noqa: S608 (the columns are ours)


class Overdue(NamedTuple):
    """How many queues had to run, at least, where not all were looked at; and the first of these, with its time."""

    number: int
    queue_id: UUID
    time: datetime
    is_least: bool


def overdue_time(queue: AnyQueue, now: datetime, missed_after: timedelta) -> datetime | None:
    """When the occurrence fell due that a tick had to run by now; None: there is none.

    What is later than `missed_after` is missed, so the queue's policy may say that it does not run. Once all posts of
    the queue are deleted there is nothing to run. Raises ValueError if this version cannot read the queue.
    """
    if queue.original_post_id is None or not is_due(queue, now):
        return None
    occurrence = passed(queue, now, missed_after).occurrence
    return occurrence.time if occurrence else None


async def read_overdue(owner: str, now: datetime) -> Sequence[RawRow]:
    """The rows of an owner's active queues whose pending times have come, and of OVERDUE_READ_MAX + 1 at most."""
    return await run_sql(_OVERDUE, owner, now, OVERDUE_READ_MAX + 1)


async def overdue_among(rows: Sequence[RawRow], now: datetime, missed_after: timedelta) -> Overdue | None:
    """Those of these queues that had to run by `now`; OVERDUE_READ_MAX of them are looked at. None: there is none.

    A queue that this version cannot read had not, as this version does not run it.
    """
    found = list[tuple[datetime, UUID]]()
    for number, row in enumerate(rows[:OVERDUE_READ_MAX], 1):
        if number % QUEUES_AT_ONCE == 0:
            await asyncio.sleep(0)
        with suppress(ValueError):
            (queue,) = read_queues([row])
            if (time := overdue_time(queue, now, missed_after)) is not None:
                found.append((time, queue.id))
    if not found:
        return None
    time, queue_id = min(found)
    return Overdue(len(found), queue_id, time, is_least=len(rows) > OVERDUE_READ_MAX)
