"""Pure: recurrence rules (RRULE of RFC 5545) that fire once a day at most, and never end by themselves."""

from datetime import date
from functools import lru_cache

from perennial.queues.calendar._matching import with_implied_parts
from perennial.queues.calendar._parsing import read_rule
from perennial.queues.calendar._rule import ByDay, Frequency, InvalidRule, Rule
from perennial.queues.calendar._warnings import warnings_about, why_never

__all__ = [
    "ByDay",
    "Frequency",
    "InvalidRule",
    "Rule",
    "every_days",
    "parse_rule",
    "rule_warnings",
]

DAYS_MAX = 3_650


@lru_cache(maxsize=4_096)
def parse_rule(text: str) -> Rule:
    """The rule that the text says, of 512 characters at most. InvalidRule says what is wrong, and what would be right.

    Names may be in small letters, and "RRULE:" may stand in front. A rule whose parts no day satisfies is refused.
    Whether one fires again within 100 years of a slot depends on the slot: Calendar.next tells.
    """
    rule = read_rule(text)
    if (sentence := why_never(rule)) is not None:
        raise InvalidRule(sentence)
    return rule


def every_days(days: int) -> Rule:
    """The rule of a plain interval of 1 to 3,650 days, which is more than the INTERVAL of a rule that users write."""
    if not 1 <= days <= DAYS_MAX:
        raise InvalidRule(f"An interval is a whole number of days from 1 to {DAYS_MAX:,}, not {days}.")
    return Rule(Frequency.DAILY, days)


def rule_warnings(rule: Rule, first: date) -> list[str]:
    """A sentence for each thing that may surprise the author of the rule, whose first day this is.

    Where the rule leaves its days to the first one, that is filled in.
    """
    return list(warnings_about(with_implied_parts(rule, first.month, first.day, first.weekday()), first))
