"""Ends the pauses of many queues: those whose time has come, for a tick, and those that an owner paused together.

What fell due during a pause gets its rows in the ledger, and the queue goes on as `recurrence` has it. A pause ends at
its `paused_until`, however late the tick comes: what falls due from then on is the tick's, late or not.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from perennial.core.states import Cadence, MissedRuns, QueueStatus
from perennial.db import bulk
from perennial.db.models import QueueExecution, RecurringQueue
from perennial.db.sql import as_id, as_time, run_sql
from perennial.queues._rows import NewExecution, new_not_run
from perennial.queues.recurrence.changes import (
    ResumeFrom,
    active,
    after_resuming,
    completed,
    default_start,
    has_reached_maximum,
)
from perennial.queues.recurrence.columns import MAX_EXECUTIONS_REACHED, ORIGINAL_POST_DELETED, Changes
from perennial.queues.recurrence.passing import passed_without_running, reason_of_pause
from perennial.queues.rotation import read_turns

BATCH_SIZE = 100

_LEAST = timedelta(milliseconds=1)  # all times are whole milliseconds


class PausedQueue(NamedTuple):
    """A paused queue: the columns that say how it goes on."""

    id: UUID
    clerk_user_id: str
    original_post_id: UUID | None
    status: QueueStatus
    status_reason: str | None
    paused_until: datetime | None
    pause_reason: str | None
    interval: int | None
    rule: str | None
    timezone: str | None
    cadence: Cadence
    next_local_time: str | None
    next_scheduled_time: datetime
    ends_at: datetime | None
    excluded_dates: str | None
    changed_occurrences: str | None
    missed_runs: MissedRuns
    missed_within_minutes: int | None
    last_executed_time: datetime | None
    execution_count: int
    max_executions: int | None
    resumed_time: datetime | None


class _Update(NamedTuple):
    """The columns that the end of a pause writes."""

    id: UUID
    status: QueueStatus
    status_reason: str | None
    paused_until: datetime | None
    pause_reason: str | None
    resumed_time: datetime | None
    next_local_time: str | None
    next_scheduled_time: datetime
    changed_occurrences: str | None
    updated_at: datetime


class _LedgerKey(NamedTuple):
    queue_id: UUID
    scheduled_time: datetime


class Ended(NamedTuple):
    """What is to be announced once it is committed: the queues that are active again, the times at which they fall due,
    and the rows that the ledgers got, also of those that are completed.
    """

    queues: list[PausedQueue]
    times: list[datetime]
    rows: list[NewExecution]


COLUMNS = ", ".join(PausedQueue._fields)
_DUE = f"""
    SELECT {COLUMNS} FROM recurring_queues
    WHERE status = 'paused' AND paused_until IS NOT NULL AND paused_until <= $1
    ORDER BY paused_until
    LIMIT $2
    FOR UPDATE SKIP LOCKED
"""  # noqa: S608 (the columns are ours)
_ONE = f"""
    SELECT {COLUMNS} FROM recurring_queues
    WHERE id = $1 AND status = 'paused' AND paused_until <= $2
    FOR UPDATE SKIP LOCKED
"""  # noqa: S608
_FIRST = """
    SELECT id, paused_until FROM recurring_queues
    WHERE status = 'paused' AND paused_until IS NOT NULL
    ORDER BY paused_until
    LIMIT $1
"""
_KNOWN = """
    SELECT known.queue_id, known.scheduled_time FROM {given} JOIN queue_executions AS known
        ON known.queue_id = given.queue_id AND known.scheduled_time = given.scheduled_time
