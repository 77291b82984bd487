"""Many days at once: what is computed with sets of days is what single steps find, in every zone."""

from datetime import date, datetime, timedelta
from itertools import groupby

from hypothesis import example, given
from hypothesis import strategies as st
from support.laws.calendars import calendars, first_slot, walk, wall, wall_times

from perennial.queues.calendar.days import Days
from perennial.queues.calendar.rules import every_days
from perennial.queues.calendar.slots import Calendar
from perennial.queues.calendar.zones import find_zone

APIA = Calendar(every_days(1), find_zone("Pacific/Apia"))  # which had no 30 December 2011
BEFORE = wall("2011-12-28 09:00")
places = st.lists(st.integers(0, 40), max_size=40).map(frozenset)


def dates(slots: list[datetime], chosen: frozenset[int]) -> list[date]:
    """The days of the slots at these places, and of the days after them."""
    days = [slot.date() for place, slot in enumerate(slots) if place in chosen]
    return days + [day + timedelta(days=1) for day in days[::3]]


@given(calendars, wall_times, places)
@example(APIA, BEFORE, frozenset([0, 1, 2]))
@example(APIA, BEFORE, frozenset([0, 1, 3]))
@example(APIA, BEFORE, frozenset(range(40)))
def test_the_first_slot_outside_of_a_set_is_the_one_that_steps_come_to(
    calendar: Calendar, wall_time: datetime, chosen: frozenset[int]
) -> None:
    first = first_slot(calendar, wall_time)
    slots = [first, *walk(calendar, first, 45)]
    without = dates(slots, chosen)
    stepped: datetime | None = first
    while stepped is not None and stepped.date() in without:
        stepped = calendar.next(stepped)
    assert calendar.first_outside(first, Days(without)) == stepped


@given(calendars, wall_times, places)
@example(APIA, BEFORE, frozenset([1, 2, 3]))
def test_the_last_slot_outside_of_a_set_is_the_one_that_steps_back_come_to(
    calendar: Calendar, wall_time: datetime, chosen: frozenset[int]
) -> None:
    first = first_slot(calendar, wall_time)
    slots = [first, *walk(calendar, first, 45)]
    without = dates(slots, chosen)
    stepped: datetime | None = slots[-1]
    while stepped is not None and stepped.date() in without:
        stepped = calendar.previous(stepped)
    assert calendar.last_outside(slots[-1], Days(without)) == stepped


@given(calendars, wall_times, places, places)
@example(APIA, BEFORE, frozenset([1, 2]), frozenset([0, 3]))
@example(APIA, BEFORE, frozenset([3]), frozenset([2]))
def test_stretches_are_the_slots_in_order_and_together_by_their_sets(
    calendar: Calendar, wall_time: datetime, one: frozenset[int], other: frozenset[int]
) -> None:
    first = first_slot(calendar, wall_time)
    slots = [first, *walk(calendar, first, 40)]
    chosen = dates(slots, one), dates(slots, other)

    def place(slot: datetime) -> int | None:
        return next((number for number, days in enumerate(chosen) if slot.date() in days), None)

    expected = [(key, list(same)) for key, same in groupby(slots, place)]
    found = list(calendar.stretches(first, slots[-1], [Days(days) for days in chosen]))
    assert [(each.first, each.last, each.size, each.place) for each in found] == [
        (same[0], same[-1], len(same), key) for key, same in expected
    ]
    left = [slot for slot in slots if place(slot) is None]
    assert calendar.count(first, slots[-1], Days(chosen[0]) | Days(chosen[1])) == len(left)


@given(calendars, wall_times)
@example(APIA, BEFORE)
def test_a_series_has_its_later_slots_and_no_others(calendar: Calendar, wall_time: datetime) -> None:
    first = first_slot(calendar, wall_time)
    later = walk(calendar, first, 10)
    last = later[-1] if later else first  # none follows within a hundred years
    days = [first + number * timedelta(days=1) for number in range(-3, min((last - first).days, 800) + 1)]
    assert [day for day in days if calendar.has(first, day)] == [slot for slot in later if slot in days]
    assert all(calendar.has(first, slot) for slot in later)
    assert not any(calendar.has(first, slot + timedelta(minutes=1)) for slot in later)
