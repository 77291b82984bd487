"""The occurrences of a queue, from its pending one on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from typing import NamedTuple, Self

from perennial.core.instants import LEAST
from perennial.core.states import Cadence, QueueStatus
from perennial.queues.calendar.days import Days, days_of
from perennial.queues.calendar.rules import every_days, parse_rule
from perennial.queues.calendar.slots import Calendar
from perennial.queues.calendar.zones import find_zone
from perennial.queues.recurrence.columns import ChangedOccurrences, Queue, read_changed, read_dates, read_slot
from perennial.queues.recurrence.reasons import EXCLUDED_DATE, SKIPPED_BY_OWNER


@lru_cache(1024)
def calendar_of(interval: int | None, rule: str | None, timezone: str | None) -> Calendar:
    """The calendar of these columns. Raises InvalidRule, UnknownZone."""
    days = parse_rule(rule) if rule is not None else every_days(interval or 0)
    return Calendar(days, find_zone(timezone) if timezone else UTC)


def pending_slot(queue: Queue) -> datetime:
    """The slot of the pending occurrence."""
    if queue.next_local_time is not None:
        return read_slot(queue.next_local_time)
    return queue.next_scheduled_time.astimezone(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Series:
    """The occurrences of a queue, by their slots. Each method takes a slot of the series, or gives one."""

    calendar: Calendar
    pending: datetime
    excluded: frozenset[date]
    changed: ChangedOccurrences
    ends_at: datetime | None

    @classmethod
    def of(cls, queue: Queue) -> Self:
        """The series of a queue as its columns have it."""
        return cls(
            calendar_of(queue.interval, queue.rule, queue.timezone),
            pending_slot(queue),
            read_dates(queue.excluded_dates),
            read_changed(queue.changed_occurrences),
            queue.ends_at,
        )

    def time(self, slot: datetime) -> datetime:
        """When the occurrence falls due: at the slot's instant, or when its owner moved it to."""
        return self.changed.get(slot) or self.calendar.instant(slot)

    def reason_against(self, slot: datetime) -> str | None:
        """Why the occurrence does not run, by its owner's will: EXCLUDED_DATE, SKIPPED_BY_OWNER; None: it runs."""
        if slot.date() in self.excluded:
            return EXCLUDED_DATE
        return SKIPPED_BY_OWNER if slot in self.changed and self.changed[slot] is None else None

    def excludes(self, time: datetime) -> bool:
        """Whether the local date of this time is excluded."""
        return bool(self.excluded) and self.calendar.slot_of(time).date() in self.excluded

    def next(self, slot: datetime) -> datetime | None:
        """The slot after this one; None if the series has ended by then."""
        return self._unless_ended(self.calendar.next(slot))

    def from_pending(self) -> Iterator[datetime]:
        """All slots from the pending one on, until the series ends."""
        return self.from_slot(self.pending)

    def from_slot(self, first: datetime) -> Iterator[datetime]:
        """All slots from this one on, until the series ends."""
        slot = self._unless_ended(first)
        while slot is not None:
            yield slot
            slot = self.next(slot)

    def first_running(self) -> datetime | None:
        """The first slot whose occurrence runs, by its owner's will; None if none does before the series ends."""
        if self.reason_against(self.pending) is None:
            return self._unless_ended(self.pending)
        return self._unless_ended(self.calendar.first_outside(self.pending, self.not_running))

    def first_time(self) -> datetime | None:
        """When the occurrence of `first_running` falls due; None if there is none."""
        first = self.first_running()
        return self.time(first) if first is not None else None

    def unless_excluded(self, slot: datetime | None) -> datetime | None:
        """The slot, or the first after it that no excluded date forbids; None if the series has ended by then."""
        if slot is None or slot.date() not in self.excluded:
            return slot
        return self._unless_ended(self.calendar.first_outside(slot, self.excluded_days))

    def first_after(self, now: datetime) -> datetime | None:
        """The first slot whose occurrence falls due after `now`; None if the series has ended by then."""
        slot = self.calendar.first_after(self.pending, now)
        if slot is not None and self.changed:
            while slot != self.pending and (before := self.calendar.previous(slot)) and self.time(before) > now:
                slot = before
            while slot is not None and self.time(slot) <= now:
                slot = self.calendar.next(slot)
        return self._unless_ended(slot)

    def latest(self, now: datetime) -> datetime:
        """The last slot whose occurrence has fallen due by `now`; that of the pending one has."""
        until = min(now, self.ends_at) if self.ends_at else now
        due = self.calendar.instant(self.pending) <= until
        slot = self.calendar.latest(self.pending, until) if due else self.pending
        if self.changed:
            while slot != self.pending and self.time(slot) > now and (before := self.calendar.previous(slot)):
                slot = before
            while (following := self.next(slot)) and self.time(following) <= now:
                slot = following
        return slot

    def slot_at(self, instant: datetime) -> datetime | None:
        """The slot from the pending one on whose instant this is; None if there is none."""
        if instant < self.calendar.instant(self.pending):
            return None
        slot = self._unless_ended(self.calendar.first_after(self.pending, instant - LEAST))
        return slot if slot is not None and self.calendar.instant(slot) == instant else None

    def has(self, slot: datetime) -> bool:
        """Whether this is a slot of the series: the pending one, or a later one."""
        if slot == self.pending:
            return True
        return self._unless_ended(slot) is not None and self.calendar.has(self.pending, slot)

    @property
    def excluded_days(self) -> Days:
        """The excluded dates."""
        return days_of(self.excluded)

    @cached_property
    def skipped_days(self) -> Days:
        """The days of the occurrences that the owner skipped."""
        return self._days_of(slot for slot, time in self.changed.items() if time is None)

    @cached_property
    def moved_days(self) -> Days:
        """The days, by their own slots, of the occurrences that the owner moved."""
        return self._days_of(slot for slot, time in self.changed.items() if time is not None)

    @cached_property
    def not_running(self) -> Days:
        """The days of the occurrences that do not run, by their owner's will."""
        return self.excluded_days | self.skipped_days if self.skipped_days else self.excluded_days

    def _days_of(self, slots: Iterable[datetime]) -> Days:
        return Days([slot.date() for slot in slots if slot.time() == self.pending.time()])

    def _unless_ended(self, slot: datetime | None) -> datetime | None:
        if slot is None or (self.ends_at and self.calendar.instant(slot) > self.ends_at):
            return None
        return slot


