"""What should become of the slots of a queue that have fallen due: the rules as a person would go through them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from simulation.calendar import Slots

RUN_LATEST, SKIP, RUN_IF_WITHIN = "run_latest", "skip", "run_if_within"
MISSED, PAUSED, EXCLUDED_DATE, SKIPPED_BY_OWNER = "MISSED", "PAUSED", "EXCLUDED_DATE", "SKIPPED_BY_OWNER"
USED_UP, SCHEDULE_CHANGED = "MAX_EXECUTIONS_REACHED", "SCHEDULE_CHANGED"
WORDS = {
    MISSED: "missed",
    PAUSED: "paused",
    EXCLUDED_DATE: "excluded",
    SKIPPED_BY_OWNER: "skipped",
    USED_UP: "skipped",
    SCHEDULE_CHANGED: "skipped",
}
MISSED_AFTER = timedelta(minutes=5)


@dataclass
class Steering:
    """What an owner said of single occurrences, and of missed ones."""

    policy: str = RUN_LATEST
    within: timedelta = timedelta()
    excluded: frozenset[date] = frozenset()
    changed: dict[datetime, datetime | None] = field(default_factory=dict)  # moved to, or None: skipped

    def time(self, slots: Slots, place: int) -> datetime:
        """When the occurrence falls due."""
        return self.changed.get(slots.local[place]) or slots.instants[place]

    def reason_against(self, slot: datetime) -> str | None:
        """Why the occurrence does not run; None: it may."""
        if slot.date() in self.excluded:
            return EXCLUDED_DATE
        return SKIPPED_BY_OWNER if slot in self.changed and self.changed[slot] is None else None


@dataclass(frozen=True)
class Row:
    """A row of the ledger that stands for occurrences that did not run; one that was moved has a row of its own."""

    first: datetime
    last: datetime
    count: int
    reason: str
    moved_to: datetime | None = None


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
    runs = bool(may_run) and _runs(steering, now - steering.time(slots, may_run[-1]))
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


def _runs(steering: Steering, late: timedelta) -> bool:
    if late <= MISSED_AFTER or steering.policy == RUN_LATEST:
        return True
    return steering.policy == RUN_IF_WITHIN and late <= steering.within


def _rows(slots: Slots, due: range, reasons: Mapping[int, str], steering: Steering) -> tuple[Row, ...]:
    if not reasons:
        return ()
    moved = {place: steering.changed.get(slots.local[place]) for place in due}
    groups = groupby(due, lambda place: (reasons.get(place), place if moved[place] else None))
    found = [(reason, list(places)) for (reason, _), places in groups]
    return tuple(
        Row(slots.instants[places[0]], slots.instants[places[-1]], len(places), reason, moved[places[0]])
        for reason, places in found
        if reason
    )
