"""How a paused or completed queue becomes active again, and when it runs next."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.core.errors import Conflict, InvalidInput
from perennial.core.instants import instant
from perennial.core.states import QueueStatus
from perennial.db.models import RecurringQueue
from perennial.db.transactions import transaction
from perennial.queues._rows import NewExecution
from perennial.queues.ledger.recording import check_not_in_ledger, record_passed
from perennial.queues.owned import lock_queue, write_queue
from perennial.queues.recurrence.changes import (
    ResumeFrom,
    active,
    after_resuming,
    at_slot,
    default_start,
    has_reached_maximum,
)
from perennial.queues.recurrence.columns import Changes
from perennial.queues.recurrence.series import Series, next_run
from perennial.queues.rotation import read_turns
from perennial.queues.settings.notices import Notice, NoticeCode
from perennial.queues.settings.schedules import with_columns
from perennial.queues.settings.slots_given import check_end, slot_given


class Start(NamedTuple):
    """When a resumed queue runs next: at a time, or from now or its next slot; by default as `default_start` says."""

    time: datetime | None = None
    resume_from: ResumeFrom | None = None


class Resumed(NamedTuple):
    """What is to be done once a resumed queue is committed: alarms to set, rows to announce, words for its owner."""

    times: list[datetime] = []
    rows: list[NewExecution] = []
    notices: list[Notice] = []


async def resume_queue(owner: str, queue_id: UUID, start: Start, now: datetime) -> Resumed:
    """`Queues.resume`, in a transaction. An active queue stays as it is."""
    if start.time is not None and start.resume_from is not None:
        raise InvalidInput("from", "Give the time at which the queue runs next, or what it goes on from, not both.")
    async with transaction():
        queue = await lock_queue(owner, queue_id)
        if queue.status == QueueStatus.ACTIVE:
            return Resumed(notices=_about_active(queue, start))
        await _check_can_resume(queue)
        changes = await _changes(queue, start, now)
        rows = await record_passed(queue, now)
        await write_queue(queue, changes, now)
    notices = _about_pending(next_run(queue).time, next_run(with_columns(queue, changes)).time, now)
    return Resumed([changes["next_scheduled_time"]], rows, notices)


async def _changes(queue: RecurringQueue, start: Start, now: datetime) -> Changes:
    is_as_shown = start.time is not None and now < start.time == next_run(queue).time
    if start.time is not None and not is_as_shown:
        return await _changes_at(queue, start.time, now)
    resume_from = start.resume_from or (ResumeFrom.NEXT_SLOT if is_as_shown else default_start(queue))
    if resume_from is ResumeFrom.NOW and default_start(queue) is not ResumeFrom.NOW:
        raise InvalidInput(
            "from", "NOW is for queues with an interval and no time zone; NEXT_SLOT keeps this queue's time of day."
        )
    changes = after_resuming(queue, now, resume_from)
    if changes["status"] != QueueStatus.ACTIVE:
        raise Conflict("The queue's endsAt comes before its next occurrence; set a later endsAt first.")
    return changes


async def _changes_at(queue: RecurringQueue, time: datetime, now: datetime) -> Changes:
    """The changes of a queue that runs next at a time that its owner gives."""
    old = Series.of(queue)
    slot = slot_given(old.calendar, time, now, old)
    changed = {one: moved for one, moved in old.changed.items() if one != slot or moved == time}
    series = Series(old.calendar, slot, old.excluded, changed, old.ends_at)
    check_end(series, "nextScheduledTime")
    await check_not_in_ledger(queue, old.calendar.instant(slot))
    return active(now) | at_slot(queue, series, slot)


async def _check_can_resume(queue: RecurringQueue) -> None:
    if queue.original_post_id is None and not await read_turns([queue]):
        raise Conflict("The queue's post was deleted; there is nothing to repeat.")
    if has_reached_maximum(queue):
        raise Conflict("The queue has run as often as it may; raise maxExecutions first.")


def _about_active(queue: RecurringQueue, start: Start) -> list[Notice]:
    """What the owner should know who resumes an active queue, if that would have made it run at another time."""
    time = next_run(queue).time
    if start.resume_from is not ResumeFrom.NOW and start.time in {None, time}:
        return []
    message = f"The queue is active already: it runs next at {instant(time)}. Call updateQueue to change that."
    return [Notice(NoticeCode.ALREADY_ACTIVE, message, "from" if start.time is None else "nextScheduledTime")]


def _about_pending(pending: datetime, time: datetime, now: datetime) -> list[Notice]:
    """What the owner should know if a pending time that lay ahead is not the one at which the queue runs."""
    if pending <= now or pending == time:
        return []
    message = f"The queue's pending time, {instant(pending)}, is given up: it runs at {instant(time)}."
    return [Notice(NoticeCode.PENDING_TIME_GIVEN_UP, message)]
