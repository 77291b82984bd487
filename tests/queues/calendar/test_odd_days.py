"""What happens on the days on which clocks are changed, zone by zone: a table of cases by hand."""

from datetime import UTC, datetime

import pytest
from support.laws.calendars import walk, wall

from perennial.queues.calendar.rules import every_days, parse_rule
from perennial.queues.calendar.slots import Calendar
from perennial.queues.calendar.zones import find_zone

# Each row: the zone, the time of day, and slots that follow each other daily, with the instants at which they are.
DAYS = {
    "half an hour east of a full hour": (
        "Asia/Kolkata",
        {"2027-03-24 09:00": "2027-03-24 03:30", "2027-03-25 09:00": "2027-03-25 03:30"},
    ),
    "three quarters of an hour": (
        "Asia/Kathmandu",
        {"2027-03-24 09:00": "2027-03-24 03:15", "2027-03-25 09:00": "2027-03-25 03:15"},
    ),
    "the clock goes from 02:00 to 03:00": (
        "America/New_York",
        {
            "2027-03-13 02:30": "2027-03-13 07:30",
            "2027-03-14 02:30": "2027-03-14 07:30",  # 03:30
            "2027-03-15 02:30": "2027-03-15 06:30",
        },
    ),
    "the clock goes from 02:00 back to 01:00": (
        "America/New_York",
        {
            "2027-11-06 01:30": "2027-11-06 05:30",
            "2027-11-07 01:30": "2027-11-07 05:30",
            "2027-11-08 01:30": "2027-11-08 06:30",
        },
    ),
    "nine o'clock stays nine o'clock": (
        "Europe/Berlin",
        {
            "2027-03-27 09:00": "2027-03-27 08:00",
            "2027-03-28 09:00": "2027-03-28 07:00",
            "2027-03-29 09:00": "2027-03-29 07:00",
        },
    ),
    "the clock goes from 01:00 to 03:00": (
        "Antarctica/Troll",
        {
            "2027-03-27 02:30": "2027-03-27 02:30",
            "2027-03-28 02:30": "2027-03-28 02:30",  # 04:30
            "2027-03-29 02:30": "2027-03-29 00:30",
        },
    ),
    "Chatham's clock goes from 02:45 to 03:45": (
        "Pacific/Chatham",
        {
            "2027-09-25 03:00": "2027-09-24 14:15",
            "2027-09-26 03:00": "2027-09-25 14:15",  # 04:00
            "2027-09-27 03:00": "2027-09-26 13:15",
        },
    ),
    "Chatham's clock goes from 03:45 back to 02:45": (
        "Pacific/Chatham",
        {"2027-04-04 03:00": "2027-04-03 13:15", "2027-04-05 03:00": "2027-04-04 14:15"},
    ),
    "Lord Howe's clock goes from 02:00 to 02:30": (
        "Australia/Lord_Howe",
        {
            "2027-10-02 02:15": "2027-10-01 15:45",
            "2027-10-03 02:15": "2027-10-02 15:45",  # 02:45
            "2027-10-04 02:15": "2027-10-03 15:15",
        },
    ),
    "Lord Howe's clock goes from 02:00 back to 01:30": (
        "Australia/Lord_Howe",
        {
            "2027-04-03 01:45": "2027-04-02 14:45",
            "2027-04-04 01:45": "2027-04-03 14:45",
            "2027-04-05 01:45": "2027-04-04 15:15",
        },
    ),
    "São Paulo's day has no midnight": (
        "America/Sao_Paulo",
        {
            "2018-11-03 00:00": "2018-11-03 03:00",
            "2018-11-04 00:00": "2018-11-04 03:00",  # 01:00
            "2018-11-05 00:00": "2018-11-05 02:00",
        },
    ),
    "São Paulo's day ends twice": (
        "America/Sao_Paulo",
        {
            "2018-02-16 23:30": "2018-02-17 01:30",
            "2018-02-17 23:30": "2018-02-18 01:30",
            "2018-02-18 23:30": "2018-02-19 02:30",
        },
    ),
    "Casablanca's clock goes back for Ramadan": (
        "Africa/Casablanca",
        {
            "2025-02-22 02:30": "2025-02-22 01:30",
            "2025-02-23 02:30": "2025-02-23 01:30",
            "2025-02-24 02:30": "2025-02-24 02:30",
        },
    ),
    "Casablanca's clock goes forward after Ramadan": (
        "Africa/Casablanca",
        {
            "2025-04-05 02:30": "2025-04-05 02:30",
            "2025-04-06 02:30": "2025-04-06 02:30",  # 03:30
            "2025-04-07 02:30": "2025-04-07 01:30",
        },
    ),
    "Cairo's day has no midnight": (
        "Africa/Cairo",
        {
            "2025-04-24 00:15": "2025-04-23 22:15",
            "2025-04-25 00:15": "2025-04-24 22:15",  # 01:15
            "2025-04-26 00:15": "2025-04-25 21:15",
        },
    ),
    "Cairo's day ends twice": (
        "Africa/Cairo",
        {
            "2025-10-29 23:30": "2025-10-29 20:30",
            "2025-10-30 23:30": "2025-10-30 20:30",
            "2025-10-31 23:30": "2025-10-31 21:30",
        },
    ),
    "Apia has no 30 December 2011": (
        "Pacific/Apia",
        {
            "2011-12-29 09:00": "2011-12-29 19:00",
            "2011-12-30 09:00": "2011-12-30 19:00",  # 09:00 on the 31st, whose own slot it is too
            "2012-01-01 09:00": "2011-12-31 19:00",
        },
    ),
    "Kiritimati has no 31 December 1994": (
        "Pacific/Kiritimati",
        {
            "1994-12-30 09:00": "1994-12-30 19:00",
            "1994-12-31 09:00": "1994-12-31 19:00",
            "1995-01-02 09:00": "1995-01-01 19:00",
        },
    ),
}


