"""What is read of a rule's text."""

from datetime import date

import pytest

from perennial.queues.calendar._matching import with_implied_parts
from perennial.queues.calendar.rules import (
    ByDay,
    Frequency,
    InvalidRule,
    Rule,
    every_days,
    parse_rule,
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
    friday = date(2027, 1, 29)
    assert with_implied_parts(parse_rule(text), friday.month, friday.day, friday.weekday()) == parse_rule(whole)
