"""Ends the pauses of many queues: those whose time has come, for a tick, and those that an owner paused together.

What fell due during a pause gets its rows in the ledger, and the queue goes on as `recurrence` has it. A pause ends at
its `paused_until`, however late the tick comes: what falls due from then on is the tick's, late or not.
"""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.core.instants import LEAST
from perennial.core.states import QueueStatus
from perennial.db import bulk
from perennial.db.models import RecurringQueue
from perennial.db.sql import as_id, run_sql
from perennial.queues._batches import QUEUES_AT_ONCE, read_batch
from perennial.queues._rows import COLUMNS, NewExecution, QueueUpdate, RawRow, queue_update
from perennial.queues.ledger.recording import record_not_run
from perennial.queues.pausing._forgotten import Forgotten, forgotten
from perennial.queues.recurrence.changes import (
    ResumeFrom,
    active,
    after_resuming,
    completed,
    next_running,
    reason_against_resuming,
)
from perennial.queues.recurrence.columns import Changes, StoredQueue
from perennial.queues.recurrence.passing import NotRun, passed_without_running, reason_of_pause
from perennial.queues.recurrence.series import Series, pending_slot
from perennial.queues.rotation import read_without_post
from perennial.queues.settings import settling
from perennial.queues.settings.rescheduling import Rescheduling

PAUSES_BATCH_SIZE = 100


class Ended(NamedTuple):
    """What became of a batch: how many queues it took, and those that stay paused.

    Of these `unreadable` are those that this version cannot read, and `ending_sooner` those that have an occurrence to
    run, but end sooner than an interval from NOW. To be announced once it is committed are the queues that are active
    again, the times at which they fall due, and the rows that the ledgers got, also of those that are `completed`.
    `forgotten` is what lay ahead of some.
    """

    size: int
    unreadable: set[UUID]
    ending_sooner: list[UUID]
    completed: list[UUID]
    queues: list[StoredQueue]
    times: list[datetime]
    rows: list[NewExecution]
    forgotten: list[Forgotten]


class _Paused(NamedTuple):
    """A queue whose pause ends, when it does, and what fell due until then."""

    queue: StoredQueue
    moment: datetime
    not_run: tuple[NotRun, ...]


class _GoingOn(NamedTuple):
    """A queue whose pause has ended: what is written of it, what of it does not run, and what it forgets."""

    queue: StoredQueue
    update: QueueUpdate
    not_run: tuple[NotRun, ...]
    forgotten: Forgotten | None


_DUE = f"""
    SELECT {COLUMNS} FROM recurring_queues
    WHERE status = 'paused' AND paused_until IS NOT NULL AND paused_until <= $1
    ORDER BY paused_until
    LIMIT $2
    FOR UPDATE SKIP LOCKED
"""  # noqa: S608 (the columns are ours)
_ENDED_OF = """
    SELECT id FROM recurring_queues WHERE clerk_user_id = $1 AND status = 'paused' AND paused_until <= $2
"""
_LOCK_OF = f"""
    SELECT {COLUMNS} FROM recurring_queues
    WHERE id = ANY($1) AND clerk_user_id = $2 AND status = 'paused' AND paused_until <= $3
    ORDER BY id
    FOR UPDATE
"""  # noqa: S608
_ONE = f"""
    SELECT {COLUMNS} FROM recurring_queues
    WHERE id = $1 AND clerk_user_id = $2 AND status = 'paused' AND paused_until <= $3
    FOR UPDATE SKIP LOCKED
"""  # noqa: S608


async def lock_ended(now: datetime, excluded: Collection[UUID]) -> list[RawRow]:
    """Locks queues whose pauses have ended by `now`, the longest ago first, without those that are locked elsewhere."""
    rows = await run_sql(_DUE, now, PAUSES_BATCH_SIZE + len(excluded))
    return [row for row in rows if as_id(row["id"]) not in excluded][:PAUSES_BATCH_SIZE]


async def ended_of(owner: str, now: datetime, queue_id: UUID | None = None) -> list[UUID]:
    """The owner's queues, or this one alone, whose pauses have ended by `now`, in the order of their ids."""
    rows = await (
        run_sql(f"{_ENDED_OF} AND id = $3", owner, now, queue_id) if queue_id else run_sql(_ENDED_OF, owner, now)
    )
    return sorted(as_id(row["id"]) for row in rows)


