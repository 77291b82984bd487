"""Queues through a century, by the pure functions alone: what has passed, and how each goes on after it."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from support.queues import Queue

from perennial.core.states import MissedRuns, QueueStatus
from perennial.queues.recurrence.changes import after_execution, after_not_executed, at_slot
from perennial.queues.recurrence.columns import Changes, changed_text, dates_text, slot_text
from perennial.queues.recurrence.passing import passed
from perennial.queues.recurrence.series import Series
from simulation.calendar import Slots
from simulation.complaints import Off
from simulation.drawing import Drawn, draw
from simulation.hand import YEAR, Case
from simulation.passing import (
    MISSED_AFTER,
    RUN_IF_WITHIN,
    RUN_LATEST,
    SKIP,
    Expected,
    Row,
    Steering,
    count,
    expect,
)

STEPS_MAX = 500  # a queue with many more slots runs some years of them one by one, and is late by years in between
EARLIEST, LATEST = datetime(1995, 1, 1), datetime(2027, 1, 1)  # noqa: DTZ001 - wall times
_DAYS_A_YEAR = 365.2425
_AFTERWARDS = timedelta(days=40)  # of which slots are known, so that the last tick may be late as well


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
        rows = tuple(Row(one.first, one.last, one.count, one.reason) for one in found.not_run)
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


def follow(seed: int, number: int, years: int) -> Counter[str]:
    """Follows the queue of this number through the years; how many occurrences there were, and what became of them."""
    lot = Random(f"{seed}:{number}")
    drawn = draw(lot, EARLIEST, LATEST, often=0.05)
    until = drawn.first + timedelta(days=int(years * _DAYS_A_YEAR))
    slots = Slots.of(drawn.rule, drawn.interval, drawn.zone, drawn.first, until + _AFTERWARDS)
    follower = Follower(str(drawn), slots, _queue(drawn, slots), _steering(lot, slots), Counter(queues=1))
    _set_steering(follower)
    _set_end(lot, follower)
    check_order(follower)
    while follower.is_before(until):
        if lot.random() < 0.02:
            follower.steer(lot)
        follower.step(_next_tick(lot, follower, until))
    return follower.counts


def follow_case(case: Case) -> Counter[str]:
    """Follows a queue whose numbers were computed by hand through the century, never late; holds its odd slots."""
    drawn, until = case.queue, case.queue.first.replace(year=YEAR + 100, month=1, day=1, hour=0, minute=0)
    slots = Slots.of(drawn.rule, drawn.interval, drawn.zone, drawn.first, until + _AFTERWARDS)
    follower = Follower(f"{drawn}", slots, _queue(drawn, slots), Steering(), Counter(queues=1))
    while follower.is_before(until):
        slot, now = slots.local[follower.pending], follower.queue.next_scheduled_time
        if now != case.odd.get(slot, now):
            raise Off(drawn, slot, f"it falls due at {now}, by hand at {case.odd[slot]}")
        follower.step(now)
    return follower.counts


def check_order(follower: Follower) -> None:
    """What holds of every calendar, whoever computes it: no instant comes twice, and time goes on."""
    for before, after in pairwise(follower.slots.instants):
        if before >= after:
            raise Off(follower.name, before, f"the next instant is {after}")


def _next_tick(lot: Random, follower: Follower, until: datetime) -> datetime:
    """On time mostly, a moment late often, and late by days and years now and then."""
    slots, pending = follower.slots, follower.pending
    due = follower.steering.time(slots, pending)
    chance = lot.random()
    if chance < 0.02:
        jump = max(2, round(50 * (len(slots) / STEPS_MAX - 1)))  # fifty steps between two of them, on the average
        last = min(pending + lot.randrange(2 * jump), max(bisect_left(slots.local, until) - 1, pending))
        due = max(due, slots.instants[last])
    if chance < 0.1:
        return due + timedelta(minutes=lot.choice((4, 5, 6, 60, 60 * 24)))
    return due + timedelta(seconds=lot.choice((0, 0, 1, 59)))


def _queue(drawn: Drawn, slots: Slots) -> PureQueue:
    return PureQueue(
        interval=drawn.interval,
        rule=drawn.rule,
        timezone=drawn.zone,
        next_local_time=slot_text(drawn.first) if drawn.zone else None,
        next_scheduled_time=slots.instants[0],
    )


def _steering(lot: Random, slots: Slots) -> Steering:
    policy = lot.choice((RUN_LATEST, RUN_LATEST, SKIP, RUN_IF_WITHIN))
    excluded = lot.sample(slots.local, min(lot.choice((0, 0, 0, 5, 60)), len(slots)))
    return Steering(policy, timedelta(minutes=lot.choice((10, 90, 3000))), frozenset(one.date() for one in excluded))


def _set_steering(follower: Follower) -> None:
    queue, steering = follower.queue, follower.steering
    queue.missed_runs, queue.excluded_dates = MissedRuns(steering.policy), dates_text(steering.excluded)
    queue.missed_within_minutes = steering.within // timedelta(minutes=1)


def _set_end(lot: Random, follower: Follower) -> None:
    chance = lot.random()
    if chance < 0.1:
        follower.end_with(lot.randrange(len(follower.slots)))
    elif chance < 0.2:
        follower.queue.max_executions = lot.randint(1, STEPS_MAX)
