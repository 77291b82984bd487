"""What the author of a rule is warned of is what a century of its slots, as python-dateutil finds them, passes over.

Only months and years count that the rule comes to by its INTERVAL.
"""

import calendar
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime

import pytest
from dateutil.rrule import rrulestr
from hypothesis import example, given
from hypothesis import strategies as st
from support.laws.calendars import WEEKDAYS, first_slot, parsed, wall, wall_times

from perennial.queues.calendar.rules import parse_rule, rule_warnings
from perennial.queues.calendar.slots import Calendar

CENTURY = 100
MONTHS = calendar.month_name[1:]
LAST_DAY = "with BYMONTHDAY=-1 it takes the last day of each month."


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Rules whose days not every month has, or not every year."""
    frequency = draw(st.sampled_from(["MONTHLY", "YEARLY"]))
    interval = draw(st.sampled_from([1, 2, 3, 4, 5, 6, 8, 12, 24, 28, 36, 48, 100]))
    months = draw(st.none() | st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True))
    text = f"FREQ={frequency};INTERVAL={interval}" + (f";BYMONTH={','.join(map(str, months))}" if months else "")
    kind = draw(st.sampled_from(["days", "weekdays", "positions"]))
    if kind == "days":
        days = draw(st.lists(st.sampled_from([1, 28, 29, 30, 31]), min_size=1, max_size=3, unique=True))
        return f"{text};BYMONTHDAY={','.join(str(draw(st.sampled_from([1, -1])) * day) for day in days)}"
    most = 53 if frequency == "YEARLY" and not months else 5
    weekday, number = draw(st.sampled_from(WEEKDAYS)), draw(st.sampled_from([1, -1])) * most
    return f"{text};BYDAY={number}{weekday}" if kind == "weekdays" else f"{text};BYDAY={weekday};BYSETPOS={number}"


def parts_of(text: str) -> dict[str, str]:
    return dict(part.split("=") for part in text.split(";"))


def months_of(text: str, first: date) -> Iterator[tuple[int, int]]:
    """The months of a century that the rule comes to, from that of its first slot on."""
    parts = parts_of(text)
    interval = int(parts["INTERVAL"])
    of_year = [int(month) for month in parts.get("BYMONTH", "1,2,3,4,5,6,7,8,9,10,11,12").split(",")]
    for year in range(first.year, first.year + CENTURY):
        for month in range(1, 13):
            distance = year - first.year
            if parts["FREQ"] == "MONTHLY":
                distance = distance * 12 + month - first.month
            if month in of_year and distance % interval == 0 and (year, month) >= (first.year, first.month):
                yield year, month


def slots_of(text: str, first: datetime) -> list[date]:
    until = f"{first.year + CENTURY - 1}1231T235959"
    return [slot.date() for slot in rrulestr(f"{text};UNTIL={until}", dtstart=first)]


def is_day(slot: date, day: int) -> bool:
    """Whether it is that day of its month, from its end if it is negative."""
    return day in {slot.day, slot.day - calendar.monthrange(slot.year, slot.month)[1] - 1}


@given(texts().filter(parsed), wall_times)
@example("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31", wall("2027-01-31"))
@example("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=31", wall("2027-01-31"))
@example("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", wall("2028-02-29"))
@example("FREQ=YEARLY;INTERVAL=4;BYMONTHDAY=29", wall("2027-01-29"))
@example("FREQ=MONTHLY;INTERVAL=36;BYDAY=MO;BYSETPOS=5", wall("2027-03-29"))
def test_the_author_is_warned_of_just_what_a_century_of_slots_passes_over(text: str, wall_time: datetime) -> None:
    parts, rule = parts_of(text), parse_rule(text)
    first = first_slot(Calendar(rule, UTC), wall_time)
    slots, warnings = slots_of(text, first), rule_warnings(rule, first.date())
    if "BYMONTHDAY" not in parts:
        of_years = parts["FREQ"] == "YEARLY" and ("BYMONTH" not in parts or "BYSETPOS" in parts)
        comes_to = {(year, 0 if of_years else month) for year, month in months_of(text, first)}
        passes_over = comes_to - {(slot.year, 0 if of_years else slot.month) for slot in slots}
        assert len(warnings) == bool(passes_over)
        return
    sentences = iter(warnings)
    for day in rule.by_month_day:
        has_day = {(slot.year, slot.month) for slot in slots if is_day(slot, day)}
        if abs(day) <= calendar.monthrange(first.year, first.month)[1]:  # it may lie before the first slot
            has_day.add((first.year, first.month))
        passes_over = set(months_of(text, first)) - has_day
        sentence = next(sentences, "") if passes_over else ""
        assert {month for month in MONTHS if month in sentence} == {MONTHS[month - 1] for _, month in passes_over}
    assert list(sentences) == []


SHORT = "Five months (February, April, June, September, November)"
WARNINGS = {
    "FREQ=MONTHLY;BYMONTHDAY=31": [f"{SHORT} have no 31st, so the rule passes over that day there; {LAST_DAY}"],
    "FREQ=MONTHLY;BYMONTHDAY=15,30": [
        "February has no 30th, so the rule passes over that day there; with BYMONTHDAY=15,-1 it takes the last day of "
        "each month."
    ],
    "FREQ=DAILY;BYMONTH=4,6;BYMONTHDAY=31,30": [
        "Two months (April, June) have no 31st, so the rule passes over that day there; with BYMONTH=4,6;BYMONTHDAY="
        "30,-1 it takes the last day of each month that it names."
    ],
    "FREQ=MONTHLY;BYMONTHDAY=29": [
        "February has a 29th in leap years only, so the rule passes over that day in the others."
    ],
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29": [
        "February has a 29th in leap years only, so the rule passes over that day in the others."
    ],
    "FREQ=MONTHLY;BYMONTHDAY=-31": [f"{SHORT} have fewer than 31 days, so BYMONTHDAY=-31 passes over them."],
    "FREQ=MONTHLY;BYMONTHDAY=-30": ["February has fewer than 30 days, so BYMONTHDAY=-30 passes over it."],
    "FREQ=MONTHLY;BYMONTHDAY=-29": [
        "February has 29 days in leap years only, so the rule passes over it in the others."
    ],
    "FREQ=MONTHLY;BYDAY=5FR": [
        "Most months have only four Fridays, so 5FR passes over them; -1FR is the last Friday of each."
    ],
    "FREQ=MONTHLY;BYDAY=-5MO": [
        "Most months have only four Mondays, so -5MO passes over them; 1MO is the first Monday of each."
    ],
    "FREQ=YEARLY;BYDAY=53TU": [
        "Most years have only 52 Tuesdays, so 53TU passes over them; -1TU is the last Tuesday of each."
    ],
    "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=5": [
        "Some months have no day at a position of BYSETPOS, so the rule passes over them."
    ],
    "FREQ=YEARLY;BYDAY=FR;BYSETPOS=53": [
        "Some years have no day at a position of BYSETPOS, so the rule passes over them."
    ],
}


@pytest.mark.parametrize(("text", "warnings"), WARNINGS.items())
def test_a_rule_that_passes_over_months_or_years_warns_of_it(text: str, warnings: list[str]) -> None:
    assert warned_of(text) == warnings


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=1",
        "FREQ=MONTHLY;BYMONTHDAY=28,-1,-28",
        "FREQ=MONTHLY;BYMONTH=1,3;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=4FR,-1FR",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=25,26,27,28,29,30,31",
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
        "FREQ=YEARLY;BYDAY=52MO,-1SU",
        "FREQ=YEARLY;BYMONTH=6;BYDAY=MO;BYSETPOS=-1",
    ],
)
def test_a_rule_that_passes_over_nothing_has_no_warning(text: str) -> None:
    assert warned_of(text) == []


def test_a_day_that_the_first_slot_implies_is_warned_of() -> None:
    assert rule_warnings(parse_rule("FREQ=MONTHLY"), date(2027, 1, 31)) == WARNINGS["FREQ=MONTHLY;BYMONTHDAY=31"]
    assert rule_warnings(parse_rule("FREQ=MONTHLY"), date(2027, 1, 28)) == []


def warned_of(text: str) -> list[str]:
    """From the rule's first day in 2027 on."""
    rule = parse_rule(text)
    return rule_warnings(rule, first_slot(Calendar(rule, UTC), wall("2027-01-01")).date())


