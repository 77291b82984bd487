"""What holds for every rule in every zone."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from support.laws.calendars import calendars, first_slot, times_of_day, walk, wall, wall_times, zones

from perennial.queues.calendar.rules import every_days, parse_rule
from perennial.queues.calendar.slots import Calendar

DAY = timedelta(days=1)
fractions = st.integers(0, 999).map(lambda thousandths: thousandths / 1_000)


@given(calendars, wall_times)
def test_the_next_slot_is_later_and_its_previous_one_is_this(calendar: Calendar, wall_time: datetime) -> None:
    slot = first_slot(calendar, wall_time)
    for following in walk(calendar, slot, 12):
        previous = calendar.previous(following)
        assert calendar.instant(slot) < calendar.instant(following)
        assert calendar.contains(following)
        assert following.time() == slot.time()
        assert previous
        # Where a zone has skipped a day, a series may begin with the second of two slots that are one.
        assert previous == slot or calendar.instant(previous) == calendar.instant(slot)
        slot = following


@given(zones, times_of_day, st.integers(1970, 2100))
def test_every_local_day_has_its_slot_exactly_once(zone: ZoneInfo, time: timedelta, year: int) -> None:
    calendar = Calendar(every_days(1), zone)
    slots = [wall(f"{year}-01-01") + time]
    slots += walk(calendar, slots[0], 400)
    for slot, following in pairwise(slots):
        days = [slot + number * DAY for number in range(1, (following - slot).days)]
        # The day that is left out is the one that follows a lost day, whose slot is at its own time.
        assert all(calendar.slot_of(calendar.instant(slot)) == day for day in days)
        assert len(days) <= 1
    local = [calendar.slot_of(calendar.instant(slot)) for slot in slots]
    assert all(timedelta() <= moved - slot <= DAY for slot, moved in zip(slots, local, strict=True))
    assert all(moved.time() == slot.time() or _is_skipped(zone, slot) for slot, moved in zip(slots, local, strict=True))


@given(st.integers(1, 3_650), wall_times | st.just(wall("9998-12-01 09:00")))
def test_plain_days_without_a_zone_are_those_of_a_zone_that_never_changes(days: int, slot: datetime) -> None:
    assert Calendar(every_days(days), UTC).next(slot) == Calendar(every_days(days), ZoneInfo("Etc/UTC")).next(slot)


def _is_skipped(zone: ZoneInfo, slot: datetime) -> bool:
    """Whether the zone's clock never shows this wall time."""
    return slot.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != slot


@given(calendars, wall_times, st.integers(0, 30), fractions)
def test_latest_first_after_and_count_agree_with_single_steps(
    calendar: Calendar, wall_time: datetime, steps: int, fraction: float
) -> None:
    first = first_slot(calendar, wall_time)
    slots = [first, *walk(calendar, first, steps)]
    last, following = slots[-1], calendar.next(slots[-1])
    begun, ended = calendar.instant(last), calendar.instant(following or last + DAY)
    for now in (begun, begun + fraction * (ended - begun), ended - datetime.resolution):
        assert calendar.latest(first, now) == last
        assert calendar.first_after(first, now) == following
    assert calendar.first_after(first, begun - datetime.resolution) == last
    assert [calendar.count(first, slot) for slot in slots] == list(range(1, len(slots) + 1))
    assert calendar.count(last, last) == 1


@given(calendars, wall_times, st.integers(1, 10_000))
def test_a_series_has_no_slot_before_the_one_that_is_given(calendar: Calendar, wall_time: datetime, early: int) -> None:
    slot = first_slot(calendar, wall_time)
    assert calendar.first_after(slot, calendar.instant(slot) - timedelta(hours=early)) == slot


@given(calendars, wall_times)
def test_nothing_between_the_nearest_slots_is_one(calendar: Calendar, wall_time: datetime) -> None:
    before, after = calendar.nearest(wall_time)
    begun, ended = before or wall_time - 40 * DAY, after or wall_time + 40 * DAY
    assert begun < wall_time < ended
    days = [begun + number * DAY for number in range(1, min((ended - begun).days, 2_000))]
    assert not any(calendar.contains(day) for day in days if day != wall_time)
    assert all(calendar.contains(slot) for slot in (before, after) if slot)


@given(calendars, wall_times)
def test_an_instant_is_its_wall_time_unless_that_is_shown_for_the_second_time(
    calendar: Calendar, wall_time: datetime
) -> None:
    instant = wall_time.replace(tzinfo=UTC)
    again = calendar.instant(calendar.slot_of(instant))
    assert (again == instant) is not calendar.is_second_of_two(instant)
    assert again <= instant


@given(zones, wall_times)
def test_the_time_of_day_is_the_same_after_ten_years_of_months(zone: ZoneInfo, wall_time: datetime) -> None:
    calendar = Calendar(parse_rule("FREQ=MONTHLY;BYMONTHDAY=-1"), zone)
    slots = walk(calendar, wall_time, 120)
    assert {slot.time() for slot in slots} == {wall_time.time()}
    assert all((slot + DAY).day == 1 for slot in slots)
