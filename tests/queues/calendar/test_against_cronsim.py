"""Rules that can be written as crons have their slots at the instants that cronsim finds, in every zone.

One exception: a time that the clock skips, as 02:30, is the end of the gap to cronsim, 03:00. Ours is moved by the
length of the gap, to 03:30, as calendars do it. The day is the same.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.laws.calendars import WEEKDAYS, first_slot, times_of_day, walk, wall, zones

from perennial.queues.calendar.rules import parse_rule
from perennial.queues.calendar.slots import Calendar

cronsim = pytest.importorskip("cronsim", reason="no cronsim: make installs it with what the tests need")

SLOTS = 150
MONTHS = st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True)
DAYS_OF_MONTH = st.lists(st.integers(1, 31), min_size=1, max_size=4, unique=True)
SOME_WEEKDAYS = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True)


def joined(values: list[int] | list[str]) -> str:
    return ",".join(map(str, values))


def number(weekday: str) -> int:
    """A weekday as crons count it: Sunday is 0."""
    return (WEEKDAYS.index(weekday) + 1) % 7


# Pairs of a rule and the last three fields of a cron: days of the month, months, weekdays.
pairs = st.one_of(
    st.just(("FREQ=DAILY", "* * *")),
    MONTHS.map(lambda months: (f"FREQ=DAILY;BYMONTH={joined(months)}", f"* {joined(months)} *")),
    SOME_WEEKDAYS.map(
        lambda days: (f"FREQ=WEEKLY;BYDAY={joined(days)}", f"* * {joined([number(day) for day in days])}")
    ),
    DAYS_OF_MONTH.map(lambda days: (f"FREQ=MONTHLY;BYMONTHDAY={joined(days)}", f"{joined(days)} * *")),
    st.just(("FREQ=MONTHLY;BYMONTHDAY=-1", "L * *")),
    st.builds(
        lambda day, nth: (f"FREQ=MONTHLY;BYDAY={nth}{day}", f"* * {number(day)}#{nth}"),
        st.sampled_from(WEEKDAYS),
        st.integers(1, 5),
    ),
    st.sampled_from(WEEKDAYS).map(lambda day: (f"FREQ=MONTHLY;BYDAY=-1{day}", f"* * {number(day)}L")),
)


@given(pairs, zones, times_of_day, st.integers(2012, 2100))
def test_both_find_the_same_instants(pair: tuple[str, str], zone: ZoneInfo, time: timedelta, year: int) -> None:
    rule, days = pair
    calendar = Calendar(parse_rule(rule), zone)
    slot = first_slot(calendar, wall(f"{year}-01-01") + time)
    cron = cronsim.CronSim(f"{slot.minute} {slot.hour} {days}", calendar.instant(slot).astimezone(zone))
    for following in walk(calendar, slot, SLOTS):
        theirs: datetime = next(cron)
        instant = calendar.instant(following)
        if calendar.slot_of(instant) == following:
            assert theirs.astimezone(UTC) == instant
        else:
            assert theirs.date() == following.date()
            assert theirs.astimezone(UTC) <= instant


def test_cronsim_makes_the_end_of_the_gap_of_a_time_that_is_skipped() -> None:
    zone = ZoneInfo("America/New_York")
    theirs = next(cronsim.CronSim("30 2 * * *", wall("2027-03-13 12:00").replace(tzinfo=zone)))
    assert theirs.replace(tzinfo=None) == wall("2027-03-14 03:00")
