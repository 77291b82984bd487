"""Rules in words, and that what is told alike is alike."""

from datetime import UTC, date, datetime, time
from itertools import combinations

import pytest

from perennial.queues.calendar.rule_words import rule_in_words
from perennial.queues.calendar.rules import Rule, every_days, parse_rule
from perennial.queues.calendar.slots import Calendar

MONDAY = date(2027, 3, 1)
WORDS = {
    "FREQ=DAILY": "every day",
    "FREQ=DAILY;INTERVAL=3": "every 3 days",
    "FREQ=DAILY;INTERVAL=1000": "every 1,000 days",
    "FREQ=DAILY;BYDAY=SU,SA": "every Saturday and Sunday",
    "FREQ=WEEKLY;BYDAY=TU": "every Tuesday",
    "rrule:freq=weekly;byday=fr,mo,we": "every Monday, Wednesday and Friday",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR": "every Monday to Friday",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU": "every day",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=SU": "every 2 weeks on Monday and Thursday",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR": "every 2 weeks from Monday to Friday",
    "FREQ=WEEKLY;INTERVAL=4": "every 4 weeks on Monday",
    "FREQ=MONTHLY": "every month on the 1st",
    "FREQ=MONTHLY;BYMONTHDAY=15": "every month on the 15th",
    "FREQ=MONTHLY;BYMONTHDAY=-1": "every month on the last day",
    "FREQ=MONTHLY;BYMONTHDAY=22,2,11,-1": "every month on the 2nd, 11th, 22nd and last day",
    "FREQ=MONTHLY;BYMONTHDAY=31": "every month on the 31st, where there is one",
    "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=3,23": "every 3 months on the 3rd and 23rd",
    "FREQ=MONTHLY;BYDAY=-1FR": "every month on the last Friday",
    "FREQ=MONTHLY;BYDAY=1MO,3MO": "every month on the first and third Monday",
    "FREQ=MONTHLY;BYDAY=4TU,2TH,-1MO": "every month on the second Thursday, the fourth Tuesday and the last Monday",
    "FREQ=MONTHLY;BYDAY=5SU": "every month on the fifth Sunday, where there is one",
    "FREQ=MONTHLY;INTERVAL=2;BYDAY=1MO": "every 2 months on the first Monday",
    "FREQ=YEARLY": "every year on the 1st of March",
    "FREQ=YEARLY;BYMONTH=5": "every year on the 1st of May",
    "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24": "every year on the 24th of December",
    "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31": "every year on the 31st of December",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29": "every year on the 29th of February, where there is one",
    "FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=1,15": "every year on the 1st and 15th of March and September",
    "FREQ=MONTHLY;BYMONTH=3,9;BYMONTHDAY=1,15": "every year on the 1st and 15th of March and September",
    "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=4TH": "every 4 years on the fourth Thursday of November",
    "FREQ=MONTHLY;BYMONTH=5;BYDAY=-1MO": "every year on the last Monday of May",
    "FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO": "every year on the last Monday of May",
    "FREQ=YEARLY;BYMONTH=1,7;BYDAY=5MO": "every year on the fifth Monday of January and July, where there is one",
    "FREQ=YEARLY;BYDAY=1MO": "every year on the first Monday of the year",
    "FREQ=YEARLY;BYDAY=5MO": "every year on the fifth Monday of the year",
}
RARE = [
    "FREQ=DAILY;BYMONTH=6",
    "FREQ=DAILY;BYMONTHDAY=13",
    "FREQ=DAILY;INTERVAL=2;BYDAY=MO",
    "FREQ=WEEKLY;BYDAY=MO;BYMONTH=6,7",
    "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1",
    "FREQ=MONTHLY;BYDAY=FR",
    "FREQ=MONTHLY;BYDAY=1MO,TU",
    "FREQ=MONTHLY;BYDAY=-2FR",
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
    "FREQ=MONTHLY;BYMONTHDAY=-2,-1",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=MONTHLY;INTERVAL=2;BYMONTH=3,9;BYMONTHDAY=1",
    "FREQ=YEARLY;BYMONTHDAY=1",
    "FREQ=YEARLY;BYDAY=20MO",
    "FREQ=YEARLY;BYMONTH=5;BYDAY=MO",
]
ALIKE = [pair for pair in combinations(WORDS, 2) if len({WORDS[one] for one in pair}) == 1]


@pytest.mark.parametrize(("rule", "words"), WORDS.items())
def test_common_rules_are_told_in_words(rule: str, words: str) -> None:
    assert rule_in_words(parse_rule(rule), MONDAY) == words


@pytest.mark.parametrize("rule", RARE)
def test_rarer_rules_are_not(rule: str) -> None:
    assert rule_in_words(parse_rule(rule), MONDAY) is None


@pytest.mark.parametrize(("days", "words"), [(1, "every day"), (7, "every 7 days"), (3650, "every 3,650 days")])
def test_an_interval_is_told_as_a_rule_of_days(days: int, words: str) -> None:
    assert rule_in_words(every_days(days), MONDAY) == words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=WEEKLY", "every Wednesday"),
        ("FREQ=MONTHLY", "every month on the 31st, where there is one"),
        ("FREQ=YEARLY", "every year on the 31st of March"),
    ],
)
def test_a_rule_that_names_no_day_has_that_of_its_series(rule: str, words: str) -> None:
    assert rule_in_words(parse_rule(rule), date(2027, 3, 31)) == words


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_what_is_told_alike_has_the_same_days(one: str, other: str) -> None:
    assert _days(parse_rule(one)) == _days(parse_rule(other))


def _days(rule: Rule) -> list[datetime | None]:
    """The first sixty of the rule after a Monday."""
    slots: list[datetime | None] = [datetime.combine(MONDAY, time(9))]
    while len(slots) <= 60 and (slot := slots[-1]):
        slots.append(Calendar(rule, UTC).next(slot))
    return slots[1:]
