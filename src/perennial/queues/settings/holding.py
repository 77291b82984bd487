"""What stays skipped or moved of a queue's occurrences once these are others."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from perennial.core.states import Cadence
from perennial.queues.recurrence.ahead import Neighbours
from perennial.queues.recurrence.columns import ChangedOccurrences
from perennial.queues.recurrence.series import Series


def holding(series: Series, cadence: Cadence) -> Series:
    """The series without what cannot stay skipped or moved: no occurrences, and moves past a neighbour.

    Nor does one stay moved away from a date that is excluded: it does not run. One that is counted from the last
    execution has no neighbours, and is the only one that is known.
    """
    changed = series.changed
    away = {one for one, to in changed.items() if to and one.date() in series.excluded and not series.excludes(to)}
    series = replace(series, changed=_without(changed, away))
    if cadence == Cadence.AFTER_EXECUTION:
        return replace(series, changed={one: time for one, time in series.changed.items() if one == series.pending})
    while lost := {one for one in series.changed if not _holds(series, one)}:
        series = replace(series, changed=_without(series.changed, lost))
    return series


def _without(changed: ChangedOccurrences, lost: Collection[datetime]) -> ChangedOccurrences:
    return {one: time for one, time in changed.items() if one not in lost}


def _holds(series: Series, slot: datetime) -> bool:
    """Whether this is an occurrence of the series, between its neighbours if it is moved."""
    if series.changed[slot] is None or not series.has(slot):
        return series.has(slot)
    before = series.calendar.previous(slot) if slot != series.pending else None
    return Neighbours.at(series, before, series.calendar.next(slot)).have_between(series.time(slot))
