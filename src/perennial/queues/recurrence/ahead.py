"""The occurrences of a queue that its owner can still change, and the times that each has to lie between."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

from perennial.core.states import Cadence, QueueStatus
from perennial.queues.calendar.days import Days
from perennial.queues.recurrence.columns import Queue
from perennial.queues.recurrence.reasons import EXCLUDED_DATE
from perennial.queues.recurrence.series import Series

_Step = Callable[[datetime], datetime | None]
_Outside = Callable[[datetime, Days], datetime | None]


class Neighbours(NamedTuple):
    """When the occurrences before and after one fall due; None: nobody is there whose order could be changed."""

    before: datetime | None
    after: datetime | None

    @classmethod
    def at(cls, series: Series, before: datetime | None, after: datetime | None) -> Self:
        """Those that have these slots."""
        return cls(before and series.time(before), after and series.time(after))

    def have_between(self, time: datetime) -> bool:
        """Whether an occurrence that falls due then lies between them."""
        return (self.before is None or self.before < time) and (self.after is None or time < self.after)


@dataclass(frozen=True)
class Ahead:
    """The occurrences from the slot `first` on, until the last that is not later than `until`; without a first, none.

    Where occurrences are counted from the last execution, the pending one is the only one that is known.
    """

    series: Series
    first: datetime | None
    until: datetime
    is_one: bool

    @classmethod
    def of(cls, queue: Queue, now: datetime, until: datetime) -> Self:
        """Those of a queue at `now`.

        A tick that has not come yet runs an active queue's pending occurrence, however late. What falls due of a
        paused queue has passed.
        """
        series = Series.of(queue)
        has_passed = queue.status == QueueStatus.PAUSED and queue.next_scheduled_time <= now
        first = series.first_after(now) if has_passed else next(series.from_pending(), None)
        is_one = queue.cadence == Cadence.AFTER_EXECUTION
        if is_one and first != series.pending:
            first = None
        until = min(until, series.ends_at) if series.ends_at else until
        return cls(series, first, until, is_one)

    def slot_of(self, scheduled_time: datetime) -> datetime | None:
        """The slot of the occurrence that has this name; None if there is none that runs, or is skipped."""
        slot = self.series.slot_at(scheduled_time)
        if slot is None or self.first is None or slot < self.first or scheduled_time > self.until:
            return None
        if (self.is_one and slot != self.first) or self.series.reason_against(slot) == EXCLUDED_DATE:
            return None
        return slot

    def neighbours(self, slot: datetime) -> Neighbours:
        """The times of the two beside this one, whether they run or not.

        The only one stays less than an interval before its own time: as the next is counted from when it runs, that one
        would otherwise come to the name of this one, which is in the ledger by then.
        """
        before = self.series.calendar.previous(slot) if slot != self.first or self.is_one else None
        after = None if self.is_one else self.series.next(slot)
        return Neighbours.at(self.series, before, after)

    def nearest(self, time: datetime) -> list[datetime]:
        """The names of the two occurrences that are nearest to this time, in their order; fewer if there are fewer."""
        calendar, first, time = self.series.calendar, self.first, min(time, self.until)
        if first is None or self.is_one:
            return [calendar.instant(first)] if first else []
        last = calendar.latest(first, time) if calendar.instant(first) <= time else None
        following = calendar.first_after(first, time)
        slots = [
            *self._two(last, calendar.previous, calendar.last_outside),
            *self._two(following, calendar.next, calendar.first_outside),
        ]
        nearest = sorted(map(calendar.instant, slots), key=lambda one: abs(one - time))[:2]
        return sorted(nearest)

    def _two(self, slot: datetime | None, step: _Step, outside: _Outside) -> list[datetime]:
        """The first two from this slot on, in one direction, that no excluded date forbids."""
        found: list[datetime] = []
        while slot is not None and self.first is not None and len(found) < 2:
            slot = outside(slot, self.series.excluded_days)
            if slot is None or slot < self.first or self.series.calendar.instant(slot) > self.until:
                break
            found.append(slot)
            slot = step(slot)
        return found