"""


async def earliest_end(excluded: Collection[UUID]) -> datetime | None:
    """When the first pause ends of a queue that is not excluded; one index probe. None: none ends by itself."""
    rows = await run_sql(_FIRST, 1 + len(excluded))
    return next((as_time(row["paused_until"]) for row in rows if as_id(row["id"]) not in excluded), None)


async def lock_ended(now: datetime, excluded: Collection[UUID]) -> list[Mapping[str, Any]]:
    """Locks queues whose pauses have ended by `now`, the longest ago first, without those that are locked elsewhere."""
    rows = await run_sql(_DUE, now, BATCH_SIZE + len(excluded))
    return [row for row in rows if as_id(row["id"]) not in excluded][:BATCH_SIZE]


async def lock_one_ended(queue_id: UUID, now: datetime) -> list[Mapping[str, Any]]:
    """The same of a single queue: its row, if nobody else has it and its pause has ended."""
    return list(await run_sql(_ONE, queue_id, now))


def parse(rows: Collection[Mapping[str, Any]]) -> list[PausedQueue]:
    """Parses the rows. Raises ValueError if one of them cannot be parsed."""
    return list(map(bulk.row_reader(RecurringQueue, PausedQueue), rows))


async def end_pauses_at_their_time(queues: Sequence[PausedQueue], now: datetime) -> Ended:
    """Ends these pauses, which the caller has locked, each at its own time; the queues go on with their next slots."""
    moments = {queue.id: (queue.paused_until or now) - _LEAST for queue in queues}
    return await _end(queues, moments, ResumeFrom.NEXT_SLOT, now)


async def end_pauses(queues: Sequence[PausedQueue], start: ResumeFrom | None, now: datetime) -> Ended:
    """Ends these pauses, which the caller has locked, at `now`; by default each queue goes on as it does by default.

    A queue that has slots to keep goes on with the next of them, whatever `start` is.
    """
    return await _end(queues, {queue.id: now for queue in queues}, start, now)


async def _end(
    queues: Sequence[PausedQueue], moments: Mapping[UUID, datetime], start: ResumeFrom | None, now: datetime
) -> Ended:
    queues = await _with_posts(queues)
    updates = [_update(queue, _changes(queue, moments[queue.id], start), now) for queue in queues]
    rows = [
        new_not_run(queue.clerk_user_id, queue.id, one, now)
        for queue in queues
        for one in passed_without_running(queue, moments[queue.id], reason_of_pause(queue))
    ]
    rows = await _unless_known(rows)
    await bulk.insert(QueueExecution, rows)
    await bulk.update(RecurringQueue, updates)
    goes_on = {one.id: one.next_scheduled_time for one in updates if one.status == QueueStatus.ACTIVE}
    return Ended([queue for queue in queues if queue.id in goes_on], list(goes_on.values()), rows)


async def _with_posts(queues: Sequence[PausedQueue]) -> list[PausedQueue]:
    """The same; one that names no post, although it has some, names the one whose turn it is."""
    unnamed = [queue for queue in queues if queue.original_post_id is None]
    turns = await read_turns(unnamed) if unnamed else {}
    return [one._replace(original_post_id=turns[one.id].post_id) if one.id in turns else one for one in queues]


def _changes(queue: PausedQueue, moment: datetime, start: ResumeFrom | None) -> Changes:
    """How the queue goes on; one that has nothing to repeat any more, or has run often enough, is completed."""
    if queue.original_post_id is None:
        return active(moment) | completed(ORIGINAL_POST_DELETED)
    if has_reached_maximum(queue):
        return active(moment) | completed(MAX_EXECUTIONS_REACHED)
    own = default_start(queue)
    return after_resuming(queue, moment, (start or own) if own is ResumeFrom.NOW else own)


def _update(queue: PausedQueue, changes: Changes, now: datetime) -> _Update:
    columns: dict[str, Any] = {name: getattr(queue, name) for name in _Update._fields[:-1]}
    columns |= changes
    return _Update(**columns, updated_at=now)


async def _unless_known(rows: list[NewExecution]) -> list[NewExecution]:
    """The rows without those for whose occurrence the ledger has one."""
    if not rows:
        return rows
    keys = [_LedgerKey(row.queue_id, row.scheduled_time) for row in rows]
    known = set(map(bulk.row_reader(QueueExecution, _LedgerKey), await bulk.execute(_KNOWN, QueueExecution, keys)))
    return [row for row, key in zip(rows, keys, strict=True) if key not in known]
