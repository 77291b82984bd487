"""What is left of occurrences that do not run where the ledger has some of them already.

Those ran before their time, to which their owner had moved them, and their time has come again by another schedule.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime

from perennial.queues.calendar.days import Days
from perennial.queues.recurrence.columns import Queue
from perennial.queues.recurrence.passing import NotRun
from perennial.queues.recurrence.series import Series


def without_recorded(
    queue: Queue, all_not_run: tuple[NotRun, ...], recorded: Collection[datetime]
) -> tuple[NotRun, ...]:
    """These occurrences of the queue, but for those whose instants are among `recorded`, the times of ledger rows.

    One that is left out ends a range, and the next one begins after it. Times that are no occurrences' change nothing.
    """
    if not recorded:  # as nearly always
        return all_not_run
    series = Series.of(queue)
    return tuple(left for one in all_not_run for left in _left(series, one, recorded))


def _left(series: Series, one: NotRun, recorded: Collection[datetime]) -> Iterator[NotRun]:
    """What is left of neighbouring occurrences."""
    times = [time for time in recorded if one.first <= time <= one.last]
    if not times or one.first == one.last:
        yield from () if times else (one,)
        return
    calendar, among = series.calendar, {one.first, one.last, *times}
    slots = sorted(slot for time in among if (slot := series.slot_at(time)) is not None)
    days = Days([slot.date() for slot in slots if calendar.instant(slot) in times])
    for left in calendar.stretches(slots[0], slots[-1], [days]):
        if left.place is None:
            yield replace(one, first=calendar.instant(left.first), last=calendar.instant(left.last), count=left.size)