def at(instant: str) -> datetime:
    return wall(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize(("zone", "days"), DAYS.values(), ids=DAYS)
def test_every_day_has_its_slot_once(zone: str, days: dict[str, str]) -> None:
    calendar = Calendar(every_days(1), find_zone(zone))
    first, *others = map(wall, days)
    assert walk(calendar, first, len(others)) == others
    assert [calendar.previous(slot) for slot in others] == [first, *others[:-1]]
    assert [calendar.instant(slot) for slot in (first, *others)] == [at(instant) for instant in days.values()]
    assert calendar.count(first, others[-1]) == len(days)
    for slot in others:
        now = calendar.instant(slot)
        assert calendar.latest(first, now) == calendar.first_after(first, now - datetime.resolution) == slot


@pytest.mark.parametrize(
    ("weekday", "slots"),
    [
        ("FR", {"2011-12-23 09:00": "2011-12-23 19:00", "2011-12-30 09:00": "2011-12-30 19:00"}),
        ("SA", {"2011-12-24 09:00": "2011-12-24 19:00", "2011-12-31 09:00": "2011-12-30 19:00"}),
    ],
)
def test_a_weekly_slot_on_a_lost_day_or_the_next_is_kept(weekday: str, slots: dict[str, str]) -> None:
    calendar = Calendar(parse_rule(f"FREQ=WEEKLY;BYDAY={weekday}"), find_zone("Pacific/Apia"))
    first, second = map(wall, slots)
    assert calendar.next(first) == second
    assert [calendar.instant(slot) for slot in (first, second)] == [at(instant) for instant in slots.values()]
    assert calendar.count(first, second) == 2


def test_of_two_slots_on_one_instant_the_one_in_the_series_counts() -> None:
    calendar, saturday = Calendar(every_days(1), find_zone("Pacific/Apia")), wall("2011-12-31 09:00")
    now = calendar.instant(saturday)
    assert calendar.latest(saturday, now) == calendar.first_after(saturday, now - datetime.resolution) == saturday
    assert calendar.latest(wall("2011-12-29 09:00"), now) == wall("2011-12-30 09:00")
    assert calendar.first_after(saturday, now) == calendar.next(saturday) == wall("2012-01-01 09:00")
    assert calendar.previous(saturday) == wall("2011-12-29 09:00")
    assert calendar.count(saturday, wall("2012-01-01 09:00")) == 2


def test_no_slot_comes_back_when_the_clock_shows_an_hour_again() -> None:
    calendar = Calendar(every_days(1), find_zone("America/Sao_Paulo"))
    slot, before_it_again = wall("2018-02-17 23:30"), at("2018-02-18 02:10")
    assert calendar.slot_of(before_it_again) == wall("2018-02-17 23:10")
    assert calendar.latest(slot, before_it_again) == slot
    assert calendar.first_after(slot, before_it_again) == wall("2018-02-18 23:30")


def test_no_slot_comes_back_when_the_clock_shows_yesterday_again() -> None:
    """At 00:01 on 7 November 2010 the clock of St. John's went back to 23:01 on the 6th."""
    calendar = Calendar(every_days(1), find_zone("America/St_Johns"))
    midnight, yesterday_again = wall("2010-11-07 00:00"), at("2010-11-07 03:00")
    assert calendar.slot_of(yesterday_again) == wall("2010-11-06 23:30")
    assert calendar.instant(midnight) == at("2010-11-07 02:30")
    assert calendar.latest(wall("2010-11-05 00:00"), yesterday_again) == midnight


@pytest.mark.parametrize(
    ("zone", "instant", "second"),
    [
        ("America/New_York", "2027-11-07 05:30", False),
        ("America/New_York", "2027-11-07 06:30", True),
        ("America/New_York", "2027-11-07 07:30", False),
        ("Australia/Lord_Howe", "2027-04-03 15:15", True),
        ("Europe/Berlin", "2027-03-28 01:30", False),
        ("UTC", "2027-11-07 06:30", False),
    ],
)
def test_the_second_of_two_equal_wall_times_is_known(zone: str, instant: str, second: bool) -> None:
    assert Calendar(every_days(1), find_zone(zone)).is_second_of_two(at(instant)) is second


def test_a_slot_carries_no_sign_of_the_second_time() -> None:
    calendar = Calendar(every_days(1), find_zone("America/New_York"))
    slot = calendar.slot_of(at("2027-11-07 06:30"))
    assert (slot, slot.fold, slot.tzinfo) == (wall("2027-11-07 01:30"), 0, None)
    assert calendar.instant(slot.replace(fold=1)) == at("2027-11-07 05:30")
