"""On which days a rule has its slots: a table of cases by hand, some of which are RFC 5545's own examples."""

from datetime import UTC, timedelta

import pytest
from support.laws.calendars import WORKDAYS, walk, wall

from perennial.queues.calendar.rules import every_days, parse_rule
from perennial.queues.calendar.slots import Calendar

CASES = {
    "days": ("FREQ=DAILY;INTERVAL=10", "1997-09-02", "1997-09-12 1997-09-22 1997-10-02"),
    "days of one month": ("FREQ=DAILY;BYMONTH=1", "1998-01-30", "1998-01-31 1999-01-01 1999-01-02"),
    "every second day of a month, counted through": (
        "FREQ=DAILY;INTERVAL=2;BYMONTH=1",
        "2027-01-29",
        "2027-01-31 2028-01-02 2028-01-04",
    ),
    "days by their weekday": ("FREQ=DAILY;BYDAY=SA,SU", "2027-03-06", "2027-03-07 2027-03-13"),
    "the weekday of the slot": ("FREQ=WEEKLY", "2027-03-03", "2027-03-10 2027-03-17"),
    "the weekday of the slot in some months": ("FREQ=WEEKLY;BYMONTH=3,5", "2027-03-24", "2027-03-31 2027-05-05"),
    "three days a week": ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "2027-12-29", "2027-12-31 2028-01-03 2028-01-05"),
    "every second week, of weeks from Monday": (
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO",
        "1997-08-05",
        "1997-08-10 1997-08-19 1997-08-24",
    ),
    "every second week, of weeks from Sunday": (
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
        "1997-08-05",
        "1997-08-17 1997-08-19 1997-08-31",
    ),
    "every second week over the new year": (
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH,SA",
        "2026-12-31",
        "2027-01-02 2027-01-14 2027-01-16",
    ),
    "the last workday of a week": (f"FREQ=WEEKLY;BYDAY={WORKDAYS};BYSETPOS=-1", "2026-12-25", "2027-01-01 2027-01-08"),
    "the first of two days, of weeks from Monday": (
        "FREQ=WEEKLY;BYDAY=SU,MO;BYSETPOS=1",
        "2027-03-01",
        "2027-03-08 2027-03-15",
    ),
    "the first of two days, of weeks from Sunday": (
        "FREQ=WEEKLY;BYDAY=SU,MO;BYSETPOS=1;WKST=SU",
        "2027-03-07",
        "2027-03-14 2027-03-21",
    ),
    "a position in a week that two years share": (
        "FREQ=WEEKLY;BYMONTH=1;BYDAY=MO,FR;BYSETPOS=1",
        "2026-01-26",
        "2027-01-01 2027-01-04 2027-01-11",
    ),
    "a position in a week that begins in the old year": (
        "FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=2",
        "2026-12-25",
        "2027-01-01 2027-01-08",
    ),
    "the last Friday": ("FREQ=MONTHLY;BYDAY=-1FR", "2027-01-29", "2027-02-26 2027-03-26 2027-04-30 2027-05-28"),
    "the fifth Friday": ("FREQ=MONTHLY;BYDAY=5FR", "2027-01-29", "2027-04-30 2027-07-30 2027-10-29 2027-12-31"),
    "the fifth Friday from the end": ("FREQ=MONTHLY;BYDAY=-5FR", "2027-01-01", "2027-04-02 2027-07-02 2027-10-01"),
    "first and last Sunday of every second month": (
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU",
        "1997-09-07",
        "1997-09-28 1997-11-02 1997-11-30 1998-01-04 1998-01-25",
    ),
    "each Monday and the second Friday": (
        "FREQ=MONTHLY;BYDAY=MO,2FR",
        "2027-03-01",
        "2027-03-08 2027-03-12 2027-03-15",
    ),
    "the last workday of a month": (
        f"FREQ=MONTHLY;BYDAY={WORKDAYS};BYSETPOS=-1",
        "2027-01-29",
        "2027-02-26 2027-03-31 2027-04-30 2027-05-31",
    ),
    "the third of some days of a month": (
        "FREQ=MONTHLY;BYDAY=TU,WE,TH;BYSETPOS=3",
        "1997-09-04",
        "1997-10-07 1997-11-06",
    ),
    "the 31st": ("FREQ=MONTHLY;BYMONTHDAY=31", "2027-01-31", "2027-03-31 2027-05-31 2027-07-31 2027-08-31 2027-10-31"),
    "the 31st of the slot": ("FREQ=MONTHLY", "2027-01-31", "2027-03-31 2027-05-31"),
    "the 31st of every second month": ("FREQ=MONTHLY;INTERVAL=2", "2026-12-31", "2027-08-31 2027-10-31 2027-12-31"),
    "the 31st of months, counted through from July to December": (
        "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31",
        "2027-07-31",
        "2027-12-31 2028-05-31 2028-10-31",
    ),
    "the last day of a month": ("FREQ=MONTHLY;BYMONTHDAY=-1", "2028-01-31", "2028-02-29 2028-03-31 2028-04-30"),
    "the third day from the end": (
        "FREQ=MONTHLY;BYMONTHDAY=-3",
        "1997-09-28",
        "1997-10-29 1997-11-28 1997-12-29 1998-01-29 1998-02-26",
    ),
    "the 31st day from the end": ("FREQ=MONTHLY;BYMONTHDAY=-31", "2027-01-01", "2027-03-01 2027-05-01 2027-07-01"),
    "Friday the 13th": (
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "1998-02-13",
        "1998-03-13 1998-11-13 1999-08-13 2000-10-13",
    ),
    "days of every eighteenth month": (
        "FREQ=MONTHLY;INTERVAL=18;BYMONTHDAY=10,11,12,13,14,15",
        "1997-09-14",
        "1997-09-15 1999-03-10 1999-03-11",
    ),
    "the day of the slot in some months": ("FREQ=MONTHLY;BYMONTH=2,3", "2027-02-28", "2027-03-28 2028-02-28"),
    "a birthday": ("FREQ=YEARLY", "2027-03-24", "2028-03-24 2029-03-24"),
    "a leap day": ("FREQ=YEARLY", "2028-02-29", "2032-02-29 2036-02-29"),
    "a leap day over 2100": ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2096-02-29", "2104-02-29 2108-02-29"),
    "a leap day in every third year": ("FREQ=YEARLY;INTERVAL=3", "2028-02-29", "2040-02-29 2052-02-29"),
    "a leap day that is a Monday": (
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
        "2016-02-29",
        "2044-02-29 2072-02-29",
    ),
    "the same day of some months": ("FREQ=YEARLY;BYMONTH=6,7", "1997-06-10", "1997-07-10 1998-06-10"),
    "Thursdays in March": ("FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997-03-20", "1997-03-27 1998-03-05"),
    "Thanksgiving": ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "2026-11-26", "2027-11-25 2028-11-23"),
    "the twentieth Monday of a year": ("FREQ=YEARLY;BYDAY=20MO", "1997-05-19", "1998-05-18 1999-05-17"),
    "the 53rd Monday of a year": ("FREQ=YEARLY;BYDAY=53MO", "2024-12-30", "2029-12-31 2035-12-31 2040-12-31"),
    "the 53rd Monday from the year's end": (
        "FREQ=YEARLY;BYDAY=-53MO",
        "2024-01-01",
        "2029-01-01 2035-01-01 2040-01-02",
    ),
    "the last workday of a year": (f"FREQ=YEARLY;BYDAY={WORKDAYS};BYSETPOS=-1", "2026-12-31", "2027-12-31 2028-12-29"),
    "the 15th of all months": ("FREQ=YEARLY;BYMONTHDAY=15", "2027-11-15", "2027-12-15 2028-01-15"),
    "the election day of the United States": (
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "1996-11-05",
        "2000-11-07 2004-11-02",
    ),
}


