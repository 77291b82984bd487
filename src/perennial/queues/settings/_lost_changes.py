"""What stays skipped or moved of a queue's occurrences once these are others."""

from dataclasses import replace
from datetime import datetime

from perennial.core.states import Cadence
from perennial.queues.recurrence.ahead import Neighbours
from perennial.queues.recurrence.series import Series


def without_lost_changes(series: Series, cadence: Cadence) -> Series:
    """The series without what cannot stay skipped or moved: no occurrences, and moves past a neighbour.

    Nor does one stay moved away from a date that is excluded: it does not run. One that is counted from the last
    execution has no neighbours, and is the only one that is known.
    """
    changed = {one: to for one, to in series.changed.items() if not _is_away(series, one, to)}
    if cadence == Cadence.AFTER_EXECUTION:
        return replace(series, changed={one: to for one, to in changed.items() if one == series.pending})
    series, unsure = replace(series, changed=changed), sorted(changed)
    while unsure:
        slot = unsure.pop()
        if slot in changed and not _holds(series, slot):
            del changed[slot]  # those beside it may have been moved past its own time
            unsure += filter(None, [series.calendar.previous(slot), series.calendar.next(slot)])
    return series


def _is_away(series: Series, slot: datetime, to: datetime | None) -> bool:
    """Whether the occurrence was moved away from a date that is excluded."""
    return to is not None and slot.date() in series.excluded and not series.excludes(to)


def _holds(series: Series, slot: datetime) -> bool:
    """Whether this is an occurrence of the series, between its neighbours if it is moved."""
    if series.changed[slot] is None or not series.has(slot):
        return series.has(slot)
    before = series.calendar.previous(slot) if slot != series.pending else None
    return Neighbours.at(series, before, series.calendar.next(slot)).have_between(series.time(slot))
