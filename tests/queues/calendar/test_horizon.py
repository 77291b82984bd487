"""A search ends after a hundred years, and its length is the same at any age of a series and for any rule."""

from datetime import UTC, timedelta

import pytest
from support.laws.calendars import WORKDAYS, first_slot, wall
from support.laws.calls import calls

from perennial.queues.calendar.rules import every_days, parse_rule
from perennial.queues.calendar.slots import Calendar
from perennial.queues.calendar.zones import find_zone

BERLIN = find_zone("Europe/Berlin")
LEAP_DAY = wall("2028-02-29 09:00")
CENTURY = 36_525 * timedelta(days=1)

USUAL = [
    "FREQ=DAILY;INTERVAL=7",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=SU",
    "FREQ=WEEKLY;BYMONTH=1;BYDAY=SU",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYDAY=-1FR",
    f"FREQ=MONTHLY;BYDAY={WORKDAYS};BYSETPOS=-1",
    "FREQ=MONTHLY;INTERVAL=7;BYMONTHDAY=31",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
]
# Rules whose intervals and days meet seldom, or never within a hundred years of their first slot.
SELDOM = [
    "FREQ=DAILY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=DAILY;INTERVAL=366;BYMONTH=2;BYMONTHDAY=29;BYDAY=TU",
    "FREQ=WEEKLY;INTERVAL=1000;BYMONTH=2;BYDAY=TU",
    "FREQ=MONTHLY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;INTERVAL=7;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;INTERVAL=99;BYMONTH=2;BYMONTHDAY=29",
]


@pytest.mark.parametrize("rule", USUAL)
def test_the_next_slot_is_as_near_after_a_hundred_years_as_at_the_start(rule: str) -> None:
    calendar, plain = Calendar(parse_rule(rule), BERLIN), Calendar(every_days(1), BERLIN)
    young = first_slot(calendar, wall("2027-01-01 09:00"))
    old = calendar.latest(young, calendar.instant(young + CENTURY))
    assert old > young + CENTURY * 0.9
    limit = 10 * calls(lambda: plain.next(young))
    assert calls(lambda: calendar.next(young)) <= limit
    assert calls(lambda: calendar.next(old)) <= limit
    assert calls(lambda: calendar.previous(old)) <= limit


@pytest.mark.parametrize("rule", SELDOM)
def test_no_search_is_longer_than_its_years(rule: str) -> None:
    calendar = Calendar(parse_rule(rule), BERLIN)
    now = calendar.instant(LEAP_DAY + CENTURY)
    limit = 101 * 12  # a dozen calls a year
    assert calls(lambda: calendar.next(LEAP_DAY)) <= limit
    assert calls(lambda: calendar.previous(LEAP_DAY)) <= limit
    assert calls(lambda: calendar.nearest(LEAP_DAY)) <= 2 * limit
    assert calls(lambda: calendar.latest(LEAP_DAY, now)) <= limit
    assert calls(lambda: calendar.first_after(LEAP_DAY, now)) <= 2 * limit
    assert calls(lambda: calendar.count(LEAP_DAY, LEAP_DAY + CENTURY)) <= limit


def test_a_slot_a_hundred_years_away_is_found() -> None:
    calendar = Calendar(parse_rule("FREQ=YEARLY;INTERVAL=100"), UTC)
    for day, following in (("2027-03-24", "2127-03-24"), ("2028-02-29", "2128-02-29"), ("2300-03-01", "2400-03-01")):
        assert calendar.next(wall(day)) == wall(following)
        assert calendar.previous(wall(following)) == wall(day)


def test_a_slot_that_is_farther_away_is_not() -> None:
    leap_days = Calendar(parse_rule("FREQ=YEARLY;INTERVAL=100"), UTC)
    assert leap_days.next(wall("2000-02-29")) is None  # the next leap year of them is 2400
    assert leap_days.previous(wall("2400-02-29")) is None
    mondays = Calendar(parse_rule("FREQ=YEARLY;INTERVAL=100;BYMONTH=3;BYDAY=1MO"), UTC)
    assert mondays.next(wall("2027-03-01")) is None  # 3 March 2127 is a hundred years and two days ahead
    assert mondays.previous(wall("2127-03-03")) is None


def test_what_is_not_met_within_a_hundred_years_is_none() -> None:
    calendar = Calendar(parse_rule("FREQ=DAILY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=29"), UTC)
    assert calendar.next(LEAP_DAY) is calendar.previous(LEAP_DAY) is None
    assert calendar.first_after(LEAP_DAY, LEAP_DAY.replace(tzinfo=UTC)) is None
    assert calendar.latest(LEAP_DAY, (LEAP_DAY + CENTURY).replace(tzinfo=UTC)) == LEAP_DAY
    assert calendar.count(LEAP_DAY, LEAP_DAY) == 1


def test_all_slots_of_a_century_are_counted() -> None:
    calendar = Calendar(every_days(1), find_zone("Pacific/Apia"))
    first, last = wall("1975-01-01 09:00"), wall("2075-01-01 09:00")
    assert calendar.count(first, last) == (last - first).days  # and 1, and less the day that was lost


def test_a_slot_that_has_not_come_has_no_latest() -> None:
    calendar = Calendar(every_days(1), UTC)
    with pytest.raises(ValueError, match="has not come"):
        calendar.latest(LEAP_DAY, (LEAP_DAY - timedelta(milliseconds=1)).replace(tzinfo=UTC))


@pytest.mark.parametrize("zone", ["Pacific/Honolulu", "Pacific/Kiritimati", "UTC"])
def test_the_end_of_time_is_no_error(zone: str) -> None:
    calendar, end = Calendar(every_days(1), find_zone(zone)), wall("9999-12-31 23:59:59.999999")
    for slot in (end, end - timedelta(days=1), wall("9998-12-31 23:59")):
        instant = calendar.instant(slot)
        assert calendar.next(slot) is None
        assert calendar.previous(slot) is not None
        assert calendar.nearest(slot)[1] is None
        assert calendar.slot_of(instant) <= end
        assert calendar.latest(LEAP_DAY, instant) <= slot
        assert not calendar.is_second_of_two(instant)
    assert calendar.slot_of(end.replace(tzinfo=UTC)) <= end
    assert calendar.first_after(LEAP_DAY, end.replace(tzinfo=UTC)) is None
