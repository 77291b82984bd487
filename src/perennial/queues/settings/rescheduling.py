"""Which occurrence is pending once an owner has changed a queue's schedule, and which stay skipped or moved."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Self

from perennial.core.errors import InvalidInput
from perennial.core.instants import instant
from perennial.core.states import QueueStatus
from perennial.queues.calendar.slots import Calendar
from perennial.queues.recurrence.columns import Queue, read_dates
from perennial.queues.recurrence.series import Series, due_run
from perennial.queues.settings._lost_changes import without_lost_changes
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

    @property
    def settles(self) -> bool:
        """Whether occurrences have fallen due that are to be settled by the old settings, as the new have others.

        So has a later end, where the old one has passed. A completed queue has none.
        """
        end = self.before.ends_at
        goes_on = end is not None and end <= self.now and end != self.after.ends_at
        has_others = goes_on or not self.is_same or self.before.excluded_dates != self.after.excluded_dates
        is_due = self.old.time(self.old.pending) <= self.now
        return has_others and is_due and self.before.status != QueueStatus.COMPLETED

    def kept(self) -> Series:
        """The new occurrences, where the owner gives no time: from the pending slot on, if it stays, else the next one.

        It stays where it is a slot still and lies ahead. Where some have fallen due, and others come by the new
        settings, it is the one that is left to a tick, if there is one; else the queue goes on after all of them.
        Raises InvalidInput if none is left.
        """
        series = (self._left_to_a_tick() or self._after_all_due()) if self.settles else self._from_pending()
        if series is None:
            raise InvalidInput("rule", f"The rule has no day within 100 years of {self.old.pending.date()}.")
        return series

    def at(self, time: datetime) -> Series:
        """The new occurrences, where the owner gives the time at which the queue runs next, a valid one.

        That is no wish if it runs then anyway. If it is the time to which an occurrence was moved, that occurrence is
        meant. Raises InvalidInput if the queue cannot run then.
        """
        kept = self.kept()
        if kept.first_time() == time:
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

        What cannot stay skipped or moved does not.
        """
        carried = {self.carried(one): time for one, time in self.old.changed.items()}
        changed = {one: time for one, time in carried.items() if one >= slot and one != forgotten}
        excluded = read_dates(self.after.excluded_dates)
        return without_lost_changes(
            Series(self.calendar, slot, excluded, changed, self.after.ends_at), self.after.cadence
        )

    @property
    def keeps_wall_times(self) -> bool:
        """Whether slots keep their wall times, and not their instants, as where a zone comes anew or is given up."""
        return bool(self.before.timezone) == bool(self.after.timezone)

    def carried(self, slot: datetime) -> datetime:
        """What a slot has become: its wall time stays in another zone, and its instant where there was or is none."""
        return slot if self.keeps_wall_times else self.calendar.slot_of(self.old.calendar.instant(slot))

    def was(self, slot: datetime) -> datetime:
        """The slot that has become this one, as `carried` has it."""
        return slot if self.keeps_wall_times else self.old.calendar.slot_of(self.calendar.instant(slot))

    def _from_pending(self) -> Series | None:
        """The new occurrences from the pending slot on, if it stays, else the next one; None: there is none."""
        slot = self.carried(self.old.pending)
        series = self._from_first(slot)
        if series is None or series.time(series.pending) > self.now:
            return series
        stays = self.is_same
        if self.old.changed.get(self.old.pending) and slot.date() in series.excluded:
            # It was moved away from a date that is excluded now: a tick writes its row at once, unless others are due.
            stays = (following := series.next(slot)) is None or series.time(following) > self.now
        return series if stays and series.pending == slot else self._from_after(series, self.now)

    def _after_all_due(self) -> Series | None:
        """The new occurrences after now, and after all that had fallen due before the change; None: there is none."""
        last = self.old.latest(self.now)
        slot = self.carried(last)
        series = self._from_first(slot)
        following = series and self._from_after(series, self.now)
        if following and following.pending == slot and self.calendar.instant(slot) == self.old.calendar.instant(last):
            return self._from_after(following, self.calendar.instant(slot))  # it had been moved to an earlier time
        return following

    def _from_first(self, slot: datetime) -> Series | None:
        """The new occurrences from this slot on, or from the rule's first day after it; None: it has none."""
        start = slot if self.calendar.contains(slot) else self.calendar.nearest(slot)[1]
        return self.beginning(start) if start is not None else None

    def _from_after(self, series: Series, time: datetime) -> Series | None:
        """Those of the new occurrences that fall due after this time, beyond the end too; None: there is none."""
        following = replace(series, ends_at=None).first_after(time)
        return self.beginning(following) if following is not None else None

    def _left_to_a_tick(self) -> Series | None:
        """The new occurrences from the one on that a tick was to run by now; None: it is not to run it any more.

        It is, if it runs by the new settings too, and these add none that the tick would find with it.
        """
        due = due_run(self.before, self.now)
        slot = self.carried(due) if due is not None else None
        if slot is None or not self.calendar.contains(slot) or slot.date() in read_dates(self.after.excluded_dates):
            return None
        series = self.beginning(slot)
        return series if self._adds_none(series) else None

    def _adds_none(self, series: Series) -> bool:
        """Whether all that a tick finds by now after the series' pending occurrence had fallen due before the change.

        What was not to run then is not to run now, for the same reason, and what was is. One that was moved past others
        has none before its time.
        """
        old, first = self.old, series.time(series.pending)
        found = takewhile(lambda slot: series.time(slot) <= self.now, series.from_pending())
        return all(
            old.has(was := self.was(slot))
            and old.time(old.pending) < old.time(was) <= self.now
            and old.reason_against(was) == series.reason_against(slot)
            for slot in found
            if series.time(slot) > first
        )
