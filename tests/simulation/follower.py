"""Follows one queue through its ticks, by the pure functions alone, and holds each step against the calendar."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from random import Random

from support.laws.noted.will import MISSED_AFTER, Row
from support.queues import Queue

from perennial.core.states import QueueStatus
from perennial.queues.recurrence.changes import after_execution, after_not_executed, at_slot
from perennial.queues.recurrence.columns import Changes, changed_text, slot_text
from perennial.queues.recurrence.passing import passed
from perennial.queues.recurrence.series import Series
from simulation.calendar import Slots
from simulation.complaints import Off
from simulation.passing import Expected, Steering, count, expect


@dataclass
class PureQueue(Queue):
    """A queue without a table, with what a run writes as well."""

    last_executed_time: datetime | None = None
    status_reason: str | None = None

    def apply(self, changes: Changes) -> None:
        """Takes the new values."""
        for name, value in changes.items():
            setattr(self, name, value)


@dataclass
class Follower:
    """Follows one queue, of this name, and holds each of its steps against the calendar."""

    name: str
    slots: Slots
    queue: PureQueue
    steering: Steering
    counts: Counter[str]
    pending: int = 0

    def step(self, now: datetime) -> None:
        """A tick at `now`, at which the pending occurrence is due."""
        expected = expect(self.slots, self.pending, self.steering, now)
        slot = self.slots.local[self.pending]
        found = passed(self.queue, now, MISSED_AFTER)
        rows = tuple(Row(one.first, one.last, one.count, one.reason, one.moved_to) for one in found.not_run)
        if rows != expected.rows:
            raise Off(self.name, slot, f"the ledger gets {rows} at {now}, not {expected.rows}")
        if expected.run is None:
            if found.occurrence is not None:
                raise Off(self.name, slot, f"{found.occurrence} runs at {now}, which should not run")
            self.queue.apply(after_not_executed(self.queue, now))
        else:
            time = self.steering.time(self.slots, expected.run)
            wanted = (self.slots.instants[expected.run], time, expected.missed)
            if found.occurrence is None or found.occurrence != wanted:
                raise Off(self.name, slot, f"{found.occurrence} runs at {now}, not {wanted}")
            self.queue.apply(after_execution(self.queue, found, found.occurrence, now))
        self._count(expected)
        self._goes_on(expected.ahead)

    def is_before(self, until: datetime) -> bool:
        """Whether the queue has more to do before this wall time."""
        has_more = self.queue.status == QueueStatus.ACTIVE and self.pending < len(self.slots)
        return has_more and self.slots.local[self.pending] < until

    def _goes_on(self, ahead: int) -> None:
        self.pending, queue = ahead, self.queue
        if ahead >= len(self.slots) and not queue.ends_at:
            return
        slot = self.slots.local[min(ahead, len(self.slots) - 1)]
        reason = self._end(ahead)
        found = queue.status_reason if queue.status == QueueStatus.COMPLETED else None
        if found != reason:
            raise Off(self.name, slot, f"the queue is {queue.status} ({found}), and its end is {reason}")
        if reason:
            return
        self.steering.changed = {one: time for one, time in self.steering.changed.items() if one >= slot}
        time = self.steering.time(self.slots, ahead)
        if queue.next_scheduled_time != time:
            raise Off(self.name, slot, f"it goes on at {queue.next_scheduled_time}, not {time}")
        if queue.timezone is not None and queue.next_local_time != slot_text(slot):
            raise Off(self.name, slot, f"it goes on with {queue.next_local_time}")

    def _end(self, ahead: int) -> str | None:
        if self.queue.max_executions is not None and self.counts["executed"] >= self.queue.max_executions:
            return "MAX_EXECUTIONS_REACHED"
        return "ENDED" if ahead >= len(self.slots) else None

    def _count(self, expected: Expected) -> None:
        self.counts["occurrences"] += expected.ahead - self.pending
        self.counts += count(self.slots, self.steering, expected)

    def end_with(self, place: int) -> None:
        """The queue ends with this slot."""
        self.slots = Slots(self.slots.local[: place + 1], self.slots.instants[: place + 1])
        self.queue.ends_at = self.slots.instants[place]

    def steer(self, lot: Random) -> None:
        """The owner skips or moves one of the next occurrences."""
        place = self.pending + lot.randrange(4)
        if place == 0 or place + 1 >= len(self.slots):
            return
        before, after = (self.steering.time(self.slots, one) for one in (place - 1, place + 1))
        slot, room = self.slots.local[place], (after - before) / 4
        changed = {**self.steering.changed, slot: None if lot.random() < 0.5 else self.slots.instants[place]}
        if changed[slot]:
            moved = min(max(self.slots.instants[place] + lot.choice((-1, 1)) * room, before + room), after - room)
            changed[slot] = moved.replace(microsecond=0)
        self.steering.changed = dict(sorted(changed.items()))
        self.queue.changed_occurrences = changed_text(self.steering.changed)
        series = Series.of(self.queue)
        self.queue.apply(at_slot(self.queue, series, series.pending))
