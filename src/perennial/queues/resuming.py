"""How a paused or completed queue becomes active again, and when it runs next."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from perennial.core.errors import Conflict, InvalidInput, WarningCode
from perennial.core.instants import instant
from perennial.core.states import QueueStatus
from perennial.db.models import RecurringQueue
from perennial.db.transactions import transaction
from perennial.posts.scheduling import validated_time
from perennial.queues._rows import NewExecution
from perennial.queues.ledger.recording import record_passed, recorded_slots
from perennial.queues.owned import lock_queue, write_queue
from perennial.queues.recurrence.changes import (
    ResumeFrom,
    active,
    after_resuming,
    keeps_slots,
    next_running,
    next_slot,
    reason_against_resuming,
)
from perennial.queues.recurrence.columns import Changes
from perennial.queues.recurrence.reasons import MAX_EXECUTIONS_REACHED, ORIGINAL_POST_DELETED
from perennial.queues.recurrence.series import Series, next_run, pending_slot
from perennial.queues.rotation import AnyQueue, read_without_post
from perennial.queues.settings.notices import Notice, about_given_up, about_none_left
from perennial.queues.settings.rescheduling import Rescheduling
from perennial.queues.settings.schedules import Schedule, with_columns
from perennial.queues.settings.slots_given import START, check_end, check_goes_on

_WHY_NOT = {
    ORIGINAL_POST_DELETED: "The queue's post was deleted; there is nothing to repeat.",
    MAX_EXECUTIONS_REACHED: "The queue has run as often as it may; raise maxExecutions first.",
}


class Start(NamedTuple):
    """When a resumed queue runs next: at a time, or from now or its next slot; by default as `after_resuming` says."""

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
        await check_has_runs_left(queue)
        schedule = _schedule(queue, start, now)
        rows = await record_passed(queue, now, schedule.goes_on_with, schedule.gone)
        schedule = schedule.without(await recorded_slots(queue, schedule.series))
        changes = active(now) | schedule.columns
        await write_queue(queue, changes, now)
    notices = _about_next(queue, schedule, changes, now)
    return Resumed([changes["next_scheduled_time"]], rows, [*notices, *schedule.notices])


def _schedule(queue: RecurringQueue, start: Start, now: datetime) -> Schedule:
    """When the queue runs from now on. Raises InvalidInput, or Conflict if it has ended by then."""
    change = Rescheduling.of(queue, queue, now)
    time = validated_time(START, start.time, now) if start.time is not None else None
    is_as_shown = time is not None and time == next_run(queue).time
    if time is not None and not is_as_shown:
        series = change.at(time)
        check_goes_on(series.calendar, series.pending, START)
        check_end(series, START)
        return Schedule(change, series, time)
    resume_from = start.resume_from or (ResumeFrom.NEXT_SLOT if is_as_shown else None)
    if resume_from is ResumeFrom.NOW and keeps_slots(queue):
        raise InvalidInput(
            "from", "NOW is for queues with an interval and no time zone; NEXT_SLOT keeps this queue's time of day."
        )
    changes = without_time(queue, resume_from, now)
    return Schedule(change, change.beginning(pending_slot(with_columns(queue, changes))), time)


async def check_has_runs_left(queue: AnyQueue) -> None:
    """Raises Conflict if the queue, which the caller has locked, has nothing to repeat, or has run often enough."""
    reason = reason_against_resuming(queue, has_post=not await read_without_post([queue]))
    if reason is not None:
        raise Conflict(_WHY_NOT[reason])


def without_time(queue: AnyQueue, resume_from: ResumeFrom | None, now: datetime) -> Changes:
    """The changes of a queue that is resumed without a time. Raises Conflict if it ends before it would run next."""
    changes = after_resuming(queue, now, resume_from)
    if changes["status"] != QueueStatus.ACTIVE:
        raise Conflict(_why_ended(queue, resume_from, now))
    return changes


def _why_ended(queue: AnyQueue, resume_from: ResumeFrom | None, now: datetime) -> str:
    """Why the queue has ended by the time at which it would run next, and what can be done."""
    series = Series.of(queue)
    if series.ends_at is None:
        return "The queue's rule has no day left within 100 years; change it first."
    end = f"queue's endsAt, {instant(series.ends_at)}"
    if resume_from is ResumeFrom.NOW:
        left, time = next_running(queue, series, now), now + timedelta(days=queue.interval or 0)
        instead = f", or resume it `from: NEXT_SLOT`, at {instant(series.time(left))}" if left else ""
        return f"An interval from now is {instant(time)}, which is after the {end}: set a later endsAt first{instead}."
    slot = next_slot(queue, replace(series, ends_at=None), now)
    following = f", {instant(series.time(slot))}" if slot else ""
    return f"The {end}, comes before its next occurrence{following}: set a later endsAt first."


def _about_next(queue: RecurringQueue, schedule: Schedule, changes: Changes, now: datetime) -> list[Notice]:
    """What the owner should know of when the queue runs: what it gives up that was to run, or that none is left."""
    time = schedule.change.old.first_time()
    if time is not None and time > now:
        return about_given_up(time, schedule.series)
    return about_none_left(with_columns(queue, changes), now)


def _about_active(queue: RecurringQueue, start: Start) -> list[Notice]:
    """What the owner should know who resumes an active queue, if that would have made it run at another time."""
    time = next_run(queue).time
    if start.resume_from is not ResumeFrom.NOW and start.time in {None, time}:
        return []
    message = f"The queue is active already: it runs next at {instant(time)}. Call updateQueue to change that."
    return [Notice(WarningCode.ALREADY_ACTIVE, message, "from" if start.time is None else "nextScheduledTime")]
