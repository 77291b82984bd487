"""Pure: the days of a year that satisfy the BY… parts of a rule, whatever its interval."""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache, reduce
from operator import or_

from perennial.queues.calendar._rule import ByDay, Frequency, Rule
from perennial.queues.calendar._years import KINDS, YearKind, places, repeated, span

_WEEK = 7


class MatchingDays:
    """The days of each kind of year that satisfy the BY… parts of a rule, computed when they are first asked for."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._found: list[int | None] = [None] * len(KINDS)

    def of(self, kind: YearKind) -> int:
        """The set of days of such a year."""
        found = self._found[kind.index]
        if found is None:
            found = self._found[kind.index] = _matching(self._rule, kind)
        return found


@lru_cache(maxsize=2_048)
def matching_days(rule: Rule) -> MatchingDays:
    """The days that satisfy the BY… parts of a rule: all days of its months, if it names no days."""
    return MatchingDays(rule)


@lru_cache(maxsize=2_048)
def with_implied_parts(rule: Rule, month: int, day: int, weekday: int) -> Rule:
    """The rule with the parts that RFC 5545 takes from DTSTART, if it names no days, for a DTSTART on such a day."""
    if rule.names_days:
        return rule
    if rule.freq == Frequency.WEEKLY:
        return replace(rule, by_day=(ByDay(weekday),))
    if rule.freq == Frequency.YEARLY:
        return replace(rule, by_month=rule.by_month or (month,), by_month_day=(day,))
    return replace(rule, by_month_day=(day,))


def is_ever_satisfied(rule: Rule) -> bool:
    """Whether there is a day that satisfies the BY… parts. Each kind of year is met within 40 years."""
    return any(matching_days(rule).of(kind) for kind in KINDS)


def _matching(rule: Rule, kind: YearKind) -> int:
    if rule.by_set_pos and not rule.names_days:
        return _united(_matching(explicit, kind) for explicit in _explicit_forms(rule))
    days = kind.all
    if rule.by_month:
        days &= _united(kind.months[month - 1] for month in rule.by_month)
    if rule.by_month_day:
        days &= _united(kind.month_days[day] for day in rule.by_month_day)
    if rule.by_day:
        days &= _united(_weekdays(rule, kind, day) for day in rule.by_day)
    return _at_positions(rule, kind, days) if rule.by_set_pos else days


def _united(sets: Iterable[int]) -> int:
    return reduce(or_, sets, 0)


def _explicit_forms(rule: Rule) -> set[Rule]:
    """The rule with what each day of the month, or each weekday, would imply."""
    return {with_implied_parts(rule, 1, day, day % _WEEK) for day in range(1, 32)}


def _weekdays(rule: Rule, kind: YearKind, day: ByDay) -> int:
    """Each such weekday, or the one with its ordinal in the year or in each month."""
    each = kind.weekdays[day.weekday]
    if not day.ordinal:
        return each
    first = _WEEK * (day.ordinal - 1 if day.ordinal > 0 else day.ordinal)
    if rule.ordinals_in_year:
        start = first if day.ordinal > 0 else first + kind.length
        return each & (span(_WEEK, start) if start >= 0 else span(_WEEK + start))
    days = range(first + 1, first + 8) if day.ordinal > 0 else range(first, first + _WEEK)
    return each & _united(kind.month_days.get(one, 0) for one in days)


def _at_positions(rule: Rule, kind: YearKind, days: int) -> int:
    """The days at the positions of BYSETPOS among those of their day, week, month or year."""
    if rule.freq == Frequency.DAILY:
        return days if {1, -1} & set(rule.by_set_pos) else 0
    if rule.freq == Frequency.WEEKLY:
        return _at_positions_of_weeks(rule, kind, days)
    units = kind.months if rule.freq == Frequency.MONTHLY else (kind.all,)
    return _united(_picked(days & unit, rule.by_set_pos) for unit in units)


def _at_positions_of_weeks(rule: Rule, kind: YearKind, days: int) -> int:
    """The same for weeks: the first and the last one of a year have days in its neighbours, which count as well."""
    until = kind.length + 2 * _WEEK
    weekdays = _united(repeated(1, _WEEK, until) << (day.weekday - kind.first_weekday) % _WEEK for day in rule.by_day)
    december, january = (not rule.by_month or month in rule.by_month for month in (12, 1))
    around = (december and span(_WEEK)) | (january and span(_WEEK, _WEEK + kind.length))
    days = days << _WEEK | weekdays & around
    weeks = range((rule.week_start - kind.first_weekday) % _WEEK, until, _WEEK)
    return _united(_picked(days & span(_WEEK, week), rule.by_set_pos) for week in weeks) >> _WEEK & kind.all


def _picked(days: int, positions: tuple[int, ...]) -> int:
    """The days at these positions of the set, counted from 1, or from its end if negative."""
    ordered = places(days)
    here = (position for position in positions if abs(position) <= len(ordered))
    return _united(1 << ordered[position - 1 if position > 0 else position] for position in here)
