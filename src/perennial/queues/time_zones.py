"""Queues whose time zone has got new rules: the slot of the pending occurrence stays, and its instant is derived anew.

`next_scheduled_time` is a second truth of queues with a zone. *Invariant*: it is when the pending occurrence falls due:
the instant of `next_local_time` in the zone, or the time to which its owner moved it. *Lock*: the queue's row.
*Repair*: whoever writes the one derives the other. The rules are those of the package tzdata, and change when a process
starts that has a new one; `mender` then goes through all queues as fast as it can, and later over and over. A tick that
finds the slot ahead by the new rules waits for it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from perennial.core import clock
from perennial.core.fault_points import FaultPoint, reach
from perennial.core.mending import Mender
from perennial.core.states import QueueStatus
from perennial.db import bulk
from perennial.db.models import RecurringQueue
from perennial.db.sql import as_id, as_time, run_sql
from perennial.db.transactions import transaction
from perennial.jobs.alarms import Alarms
from perennial.jobs.worker_functions import WorkerFunction
from perennial.observe.logs import get_logger
from perennial.queues.calendar.rules import every_days
from perennial.queues.calendar.slots import Calendar
from perennial.queues.calendar.zones import UnknownZone, find_zone, tzdata_version
from perennial.queues.recurrence.columns import read_changed, read_slot

log = get_logger(__name__)

# So long one call may take on the first round: a million queues are done in two or three minutes.
FIRST_ROUND_SECONDS = 20.0

_COLUMNS = """
    id, clerk_user_id AS owner, status, timezone, next_local_time, next_scheduled_time, changed_occurrences
"""
# In the order of the ids, whatever their zones: an index of those that have one would be written by every tick.
_SLICE = f"SELECT {_COLUMNS} FROM recurring_queues WHERE id > $1 ORDER BY id LIMIT $2"  # noqa: S608 (the columns are ours)
_LOCK = f"SELECT {_COLUMNS} FROM recurring_queues WHERE id = ANY($1) ORDER BY id FOR UPDATE"  # noqa: S608

_Row = Mapping[str, Any]


class _Mended(NamedTuple):
    id: UUID
    next_scheduled_time: datetime
    updated_at: datetime


def mender(alarms: Alarms) -> Mender:
    """What compares the times of all queues with their slots, and sets alarms for those that it changes."""

    async def mend_slice(after: UUID, size: int) -> UUID | None:
        rows = await run_sql(_SLICE, after, size)
        wrong = [as_id(row["id"]) for row in rows if _is_wrong(row)]
        if wrong and (times := await _mend(wrong)):
            await alarms.arm(WorkerFunction.PROCESS_QUEUES, times, await clock.now())
        return as_id(rows[-1]["id"]) if rows else None

    return Mender(mend_slice, FIRST_ROUND_SECONDS)


def log_rederived(queue_id: UUID, owner: str, before: datetime, after: datetime) -> None:
    """Says that a queue runs at another instant than was foreseen, once that is committed."""
    given = {"before": before.isoformat(), "after": after.isoformat(), "tzdata": tzdata_version()}
    log.info("queue.rederived", queue=str(queue_id), owner=owner, **given)


async def _mend(queue_ids: list[UUID]) -> set[datetime]:
    """Derives the times anew of those that are wrong now that they are locked; returns those of active queues."""
    async with transaction():
        rows = [row for row in await run_sql(_LOCK, queue_ids) if _is_wrong(row)]
        now = await clock.now()
        mended = [_Mended(as_id(row["id"]), _derived(row), now) for row in rows]
        await bulk.update(RecurringQueue, mended)
        reach(FaultPoint.ZONES_FOLLOWED)
    for row, one in zip(rows, mended, strict=True):
        log_rederived(one.id, row["owner"], as_time(row["next_scheduled_time"]), one.next_scheduled_time)
    pairs = zip(rows, mended, strict=True)
    return {one.next_scheduled_time for row, one in pairs if row["status"] == QueueStatus.ACTIVE}


def _is_wrong(row: _Row) -> bool:
    """Whether the queue has a zone, and another time than its slot has by the zone's present rules."""
    if row["timezone"] is None or row["next_local_time"] is None:
        return False
    try:
        return _derived(row) != as_time(row["next_scheduled_time"])
    except UnknownZone:
        log.warning("queue.zone_unknown", queue=str(row["id"]), owner=row["owner"], timezone=row["timezone"])
        return False


def _derived(row: _Row) -> datetime:
    """When the pending occurrence falls due."""
    slot = read_slot(row["next_local_time"])
    moved = read_changed(row["changed_occurrences"]).get(slot)
    return moved or Calendar(every_days(1), find_zone(row["timezone"])).instant(slot)
