"""Pure: a recurrence rule as a person says it, such as "every 3 months on the last Friday"."""

from calendar import day_name, month_name, monthrange
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from perennial.queues.calendar._matching import with_implied_parts
from perennial.queues.calendar._rule import ByDay, Frequency, Rule

_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}
_ENDINGS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
_MONTHS = range(1, 13)
_COMMON_YEAR = 2027
_MONDAY_TO_FRIDAY = range(5)


def rule_in_words(rule: Rule, first: date) -> str | None:
    """The common kinds of rules in words, which follow "it runs"; None for a rarer one.

    `first` is a day of the rule: where the rule leaves its days to that one, the words name it. From which week, month
    or year an interval is counted is not said.
    """
    rule = _told_as(with_implied_parts(rule, first.month, first.day, first.weekday()))
    if rule.by_set_pos:
        return None
    if rule.freq == Frequency.DAILY:
        return _every(rule.interval, "day") if rule.is_plain else None
    if rule.freq == Frequency.WEEKLY:
        return _weekly(rule) if not rule.by_month else None
    return _monthly(rule) if rule.freq == Frequency.MONTHLY else _yearly(rule)


def _told_as(rule: Rule) -> Rule:
    """The same days by another frequency, where that is the one in which they are told."""
    if rule.interval > 1 or rule.by_set_pos:
        return rule
    if rule.freq == Frequency.DAILY and rule.by_day and not rule.by_month_day:
        return replace(rule, freq=Frequency.WEEKLY)
    if rule.freq == Frequency.MONTHLY and rule.by_month:
        return replace(rule, freq=Frequency.YEARLY)
    return rule


def _weekly(rule: Rule) -> str:
    days = [day.weekday for day in rule.by_day]
    names = _listed(day_name[day] for day in days)
    if days == [*_MONDAY_TO_FRIDAY]:
        names = f"{day_name[days[0]]} to {day_name[days[-1]]}"
        return f"every {names}" if rule.interval == 1 else f"{_every(rule.interval, 'week')} from {names}"
    if rule.interval > 1:
        return f"{_every(rule.interval, 'week')} on {names}"
    return "every day" if len(days) == len(day_name) else f"every {names}"


def _monthly(rule: Rule) -> str | None:
    days = _days(rule)
    return f"{_every(rule.interval, 'month')} on {days}{_sometimes(rule)}" if days and not rule.by_month else None


def _yearly(rule: Rule) -> str | None:
    days = _days(rule)
    if days is None or (rule.by_month_day and not rule.by_month):
        return None
    of = _listed(month_name[month] for month in rule.by_month) if rule.by_month else "the year"
    return f"{_every(rule.interval, 'year')} on {days} of {of}{_sometimes(rule)}"


def _days(rule: Rule) -> str | None:
    """The days of the month or of the year that it names: by their numbers, or by weekdays with ordinals."""
    if rule.by_day and not rule.by_month_day and {day.ordinal for day in rule.by_day} <= _ORDINALS.keys():
        return _ordinal_days(sorted(rule.by_day, key=lambda day: (day.ordinal < 0, day.ordinal)))
    if rule.by_day or min(rule.by_month_day) < -1:
        return None
    numbers = [f"{day}{_ENDINGS.get(day, 'th')}" for day in rule.by_month_day if day > 0]
    return f"the {_listed([*numbers, *(['last day'] if -1 in rule.by_month_day else [])])}"


def _ordinal_days(days: Sequence[ByDay]) -> str:
    names = {day_name[day.weekday] for day in days}
    if len(names) == 1:
        return f"the {_listed(_ORDINALS[day.ordinal] for day in days)} {names.pop()}"
    return _listed(f"the {_ORDINALS[day.ordinal]} {day_name[day.weekday]}" for day in days)


def _sometimes(rule: Rule) -> str:
    """What is added where some of its months lack one of its days."""
    shortest = min(monthrange(_COMMON_YEAR, month)[1] for month in rule.by_month or _MONTHS)
    fifth = any(day.ordinal == max(_ORDINALS) for day in rule.by_day) and not rule.ordinals_in_year
    return ", where there is one" if fifth or any(day > shortest for day in rule.by_month_day) else ""


def _every(interval: int, unit: str) -> str:
    return f"every {unit}" if interval == 1 else f"every {interval:,} {unit}s"


def _listed(words: Iterable[str]) -> str:
    """Joined: one, two and three."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
