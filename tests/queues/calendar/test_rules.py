"""What is read of a rule's text, and which rules come with a warning."""

from datetime import date

import pytest

from perennial.queues.calendar.rules import (
    ByDay,
    Frequency,
    InvalidRule,
    Rule,
    every_days,
    parse_rule,
    rule_warnings,
    with_implied_parts,
)


def test_each_part_is_read() -> None:
    text = "FREQ=YEARLY;INTERVAL=2;BYDAY=SU,-1FR,+2MO;BYMONTHDAY=-1,15,+3;BYMONTH=12,1;BYSETPOS=-1,1;WKST=SU"
    assert parse_rule(text) == Rule(
        Frequency.YEARLY,
        interval=2,
        by_day=(ByDay(0, 2), ByDay(4, -1), ByDay(6)),
        by_month_day=(-1, 3, 15),
        by_month=(1, 12),
        by_set_pos=(-1, 1),
        week_start=6,
    )


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=WEEKLY;BYDAY=TH,MO",
        "rrule:freq=weekly;byday=mo,th",
        "BYDAY=MO,TH,MO;FREQ=WEEKLY",
        " FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TH;WKST=MO\r\n",
    ],
)
def test_one_rule_may_be_written_in_several_ways(text: str) -> None:
    assert parse_rule(text) == parse_rule("FREQ=WEEKLY;BYDAY=MO,TH")


def test_the_longest_text_and_the_largest_numbers_are_taken() -> None:
    days = "BYMONTHDAY=" + ",".join(str(number) for number in range(1, 32))
    positions = ",".join(str(number) for number in range(1, 102))
    text = f"FREQ=YEARLY;INTERVAL=100;{days};BYSETPOS={positions}"
    text += ",366" * ((512 - len(text)) // 4)
    assert parse_rule(text.ljust(512)).by_set_pos == (*range(1, 102), 366)
    assert parse_rule("FREQ=MONTHLY;INTERVAL=1000").interval == 1_000


def test_an_interval_of_days_is_a_rule() -> None:
    assert every_days(7) == parse_rule("FREQ=DAILY;INTERVAL=7")
    assert every_days(3_650).interval == 3_650


@pytest.mark.parametrize("days", [0, -1, 3_651])
def test_an_interval_out_of_range_is_refused(days: int) -> None:
    with pytest.raises(InvalidRule, match=f"An interval is a whole number of days from 1 to 3,650, not {days}"):
        every_days(days)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=FR"),
        ("FREQ=WEEKLY;BYMONTH=3", "FREQ=WEEKLY;BYMONTH=3;BYDAY=FR"),
        ("FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTHDAY=29"),
        ("FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=29"),
        ("FREQ=YEARLY;BYMONTH=1,6", "FREQ=YEARLY;BYMONTH=1,6;BYMONTHDAY=29"),
        ("FREQ=YEARLY;BYDAY=MO", "FREQ=YEARLY;BYDAY=MO"),
        ("FREQ=DAILY", "FREQ=DAILY"),
    ],
)
def test_what_a_rule_leaves_to_its_first_slot_can_be_filled_in(text: str, whole: str) -> None:
    assert with_implied_parts(parse_rule(text), date(2027, 1, 29)) == parse_rule(whole)


SHORT = "Five months (February, April, June, September, November)"
LAST_DAY = "BYMONTHDAY=-1 is the last day of each month."
WARNINGS = {
    "FREQ=MONTHLY;BYMONTHDAY=31": [f"{SHORT} have no 31st, so the rule passes over that day there; {LAST_DAY}"],
    "FREQ=MONTHLY;BYMONTHDAY=15,30": [f"February has no 30th, so the rule passes over that day there; {LAST_DAY}"],
    "FREQ=DAILY;BYMONTH=4,6;BYMONTHDAY=31,30": [
        f"Two months (April, June) have no 31st, so the rule passes over that day there; {LAST_DAY}"
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
    assert rule_warnings(parse_rule(text)) == warnings


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
    assert rule_warnings(parse_rule(text)) == []


def test_a_day_that_the_first_slot_implies_is_warned_of_once_it_is_filled_in() -> None:
    monthly = parse_rule("FREQ=MONTHLY")
    assert rule_warnings(monthly) == []
    assert rule_warnings(with_implied_parts(monthly, date(2027, 1, 31))) == WARNINGS["FREQ=MONTHLY;BYMONTHDAY=31"]
