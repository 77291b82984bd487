"""What should become of the slots of a queue that have fallen due: the rules as a person would go through them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from support.laws.noted.will import (
    EXCLUDED_DATE,
    MISSED,
    PAUSED,
    SCHEDULE_CHANGED,
    SKIPPED_BY_OWNER,
    USED_UP,
    Judged,
    Row,
    Will,
    rows_of,
)

from simulation.calendar import Slots

WORDS = {
    MISSED: "missed",
    PAUSED: "paused",
    EXCLUDED_DATE: "excluded",
    SKIPPED_BY_OWNER: "skipped",
    USED_UP: "skipped",
    SCHEDULE_CHANGED: "skipped",
}


@dataclass
class Steering(Will):
    """What an owner said, by the places of slots."""

    def time(self, slots: Slots, place: int) -> datetime:
        """When the occurrence falls due."""
        return self.changed.get(slots.local[place]) or slots.instants[place]


@dataclass(frozen=True)
class Expected:
    """What becomes of all that is due: where the slots ahead begin, which one runs and how many it stands for."""

    ahead: int
    run: int | None
    missed: int
    rows: tuple[Row, ...]


def expect(slots: Slots, pending: int, steering: Steering, now: datetime) -> Expected:
    """What a tick at `now` makes of the slots from the pending one on."""
    due = due_places(slots, pending, steering, now)
    reasons = _reasons(slots, due, steering)
    may_run = [place for place in due if place not in reasons]
    runs = bool(may_run) and steering.lets_run(now - steering.time(slots, may_run[-1]))
    if not runs:
        reasons = {place: reasons.get(place, MISSED) for place in due}
    rows = _rows(slots, due, reasons, steering)
    return Expected(due.stop, may_run[-1] if runs else None, len(may_run) - 1 if runs else 0, rows)


def expect_passed(slots: Slots, pending: int, steering: Steering, now: datetime, reason: str) -> Expected:
    """What becomes of the slots that passed without running, for this reason where their owner gave none."""
    due = due_places(slots, pending, steering, now)
    reasons = _reasons(slots, due, steering)
    rows = _rows(slots, due, {place: reasons.get(place, reason) for place in due}, steering)
    return Expected(due.stop, None, 0, rows)


def count(slots: Slots, steering: Steering, expected: Expected) -> Counter[str]:
    """What became of how many occurrences, in the words of the summary."""
    counts = Counter[str]()
    if expected.run is not None:
        moved = steering.time(slots, expected.run) != slots.instants[expected.run]
        counts.update(executed=1, missed=expected.missed, moved=moved)
    for row in expected.rows:
        counts[WORDS[row.reason]] += row.count
    return counts


def due_places(slots: Slots, pending: int, steering: Steering, now: datetime) -> range:
    """The places from the pending one on whose occurrences have fallen due."""
    end = pending
    while end < len(slots) and steering.time(slots, end) <= now:
        end += 1
    return range(pending, end)


def _reasons(slots: Slots, due: range, steering: Steering) -> dict[int, str]:
    if not steering.excluded and not steering.changed:
        return {}
    found = {place: steering.reason_against(slots.local[place]) for place in due}
    return {place: reason for place, reason in found.items() if reason}


def _rows(slots: Slots, due: range, reasons: Mapping[int, str], steering: Steering) -> tuple[Row, ...]:
    if not reasons:
        return ()
    changed = [(place, steering.changed.get(slots.local[place])) for place in due]
    return tuple(rows_of(Judged(slots.instants[place], reasons.get(place), moved) for place, moved in changed))
