"""How a queue goes on: the new values of its columns after a run, after none, and after it was resumed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from perennial.core.states import Cadence, QueueStatus
from perennial.queues.recurrence.columns import ChangedOccurrences, Changes, Queue, changed_text, slot_text
from perennial.queues.recurrence.passing import Occurrence, Passed
from perennial.queues.recurrence.reasons import ENDED, MAX_EXECUTIONS_REACHED, ORIGINAL_POST_DELETED
from perennial.queues.recurrence.series import Series


class ResumeFrom(StrEnum):
    """When a resumed queue runs next, where no time is given."""

    NOW = "now"  # one interval from now
    NEXT_SLOT = "next_slot"  # at the pending time, if that lies ahead, else at the next slot


def keeps_slots(queue: Queue) -> bool:
    """Whether the queue has slots to keep, of a rule or in a time zone: it is never resumed from NOW."""
    return queue.interval is None or queue.timezone is not None


def has_reached_maximum(queue: Queue) -> bool:
    """Whether the queue has run `max_executions` times."""
    return queue.max_executions is not None and queue.execution_count >= queue.max_executions


def after_execution(queue: Queue, passed: Passed, occurrence: Occurrence, now: datetime) -> Changes:
    """The changes after that occurrence was executed at `now`."""
    series, count = passed.series, queue.execution_count + 1
    if queue.cadence == Cadence.AFTER_EXECUTION:
        following = (now + timedelta(days=queue.interval or 0)).astimezone(UTC).replace(tzinfo=None)
        changes = Changes(last_executed_time=now) | _goes_on(queue, series, following)
    else:
        changes = Changes(last_executed_time=occurrence.time) | _goes_on(queue, series, passed.following)
    changes["execution_count"] = count
    if queue.max_executions is not None and count >= queue.max_executions:
        changes |= completed(MAX_EXECUTIONS_REACHED)
    return changes


def after_extra_execution(queue: Queue) -> Changes:
    """The changes after the queue ran by hand: it counts, and the pending occurrence stays."""
    changes = Changes(execution_count=queue.execution_count + 1)
    if queue.max_executions is not None and queue.execution_count + 1 >= queue.max_executions:
        changes |= completed(MAX_EXECUTIONS_REACHED)
    return changes


def after_not_executed(queue: Queue, now: datetime) -> Changes:
    """The changes after the pending occurrence did not run: the queue goes on with the first that falls due later."""
    series = Series.of(queue)
    return _goes_on(queue, series, series.first_after(max(now, queue.next_scheduled_time)))


def reason_against_resuming(queue: Queue, *, has_post: bool) -> str | None:
    """Why the queue cannot go on: it has nothing to repeat any more, or has run often enough; None: it can."""
    if not has_post:
        return ORIGINAL_POST_DELETED
    return MAX_EXECUTIONS_REACHED if has_reached_maximum(queue) else None


def after_resuming(queue: Queue, now: datetime, start: ResumeFrom | None) -> Changes:
    """The changes of a resumed queue to which no time is given. It is completed at once if it has ended meanwhile.

    Without `start` it goes on from NOW, as ever, unless that comes after its end: then with its next slot. One that has
    slots to keep goes on with the next, whatever `start` is.
    """
    series = Series.of(queue)
    if start is not ResumeFrom.NEXT_SLOT and not keeps_slots(queue):
        from_now = series.calendar.slot_of(now + timedelta(days=queue.interval or 0))
        changes = active(now) | _goes_on(queue, series, from_now)
        if start is ResumeFrom.NOW or changes["status"] == QueueStatus.ACTIVE:
            return changes
    return active(now) | _goes_on(queue, series, next_slot(queue, series, now))


def next_slot(queue: Queue, series: Series, now: datetime) -> datetime | None:
    """The queue's pending slot, if it lies ahead, else its next one; None if the series has ended by then."""
    return series.pending if queue.next_scheduled_time > now else series.first_after(now)


def next_running(queue: Queue, series: Series, now: datetime) -> datetime | None:
    """The slot that runs first of those from `next_slot` on, by the owner's will; None if none does before the end."""
    slot = next_slot(queue, series, now)
    return replace(series, pending=slot).first_running() if slot is not None else None


def active(now: datetime) -> Changes:
    """The changes of a queue that is active from now on."""
    return Changes(
        status=QueueStatus.ACTIVE, status_reason=None, paused_until=None, pause_reason=None, resumed_time=now
    )


def paused(reason: str) -> Changes:
    """The changes of a queue that the service pauses for this reason."""
    return Changes(status=QueueStatus.PAUSED, status_reason=reason)


def completed(reason: str) -> Changes:
    """The changes of a queue that has ended for this reason."""
    return Changes(status=QueueStatus.COMPLETED, status_reason=reason, paused_until=None, pause_reason=None)


def at_slot(queue: Queue, series: Series, slot: datetime) -> Changes:
    """The changes of a queue whose pending slot is this one from now on.

    What its owner did with occurrences that have passed, or are no longer its, is forgotten.
    """
    changed = _still_ahead(series, slot) if series.changed else {}
    moved = bool(changed.get(slot))
    return Changes(
        next_local_time=slot_text(slot) if queue.timezone is not None or moved else None,
        next_scheduled_time=series.time(slot),
        changed_occurrences=changed_text(changed),
    )


def _still_ahead(series: Series, slot: datetime) -> ChangedOccurrences:
    """What the owner did with occurrences of the series that goes on with this slot."""
    ahead = replace(series, pending=slot)
    return {one: time for one, time in series.changed.items() if one >= slot and ahead.has(one)}


def _goes_on(queue: Queue, series: Series, slot: datetime | None) -> Changes:
    """The changes of a queue that goes on with this slot; without one, or with one after its end, it is completed."""
    if slot is None:
        return completed(ENDED)
    changes = at_slot(queue, series, slot)
    if series.ends_at and series.calendar.instant(slot) > series.ends_at:
        changes |= completed(ENDED)
    return changes