class NextRun(NamedTuple):
    """When a queue runs next, and the local time then; None without a zone."""

    time: datetime
    local_time: datetime | None


def next_run(queue: Queue) -> NextRun:
    """The first occurrence that runs by its owner's will. If none does, it is the pending one.

    The local time of a slot that the clock skips is the slot; that of one that was moved is the wall time then.
    """
    if not queue.excluded_dates and not queue.changed_occurrences:  # as nearly always
        local_time = queue.next_local_time if queue.timezone is not None else None
        return NextRun(queue.next_scheduled_time, read_slot(local_time) if local_time else None)
    series = Series.of(queue)
    slot = series.first_running() or series.pending
    moved = series.changed.get(slot)
    if queue.timezone is None:
        return NextRun(series.time(slot), None)
    return NextRun(series.time(slot), series.calendar.slot_of(moved) if moved else slot)


def due_run(queue: Queue, now: datetime) -> datetime | None:
    """The slot whose occurrence a tick has to run by now, by the owner's will; None: there is none.

    It is the latest that has fallen due, or the pending one where the others are counted from its run.
    """
    series = Series.of(queue)
    if queue.status != QueueStatus.ACTIVE or series.time(series.pending) > now:
        return None
    if queue.cadence == Cadence.AFTER_EXECUTION and series.reason_against(series.pending) is None:
        return series.pending
    slot = series.calendar.last_outside(series.latest(now), series.not_running)
    return slot if slot is not None and slot >= series.pending else None