IN_PHASE = [
    ("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31", "2027-01-31", None),
    ("FREQ=MONTHLY;INTERVAL=12", "2027-01-31", None),
    (
        "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=31",
        "2027-01-31",
        f"Two months (September, November) have no 31st, so the rule passes over that day there; {LAST_DAY}",
    ),
    (
        "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=31",
        "2027-08-31",
        f"Three months (February, April, June) have no 31st, so the rule passes over that day there; {LAST_DAY}",
    ),
    ("FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=-31", "2027-01-31", None),
    (
        "FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=-31",
        "2027-05-01",
        "November has fewer than 31 days, so BYMONTHDAY=-31 passes over it.",
    ),
    ("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", "2000-02-29", None),
    (
        "FREQ=YEARLY;INTERVAL=4",
        "2028-02-29",
        "February 2100 has no 29th, so the rule passes over that day there; with BYMONTH=2;BYMONTHDAY=-1 it takes the "
        "last day of each February.",
    ),
    (
        "FREQ=YEARLY;INTERVAL=4;BYMONTHDAY=-29",
        "2028-02-01",
        "February 2100 has fewer than 29 days, so BYMONTHDAY=-29 passes over it.",
    ),
    (
        "FREQ=YEARLY;INTERVAL=6;BYMONTH=2;BYMONTHDAY=29",
        "2028-02-29",
        "February has a 29th in leap years only, so the rule passes over that day in the others.",
    ),
    ("FREQ=MONTHLY;INTERVAL=336;BYDAY=5FR", "2027-01-29", None),
    ("FREQ=YEARLY;INTERVAL=28;BYDAY=53FR", "2010-12-31", None),
    ("FREQ=MONTHLY;INTERVAL=336;BYDAY=FR;BYSETPOS=5", "2010-01-29", None),
    ("FREQ=YEARLY;INTERVAL=28;BYDAY=FR;BYSETPOS=53", "2010-12-31", None),
    (
        "FREQ=DAILY;INTERVAL=1000;BYMONTHDAY=31",  # it comes to 19 April 9998 as well
        "9990-01-31",
        f"April has no 31st, so the rule passes over that day there; {LAST_DAY}",
    ),
]


