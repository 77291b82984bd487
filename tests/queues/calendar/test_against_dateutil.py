"""The slots of a rule are those that python-dateutil finds, wherever it knows the answer. It does not, in two cases.

- Of BYDAY with numbered and plain weekdays, as MO,2FR, it takes what is both, which is little or nothing. RFC 5545 has
  a list of days: each Monday, and the second Friday.
- With FREQ=WEEKLY and BYSETPOS it counts the positions of the first week from DTSTART on, and those of all others from
  the week's first day. RFC 5545 counts in the set of the whole week. So dateutil is given the first day of the week.

It looks for ever for what never comes, so it is told to stop after 30 years.
"""

from datetime import UTC, datetime, timedelta
from itertools import islice

from dateutil.rrule import rrulestr
from hypothesis import assume, example, given
from support.laws.calendars import YEAR, first_slot, rule_texts, walk, wall, wall_times

from perennial.queues.calendar.rules import Frequency, Rule, parse_rule
from perennial.queues.calendar.slots import Calendar

SLOTS = 6


def its_slots(text: str, start: datetime, first: datetime) -> list[datetime]:
    """What dateutil finds from `first` on, of a series with this DTSTART."""
    until = f"{first + 30 * YEAR:%Y%m%dT%H%M%S}"
    found = rrulestr(f"{text};UNTIL={until}", dtstart=start)
    return list(islice((slot for slot in found if slot >= first), SLOTS))


def our_slots(text: str, first: datetime) -> list[datetime]:
    slots = [first, *walk(Calendar(parse_rule(text), UTC), first, SLOTS - 1)]
    return [slot for slot in slots if slot <= first + 30 * YEAR]


def mixes_plain_and_numbered(rule: Rule) -> bool:
    return len({day.ordinal == 0 for day in rule.by_day}) > 1


def start_of(rule: Rule, slot: datetime) -> datetime:
    if rule.freq == Frequency.WEEKLY and rule.by_day and rule.by_set_pos:
        return slot - timedelta(days=(slot.weekday() - rule.week_start) % 7)
    return slot


@given(rule_texts, wall_times)
@example("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU", wall("1997-08-05"))
@example("FREQ=YEARLY;BYDAY=53MO", wall("2024-12-30"))
def test_both_find_the_same_slots(text: str, wall_time: datetime) -> None:
    rule = parse_rule(text)
    assume(not mixes_plain_and_numbered(rule))
    slot = first_slot(Calendar(rule, UTC), wall_time)
    assert our_slots(text, slot) == its_slots(text, start_of(rule, slot), slot)


def test_dateutil_takes_what_is_both_a_plain_and_a_numbered_weekday() -> None:
    monday = wall("2027-03-01")
    assert its_slots("FREQ=MONTHLY;BYDAY=MO,2FR", monday, monday) == []
    assert our_slots("FREQ=MONTHLY;BYDAY=MO,2FR", monday)[:3] == [monday, wall("2027-03-08"), wall("2027-03-12")]


def test_dateutil_counts_positions_in_the_first_week_from_its_start() -> None:
    text, tuesday = "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=2", wall("2027-03-02")
    assert its_slots(text, tuesday, tuesday)[0] == wall("2027-03-09")
    assert our_slots(text, tuesday)[:2] == [tuesday, wall("2027-03-09")]
