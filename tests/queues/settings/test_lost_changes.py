"""Moves that are lost with a neighbour's: whoever was moved past the own time of one that is moved no more."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from support.laws.calls import calls

from perennial.core.states import Cadence
from perennial.queues.recurrence.series import Series, calendar_of
from perennial.queues.settings._lost_changes import without_lost_changes

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST = datetime(2027, 3, 1, 9)  # noqa: DTZ001 - slots are naive
CALENDAR = calendar_of(1, None, "Europe/Berlin")


def chain(number: int) -> Series:
    """So many days in a row, each moved by more than a day but for the last: nothing of it is lost."""
    slots = [FIRST + day * DAY for day in range(number)]
    changed = {slot: CALENDAR.instant(slot) + 25 * HOUR for slot in slots[:-1]}
    return Series(CALENDAR, FIRST, frozenset(), {**changed, slots[-1]: CALENDAR.instant(slots[-1]) + 23 * HOUR}, None)


def with_last_excluded(series: Series) -> Series:
    return replace(series, excluded=frozenset({max(series.changed).date()}))


@pytest.mark.parametrize("number", [1, 2, 5])
def test_the_last_of_a_chain_takes_all_with_it(number: int) -> None:
    series = chain(number)
    assert without_lost_changes(series, Cadence.FIXED) == series
    assert without_lost_changes(with_last_excluded(series), Cadence.FIXED).changed == {}


def test_one_in_the_middle_takes_those_before_it_alone() -> None:
    series = chain(9)
    third = sorted(series.changed)[2]
    left = without_lost_changes(replace(series, excluded=frozenset({third.date()})), Cadence.FIXED)
    assert sorted(left.changed) == sorted(series.changed)[3:]


def test_a_long_chain_costs_as_much_for_each_as_a_short_one() -> None:
    long, short = (with_last_excluded(chain(number)) for number in (100, 10))
    cost_of_short = calls(lambda: without_lost_changes(short, Cadence.FIXED))
    assert calls(lambda: without_lost_changes(long, Cadence.FIXED)) <= 12 * cost_of_short
