"""What an owner does with single occurrences ahead: skips one, moves it to another time, or undoes either.

An occurrence is named by its slot's instant, also where it was moved. What was done with it stands in the queue's
`changed_occurrences` until the queue has gone past it. The queue's row is locked for each change, so an occurrence
that a tick has claimed has passed by the time it is looked for.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from perennial.core.errors import Conflict, InvalidInput
from perennial.core.instants import instant
from perennial.core.states import QueueStatus
from perennial.db.models import RecurringQueue
from perennial.db.transactions import transaction
from perennial.events.publisher import EventPublisher
from perennial.jobs.alarms import Alarms
from perennial.jobs.worker_functions import WorkerFunction
from perennial.posts.scheduling import HORIZON, validated_time
from perennial.queues.ledger.recording import check_not_in_ledger
from perennial.queues.owned import get_queue, lock_queue, write_queue
from perennial.queues.pausing.ended_pauses import EndedPauses
from perennial.queues.recurrence.ahead import Ahead
from perennial.queues.recurrence.changes import at_slot
from perennial.queues.recurrence.columns import ChangedOccurrences
from perennial.queues.settings.slots_given import check_date

CHANGED_MAX = 100

_EARLIER = (
    "The next occurrence of this queue is counted from when this one runs, so this one can be moved to an earlier "
    "time by less than the interval only"
)
_PASSED_SINCE = (
    "Nothing says when the queue would run next: the next occurrence is counted from this one's own time, {own_time}, "
    "if this one does not run, and an interval has passed since. Give the queue a time with updateQueue "
    "(nextScheduledTime), or pause it."
)

_Change = Callable[[Ahead, datetime], ChangedOccurrences]


@dataclass(frozen=True)
class Steering:
    """The operations on occurrences. `now` is the current time, `owner` the authenticated user.

    Each raises NotFound, InvalidInput if the queue has no such occurrence ahead, or Conflict if it is completed.
    """

    alarms: Alarms
    events: EventPublisher

    async def skip(self, owner: str, queue_id: UUID, scheduled_time: datetime, now: datetime) -> RecurringQueue:
        """Skips the occurrence: it does not run, and the ledger says so once its time has come.

        Raises Conflict if the queue has as many changed occurrences as it may have, or a neighbour was moved past the
        occurrence's own time, at which it is when it is skipped. Or if the next is counted from this one alone, and its
        time has come too: it would run at once.
        """

        def skipped(ahead: Ahead, slot: datetime) -> ChangedOccurrences:
            own_time = ahead.series.calendar.instant(slot)
            if not ahead.neighbours(slot).have_between(own_time):
                raise Conflict(
                    "A neighbour has been moved past this occurrence's own time: restore the neighbour first."
                )
            is_new = ahead.series.reason_against(slot) is None
            following = ahead.series.next(slot) if ahead.is_one and is_new else None
            if following is not None and ahead.series.calendar.instant(following) <= now:
                raise Conflict(_PASSED_SINCE.format(own_time=instant(own_time)))
            return _with(ahead, slot, None)

        return await self._change(owner, queue_id, scheduled_time, now, skipped)

    async def move(
        self, owner: str, queue_id: UUID, scheduled_time: datetime, to: datetime, now: datetime
    ) -> RecurringQueue:
        """Moves the occurrence to another time between its neighbours; one that was skipped runs then.

        Raises InvalidInput, or Conflict as `skip` does.
        """

        def moved(ahead: Ahead, slot: datetime) -> ChangedOccurrences:
            time = validated_time("to", to, now)
            if not ahead.neighbours(slot).have_between(time):
                why = "An occurrence stays between its neighbours" if not ahead.is_one else _EARLIER
                raise InvalidInput("to", f"{why}: {_where(ahead, slot, now)}.")
            if ahead.series.ends_at and time > ahead.series.ends_at:
                raise InvalidInput(
                    "to", f"The queue ends at {instant(ahead.series.ends_at)}: choose a time until then."
                )
            if time != ahead.series.calendar.instant(slot):
                check_date(ahead.series, time, "to")
            return _with(ahead, slot, time)

        return await self._change(owner, queue_id, scheduled_time, now, moved)

    async def restore(self, owner: str, queue_id: UUID, scheduled_time: datetime, now: datetime) -> RecurringQueue:
        """Undoes `skip` and `move`. Raises Conflict if there is nothing to undo, or its own time cannot be had back."""

        def restored(ahead: Ahead, slot: datetime) -> ChangedOccurrences:
            own_time = ahead.series.calendar.instant(slot)
            if slot not in ahead.series.changed:
                raise Conflict("This occurrence was neither skipped nor moved.")
            if own_time <= now:
                raise Conflict(f"The occurrence's own time, {instant(own_time)}, has passed: move it to another.")
            if not ahead.neighbours(slot).have_between(own_time):
                raise Conflict(f"A neighbour has been moved past its own time: {_where(ahead, slot, now)}.")
            return _without(ahead, slot)

        return await self._change(owner, queue_id, scheduled_time, now, restored)

    async def _change(
        self, owner: str, queue_id: UUID, scheduled_time: datetime, now: datetime, change: _Change
    ) -> RecurringQueue:
        await EndedPauses(self.alarms, self.events).end_of(owner, now, queue_id)
        async with transaction():
            queue = await lock_queue(owner, queue_id)
            if queue.status == QueueStatus.COMPLETED:
                raise Conflict("The queue is completed: it has no occurrence ahead.")
            ahead = Ahead.of(queue, now, now + HORIZON)
            slot = ahead.slot_of(scheduled_time)
            if slot is None:
                raise InvalidInput("scheduledTime", _unknown(ahead, scheduled_time))
            series = replace(ahead.series, changed=change(ahead, slot))
            if series.changed.get(slot, slot) is not None:  # it runs from now on, or still
                await check_not_in_ledger(queue, scheduled_time)
            if series != ahead.series:
                changes = at_slot(queue, series, series.pending)
                await write_queue(queue, changes, now)
        if queue.status == QueueStatus.ACTIVE:
            await self.alarms.arm(WorkerFunction.PROCESS_QUEUES, [series.time(series.pending)], now)
        return await get_queue(owner, queue_id)


def _with(ahead: Ahead, slot: datetime, time: datetime | None) -> ChangedOccurrences:
    """The changed occurrences with this one moved to the time, or skipped without one. Raises Conflict."""
    changed = ahead.series.changed
    if time == ahead.series.calendar.instant(slot):
        return _without(ahead, slot)
    if slot not in changed and len(changed) >= CHANGED_MAX:
        raise Conflict(f"{CHANGED_MAX} occurrences of this queue are skipped or moved: restore one of them first.")
    return {**changed, slot: time}


def _without(ahead: Ahead, slot: datetime) -> ChangedOccurrences:
    """The changed occurrences without this one."""
    return {one: time for one, time in ahead.series.changed.items() if one != slot}


def _where(ahead: Ahead, slot: datetime, now: datetime) -> str:
    """Where the occurrence can be moved to, between its neighbours, in words; or that it can no longer be moved."""
    before, after = ahead.neighbours(slot)
    if after is not None and after <= now:
        return f"the one after it fell due at {instant(after)}, so it cannot be moved any more"
    bounds = {"after": before if before and before > now else None, "before": after}
    return "move it to a time " + " and ".join(f"{word} {instant(bound)}" for word, bound in bounds.items() if bound)


def _unknown(ahead: Ahead, time: datetime) -> str:
    """Why the owner cannot mean an occurrence of this time, and which there are."""
    moved = [ahead.series.calendar.instant(slot) for slot, to in ahead.series.changed.items() if to == time]
    if own := next(filter(ahead.slot_of, moved), None):
        return f"The occurrence of {instant(own)} was moved to {instant(time)}: its name is still {instant(own)}."
    named = " and ".join(map(instant, ahead.nearest(time)))
    if not named:
        return "The queue has no occurrence ahead."
    if ahead.is_one:
        return f"The queue counts from its last execution, so only the pending occurrence is known, that of {named}."
    return f"The queue has no occurrence of {instant(time)} ahead. The nearest: {named}."