@pytest.mark.parametrize(("text", "first", "sentence"), IN_PHASE)
def test_months_and_years_to_which_the_interval_does_not_come_are_not_passed_over(
    text: str, first: str, sentence: str | None
) -> None:
    assert rule_warnings(parse_rule(text), date.fromisoformat(first)) == ([sentence] if sentence else [])


OBEYED = [
    ("FREQ=MONTHLY", "2027-01-31", range(1, 13)),
    ("FREQ=MONTHLY;INTERVAL=2", "2027-08-31", range(2, 13, 2)),
    ("FREQ=MONTHLY;BYMONTHDAY=15,30", "2027-01-30", range(1, 13)),
    ("FREQ=MONTHLY;BYMONTH=4,5;BYMONTHDAY=31", "2027-05-31", [4, 5]),
    ("FREQ=YEARLY;INTERVAL=4", "2028-02-29", [2]),
    ("FREQ=YEARLY;INTERVAL=4;BYMONTH=2,6", "2028-02-29", [2, 6]),
    ("FREQ=YEARLY;BYMONTHDAY=31", "2027-01-31", range(1, 13)),
]


@pytest.mark.parametrize(("text", "first", "months"), OBEYED)
def test_whoever_does_what_the_warning_says_gets_the_last_day_of_just_those_months(
    text: str, first: str, months: Collection[int]
) -> None:
    (warning,) = rule_warnings(parse_rule(text), date.fromisoformat(first))
    parts = warning.partition("; with ")[2].partition(" it takes")[0]
    obeyed = ";".join(f"{name}={value}" for name, value in {**parts_of(text), **parts_of(parts)}.items())
    slots = slots_of(obeyed, datetime.fromisoformat(first))
    assert {slot.month for slot in slots} == set(months)
    assert {slot.month for slot in slots if is_day(slot, -1)} == set(months)
    assert rule_warnings(parse_rule(obeyed), date.fromisoformat(first)) == []