@pytest.mark.parametrize(("rule", "first", "following"), CASES.values(), ids=CASES)
def test_a_rule_has_its_slots_on_these_days(rule: str, first: str, following: str) -> None:
    calendar, nine = Calendar(parse_rule(rule), UTC), timedelta(hours=9, milliseconds=125)
    expected = [wall(day) + nine for day in following.split()]
    found = walk(calendar, wall(first) + nine, len(expected))
    assert found == expected
    assert calendar.contains(wall(first) + nine)
    assert all(calendar.contains(slot) for slot in found)
    assert [calendar.previous(slot) for slot in found] == [wall(first) + nine, *found[:-1]]


@pytest.mark.parametrize(
    ("days", "first", "following"),
    [(1, "2028-02-28", "2028-02-29"), (365, "2028-01-01", "2028-12-31"), (3650, "2026-03-02", "2036-02-28")],
)
def test_a_plain_interval_counts_days(days: int, first: str, following: str) -> None:
    assert Calendar(every_days(days), UTC).next(wall(first)) == wall(following)


@pytest.mark.parametrize(
    ("rule", "wall_time", "before", "after"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,TH", "2027-03-03 09:00", "2027-03-01 09:00", "2027-03-04 09:00"),
        ("FREQ=WEEKLY;INTERVAL=5;BYDAY=MO", "2027-03-03 09:00", "2027-03-01 09:00", "2027-03-08 09:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2027-02-14 23:59", "2027-01-31 23:59", "2027-03-31 23:59"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2099-02-28 00:00", "2096-02-29 00:00", "2104-02-29 00:00"),
        ("FREQ=YEARLY;BYMONTH=6", "2027-03-24 09:00", "2026-06-30 09:00", "2027-06-01 09:00"),
        ("FREQ=MONTHLY;BYMONTH=6;BYSETPOS=1", "2027-03-24 09:00", "2026-06-30 09:00", "2027-06-01 09:00"),
        ("FREQ=YEARLY;BYMONTH=2,6;BYSETPOS=2", "2027-03-24 09:00", "2026-06-28 09:00", "2027-06-01 09:00"),
    ],
)
def test_the_nearest_slots_of_a_wall_time_that_is_none(rule: str, wall_time: str, before: str, after: str) -> None:
    calendar = Calendar(parse_rule(rule), UTC)
    assert not calendar.contains(wall(wall_time))
    assert calendar.nearest(wall(wall_time)) == (wall(before), wall(after))