async def lock_ended_of(owner: str, queue_ids: list[UUID], now: datetime) -> list[RawRow]:
    """Locks those of these queues of an owner whose pauses have ended by `now`, and waits for whoever has one."""
    return list(await run_sql(_LOCK_OF, queue_ids, owner, now))


async def lock_one_ended(owner: str, queue_id: UUID, now: datetime) -> list[RawRow]:
    """The same of a single queue: its row, if nobody else has it and its pause has ended."""
    return list(await run_sql(_ONE, queue_id, owner, now))


async def end_pauses_at_their_time(rows: Collection[RawRow], now: datetime) -> Ended:
    """Ends these pauses, which the caller has locked, each at its own time; the queues go on with their next slots."""
    return await _end(rows, lambda queue: (queue.paused_until or now) - LEAST, ResumeFrom.NEXT_SLOT, now)


async def end_pauses(rows: Collection[RawRow], start: ResumeFrom | None, now: datetime) -> Ended:
    """Ends these pauses, which the caller has locked, at `now`; the queues go on as `after_resuming` has it."""
    return await _end(rows, lambda _: now, start, now)


async def _end(
    rows: Collection[RawRow], moment_of: Callable[[StoredQueue], datetime], start: ResumeFrom | None, now: datetime
) -> Ended:
    """Ends the pauses of as many of them as make a batch."""

    def paused(queue: StoredQueue) -> _Paused:
        moment = moment_of(queue)
        return _Paused(queue, moment, passed_without_running(queue, moment, reason_of_pause(queue.status_reason)))

    found, unreadable = read_batch(rows, paused, lambda one: len(one.not_run))
    without_post = await read_without_post([one.queue for one in found])
    ending_sooner, batch = list[UUID](), list[_GoingOn]()
    for number, one in enumerate(found, 1):
        if number % QUEUES_AT_ONCE == 0:
            await asyncio.sleep(0)
        changes = _changes(one, start, has_post=one.queue.id not in without_post)
        if changes is None:
            ending_sooner.append(one.queue.id)
        else:
            batch.append(_going_on(one, changes, now))
    executions = await record_not_run([(one.queue, one.not_run) for one in batch], now)
    await bulk.update(RecurringQueue, [one.update for one in batch])
    active_again = [one for one in batch if one.update.status == QueueStatus.ACTIVE]
    return Ended(
        size=len(found) + len(unreadable),
        unreadable=unreadable,
        ending_sooner=ending_sooner,
        completed=[one.update.id for one in batch if one.update.status == QueueStatus.COMPLETED],
        queues=[one.queue for one in active_again],
        times=[one.update.next_scheduled_time for one in active_again],
        rows=executions,
        forgotten=[one.forgotten for one in active_again if one.forgotten is not None],
    )


def _changes(one: _Paused, start: ResumeFrom | None, *, has_post: bool) -> Changes | None:
    """How the queue goes on; one that cannot is completed. None: it stays paused, as NOW alone would complete it."""
    if reason := reason_against_resuming(one.queue, has_post=has_post):
        return active(one.moment) | completed(reason)
    changes = after_resuming(one.queue, one.moment, start)
    if changes["status"] == QueueStatus.COMPLETED and start is ResumeFrom.NOW:
        runs = next_running(one.queue, Series.of(one.queue), one.moment) is not None
        return None if runs else changes
    return changes


def _going_on(one: _Paused, changes: Changes, now: datetime) -> _GoingOn:
    """The queue with these changes. What was moved to a time ahead, and is passed over, does not run either."""
    queue, not_run = one.queue, one.not_run
    change = Rescheduling.of(queue, queue, one.moment)
    series = change.beginning(pending_slot(queue._replace(**changes)))
    if gone := settling.gone(change, series):
        not_run = passed_without_running(queue, one.moment, reason_of_pause(queue.status_reason), gone=gone)
    return _GoingOn(queue, queue_update(queue, changes, now), not_run, forgotten(queue.id, change, series))
