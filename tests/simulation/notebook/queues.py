"""A queue as it should be, and what becomes of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from support.laws.noted.will import PAUSED as PAUSED_THEN
from support.laws.noted.will import SCHEDULE_CHANGED, USED_UP, Row

from perennial.core.states import Platform
from simulation.calendar import Slots
from simulation.drawing import Drawn
from simulation.notebook.turns import Turns
from simulation.passing import Expected, Steering, count, due_places, expect, expect_passed
from simulation.timetable import Trouble

ACTIVE, PAUSED, COMPLETED = "active", "paused", "completed"
EXECUTED, SKIPPED = "executed", "skipped"
REPEATED_FAILURES = "REPEATED_FAILURES"
FAILURES = 3  # in a row, after which a queue stops
_LEAST = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Entry:
    """A row of the ledger; `count` is how many occurrences it stands for."""

    outcome: str
    reason: str | None
    count: int
    time: datetime
    until: datetime | None = None
    moved_to: datetime | None = None
    post: str | None = None  # the original of the clone
    extra: bool = False


@dataclass(eq=False)
class Noted:
    """A queue: its slots, of which those from `pending` on lie ahead, what its owner said, and its ledger."""

    number: int
    owner: str
    drawn: Drawn
    slots: Slots
    turns: Turns
    until: datetime  # a wall time up to which its slots are known
    lot: Random  # by which what happens to it is drawn
    id: str = ""
    steering: Steering = field(default_factory=Steering)
    ends_at: datetime | None = None
    maximum: int | None = None
    counts_from_execution: bool = False
    is_by_hand: bool = False
    pending: int = 0
    status: str = ACTIVE
    reason: str | None = None
    paused_until: datetime | None = None
    resumed: datetime | None = None
    executions: int = 0
    edited: list[datetime] = field(default_factory=list)  # by its owner, or when it stopped by itself
    ledger: dict[datetime, Entry] = field(default_factory=dict)
    fates: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return f"queue {self.number} of {self.owner} ({self.drawn})"

    @property
    def next_time(self) -> datetime | None:
        """When the pending occurrence falls due, whether it runs or not."""
        return self.steering.time(self.slots, self.pending) if self.pending < len(self.slots) else None

    @property
    def next_run(self) -> datetime | None:
        """When the first occurrence ahead that may run falls due."""
        ahead = range(self.pending, len(self.slots))
        places = (one for one in ahead if not self.steering.reason_against(self.slots.local[one]))
        place = next(places, None)
        return None if place is None else self.steering.time(self.slots, place)

    def wakes(self) -> datetime | None:
        """When a tick has to do something about it."""
        if self.status == PAUSED:
            return self.paused_until
        return self.next_time if self.status == ACTIVE else None

    def may_stop(self, now: datetime, troubles: Sequence[Trouble]) -> bool:
        """Whether it is due, and its last runs fell into troubles, so that all of them may have failed."""
        if self.status != ACTIVE or self.next_time is None or self.next_time > now or self.executions < FAILURES:
            return False
        last = max(one.time for one in self.ledger.values() if one.outcome == EXECUTED)
        return any(one.explains(platform, last) for one in troubles for platform in Platform)

    def pause_is_over(self, now: datetime) -> bool:
        """Whether it is paused until a time that has come."""
        return self.status == PAUSED and self.paused_until is not None and self.paused_until <= now

    def end_pause(self, now: datetime) -> None:
        """A tick, or its owner, comes to it: a pause that is over has ended at its time."""
        if self.paused_until and self.pause_is_over(now):
            self.resume(self.paused_until - _LEAST, now)

    def tick(self, now: datetime, *, stops: bool = False) -> None:
        """What a tick at `now` makes of it, which `stops` it if its last runs have all failed."""
        self.end_pause(now)
        if self.status != ACTIVE or self.next_time is None or self.next_time > now:
            return
        expected = self._expect(now, stops=stops)
        runs = expected.run is not None and not stops
        self._note(expected, now)
        if expected.run is not None:
            self._run(expected.run, expected.missed, now, stops=stops)
        self._goes_on(expected.ahead, now if runs else None)
        if expected.run is not None and stops:
            self.status, self.reason = PAUSED, REPEATED_FAILURES
        elif self.maximum is not None and self.executions >= self.maximum:
            self.status, self.reason = COMPLETED, USED_UP

    def _expect(self, now: datetime, *, stops: bool) -> Expected:
        """What is due; where the next is counted from the run, the pending one alone, however late, if it runs."""
        if self.counts_from_execution and not stops:
            alone = expect(_until(self.slots, self.pending + 1), self.pending, self.steering, now)
            if alone.run is not None:
                return alone
        return expect(self.slots, self.pending, self.steering, now)

    def _run(self, place: int, missed: int, now: datetime, *, stops: bool) -> None:
        slot, time = self.slots.instants[place], self.steering.time(self.slots, place)
        moved_to = time if time != slot else None
        if stops:
            self.ledger[slot] = Entry(SKIPPED, REPEATED_FAILURES, missed + 1, now, None, moved_to)
            self.fates.update(stopped=1, executed=-1)
            self.edited.append(now)
            return
        self.ledger[slot] = Entry(EXECUTED, None, missed + 1, now, None, moved_to, self.turns.take(now))
        self.executions += 1

    def run_now(self, now: datetime) -> None:
        """An extra run, beside the occurrences."""
        self.ledger[now] = Entry(EXECUTED, None, 1, now, post=self.turns.take(now), extra=True)
        self.executions += 1
        self.fates["extra"] += 1
        if self.maximum is not None and self.executions >= self.maximum:
            reason = PAUSED_THEN if self.status == PAUSED else USED_UP
            self._note(expect_passed(self.slots, self.pending, self.steering, now, reason), now)
            self.status, self.reason = COMPLETED, USED_UP

    def pause(self, until: datetime | None = None, reason: str | None = None) -> None:
        """Its owner pauses it."""
        self.status, self.paused_until, self.reason = PAUSED, until, reason

    def resume(self, moment: datetime, now: datetime, *, from_now: bool = False) -> None:
        """The pause ends at that moment, as is found `now`: it goes on at its pending time or the next slot.

        Or one interval from then.
        """
        expected = expect_passed(self.slots, self.pending, self.steering, moment, PAUSED_THEN)
        self._note(self._passed_over(expected, moment) if from_now else expected, now)
        self.status, self.reason, self.paused_until, self.resumed = ACTIVE, None, None, moment
        if from_now:
            self._start_anew(moment)
        else:
            self._goes_on(due_places(self.slots, self.pending, self.steering, moment).stop, None)

    def _passed_over(self, expected: Expected, moment: datetime) -> Expected:
        """With the next one too, if it was moved to a time ahead, and its own time is past: no tick comes to it."""
        place = expected.ahead
        if place >= len(self.slots) or self.slots.instants[place] > moment:
            return expected
        slot, time = self.slots.instants[place], self.steering.time(self.slots, place)
        return replace(expected, ahead=place + 1, rows=(*expected.rows, Row(slot, slot, 1, SCHEDULE_CHANGED, time)))

    def goes_on_from_now(self, now: datetime) -> bool:
        """Whether it goes on one interval from now, by default: plain days do, unless they end sooner."""
        if self.drawn.interval is None or self.drawn.zone is not None:
            return False
        return self.ends_at is None or now + timedelta(days=self.drawn.interval) <= self.ends_at

    def resumed_last(self, now: datetime, *, from_now: bool) -> int | None:
        """The place at which it would go on; None if none is left."""
        if from_now:
            return self.pending
        place = due_places(self.slots, self.pending, self.steering, now).stop
        return place if place < len(self.slots) else None

    def settle(self, ahead: int, now: datetime) -> None:
        """Its owner changes its schedule: what is due before that place does not run any more."""
        known = _until(self.slots, ahead)
        self._note(expect_passed(known, self.pending, self.steering, now, SCHEDULE_CHANGED), now)

    def reschedule(self, drawn: Drawn) -> None:
        """Its occurrences are those of another rule from now on; `drawn.first` is the pending one."""
        self.drawn, self.pending = drawn, 0
        self.slots = self._known(Slots.of(drawn.rule, drawn.interval, drawn.zone, drawn.first, self.until))

    def end_at(self, time: datetime) -> None:
        """No occurrence is later than this."""
        self.ends_at = time
        self.slots = self._known(self.slots)

    def _start_anew(self, now: datetime) -> None:
        first = now.astimezone(UTC).replace(tzinfo=None) + timedelta(days=self.drawn.interval or 0)
        self.steering.changed.clear()
        self.reschedule(replace(self.drawn, first=first))

    def _known(self, slots: Slots) -> Slots:
        if self.ends_at is None:
            return slots
        return _until(slots, sum(instant <= self.ends_at for instant in slots.instants))

    def _goes_on(self, ahead: int, executed: datetime | None) -> None:
        if self.counts_from_execution and executed:
            self._start_anew(executed)
            return
        self.pending = ahead
        if ahead >= len(self.slots):
            if self.ends_at:
                self.status, self.reason = COMPLETED, "ENDED"
            return
        slot = self.slots.local[ahead]
        self.steering.changed = {one: time for one, time in self.steering.changed.items() if one >= slot}

    def _note(self, expected: Expected, now: datetime) -> None:
        self.fates += count(self.slots, self.steering, expected)
        self.fates["occurrences"] += expected.ahead - self.pending
        for row in expected.rows:
            self.ledger[row.first] = _entry(row, now)

    def state(self) -> dict[str, Any]:
        """What the queue's row should say."""
        return {"status": self.status, "status_reason": self.reason, "execution_count": self.executions}


def _until(slots: Slots, end: int) -> Slots:
    return Slots(slots.local[:end], slots.instants[:end])


def _entry(row: Row, now: datetime) -> Entry:
    return Entry(SKIPPED, row.reason, row.count, now, row.last if row.last != row.first else None, row.moved_to)
