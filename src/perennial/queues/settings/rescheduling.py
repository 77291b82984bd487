"""Which occurrence is pending once an owner has changed a queue's schedule, and which stay skipped or moved."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from perennial.core.errors import InvalidInput
from perennial.core.instants import instant
from perennial.core.states import Cadence, QueueStatus
from perennial.queues.calendar.slots import Calendar
from perennial.queues.recurrence.columns import Changed, Queue, read_dates
from perennial.queues.recurrence.series import Series
from perennial.queues.settings.slots_given import (
    START,
    check_runs,
    checked_calendar,
    slot_given,
    slot_moved_to,
)


@dataclass(frozen=True)
class Rescheduling:
    """A queue before a change of its schedule at `now`, and with its new settings.

    `old` are its occurrences as they were, `calendar` and the columns of `after` say which they are from now on.
    """

    before: Queue
    after: Queue
    old: Series
    calendar: Calendar
    now: datetime

    @classmethod
    def of(cls, before: Queue, after: Queue, now: datetime) -> Self:
        """`after` is the queue with its new settings. Raises InvalidInput if there is no such rule or zone."""
        return cls(before, after, Series.of(before), checked_calendar(after), now)

    @property
    def is_same(self) -> bool:
        """Whether rule, interval and zone stay."""
        return self.calendar == self.old.calendar and self.before.timezone == self.after.timezone

    def kept(self) -> Series:
        """The new occurrences, where the owner gives no time: from the pending slot on, if it stays, else the next one.

        It stays where it is a slot still, and lies ahead or `_stays_though_due`. Raises InvalidInput if none is left.
        """
        slot = self.carried(self.old.pending)
        start = slot if self.calendar.contains(slot) else self.calendar.nearest(slot)[1]
        if start is not None:
            series = self.beginning(start)
            stays = start == slot and (self._stays_though_due() or self._is_excluded_since(series))
            if stays or series.time(start) > self.now:
                return series
            if (following := replace(series, ends_at=None).first_after(self.now)) is not None:
                return self.beginning(following)
        raise InvalidInput("rule", f"The rule has no day within 100 years of {slot.date()}.")

    def at(self, time: datetime) -> Series:
        """The new occurrences, where the owner gives the time at which the queue runs next.

        That is no wish if it runs then anyway. If it is the time to which an occurrence was moved, that occurrence is
        meant. Raises InvalidInput if the queue cannot run then.
        """
        kept = self.kept()
        if (first := kept.first_running()) and kept.time(first) == time:
            return kept
        moved = slot_moved_to(self.old, time)
        if moved is not None:
            series = self.beginning(slot := self.carried(moved))
            if not self.calendar.contains(slot) or series.time(slot) != time:
                name = instant(self.old.calendar.instant(moved))
                raise InvalidInput(
                    START,
                    f"The occurrence of {name} was moved to {instant(time)}, and cannot stay there by the new "
                    "settings: leave the time out, or choose another.",
                )
        else:
            is_in_zone = self.before.timezone == self.after.timezone
            slot = slot_given(self.calendar, time, self.now, self.old if is_in_zone else None)
            series = self.beginning(slot, slot)
        check_runs(series)
        return series

    def beginning(self, slot: datetime, forgotten: datetime | None = None) -> Series:
        """The new occurrences from this slot on, with what the owner did with them, but for the one that is forgotten.

        Times stay in their order: nothing else stays than what is an occurrence, between its neighbours if it is moved.
        Nor does one stay moved away from a date that is excluded: it does not run.
        """
        carried = {self.carried(one): time for one, time in self.old.changed.items()}
        changed = {one: time for one, time in carried.items() if one >= slot and one != forgotten}
        excluded = read_dates(self.after.excluded_dates)
        series = Series(self.calendar, slot, excluded, changed, self.after.ends_at)
        away = [one for one, to in changed.items() if to and one.date() in excluded and not series.excludes(to)]
        return self._holding(replace(series, changed=_without(changed, away)))

    def carried(self, slot: datetime) -> datetime:
        """What a slot has become: its wall time stays in another zone, and its instant where there was or is none."""
        if self.before.timezone == self.after.timezone or (self.before.timezone and self.after.timezone):
            return slot
        return self.calendar.slot_of(self.old.calendar.instant(slot))

    def goes_on_with(self, series: Series) -> datetime | None:
        """The old slot whose occurrence is the new series' pending one; None: that is another occurrence.

        What fell due of a paused queue has passed, unless its owner gives it another time.
        """
        if self.is_same:
            return series.pending if self.old.has(series.pending) else None
        is_kept = self.before.status == QueueStatus.ACTIVE and series.pending == self.carried(self.old.pending)
        return self.old.pending if is_kept else None

    def given_up(self, series: Series) -> datetime | None:
        """When the occurrence fell due that the next tick would have run, and now does not run; None: there is none."""
        first, kept = self.old.first_running(), self.goes_on_with(series)
        if self.before.status != QueueStatus.ACTIVE or first is None or (kept is not None and kept <= first):
            return None
        return time if (time := self.old.time(first)) <= self.now else None

    def dropped(self, series: Series, *, is_given: bool) -> list[datetime]:
        """The names, as they were, of the occurrences ahead that were skipped or moved and no longer are.

        Where the owner has `given` the time at which the queue runs next, they know of the one that was to run next,
        and of the one that runs then.
        """
        shown = self.old.first_running() if is_given else None
        return [
            self.old.calendar.instant(slot)
            for slot in sorted(self.old.changed)
            if self.old.time(slot) > self.now
            and (one := self.carried(slot)) not in series.changed
            and not (is_given and (slot == shown or one == series.pending))
        ]

    def _holding(self, series: Series) -> Series:
        """The series without what cannot stay skipped or moved: no occurrences, and moves past a neighbour.

        One that is counted from the last execution has no neighbours, and is the only one that is known.
        """
        if self.after.cadence == Cadence.AFTER_EXECUTION:
            return replace(series, changed={one: time for one, time in series.changed.items() if one == series.pending})
        while lost := [one for one in series.changed if not _holds(series, one)]:
            series = replace(series, changed=_without(series.changed, lost))
        return series

    def _stays_though_due(self) -> bool:
        """Whether a pending occurrence that has fallen due is the next tick's still, or of the pause that it fell into.

        A new interval moves none. Nor does a new rule or zone give up what a tick was about to run.
        """
        was_due = self.before.next_scheduled_time <= self.now
        has_rule = self.after.rule is not None or self.before.rule is not None
        moves_none = self.is_same or not (has_rule or self.before.timezone != self.after.timezone)
        return was_due and (moves_none or self.before.status == QueueStatus.ACTIVE)

    def _is_excluded_since(self, series: Series) -> bool:
        """Whether the pending occurrence was moved away from a date that is excluded now: its row says so at once."""
        return self.old.changed.get(self.old.pending) is not None and series.pending.date() in series.excluded


def _without(changed: Changed, lost: Iterable[datetime]) -> Changed:
    return {one: time for one, time in changed.items() if one not in set(lost)}


def _holds(series: Series, slot: datetime) -> bool:
    """Whether this is an occurrence of the series, between its neighbours if it is moved."""
    if series.changed[slot] is None or not series.has(slot):
        return series.has(slot)
    time = series.time(slot)
    before = series.calendar.previous(slot) if slot != series.pending else None
    after = series.calendar.next(slot)
    return (before is None or series.time(before) < time) and (after is None or time < series.time(after))
