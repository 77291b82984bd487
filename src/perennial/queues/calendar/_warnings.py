"""Pure: why a rule never fires, and what may surprise the author of one that does, in sentences."""

from calendar import month_name
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import Any, NamedTuple

from perennial.queues.calendar._matching import MatchingDays, is_ever_satisfied, matching_days
from perennial.queues.calendar._rule import WEEKDAYS, ByDay, Frequency, Rule
from perennial.queues.calendar._rule_days import HORIZON_YEARS, RuleDays
from perennial.queues.calendar._years import YEAR_MAX, YearKind, year_kind

_SHORT_MONTHS = {2: "February", 4: "April", 6: "June", 9: "September", 11: "November"}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UNITS = {Frequency.DAILY: "day", Frequency.WEEKLY: "week", Frequency.MONTHLY: "month", Frequency.YEARLY: "year"}
_DAY_PARTS = ("by_month", "by_month_day", "by_day")
_ORDINALS = {29: "29th", 30: "30th", 31: "31st"}
_NUMBERS = ("No month", "", "Two months", "Three months", "Four months", "Five months")


def why_never(rule: Rule) -> str | None:
    """Why no day satisfies the BY… parts of the rule, by those of them that do not go together; None if one does."""
    if is_ever_satisfied(rule):
        return None
    if is_ever_satisfied(replace(rule, by_set_pos=())):
        position, unit = _part(rule, "by_set_pos"), _UNITS[rule.freq]
        return f"{position} picks no day: in no {unit} do the other parts name so many. Change it, or them."
    contrary = next(names for names in _combined(rule) if not is_ever_satisfied(_with_parts(rule, names)))
    return f"No day satisfies {' and '.join(_part(rule, name) for name in contrary)}: change one of them."


def _combined(rule: Rule) -> Iterator[tuple[str, ...]]:
    """Those parts that name days, two together, then all."""
    given = [name for name in _DAY_PARTS if getattr(rule, name)]
    for number in range(2, len(given) + 1):
        yield from (names for names in combinations(given, number) if _mean_the_same(rule, names))


def _mean_the_same(rule: Rule, names: tuple[str, ...]) -> bool:
    """Whether ordinals of BYDAY, if it is one of these parts, count within the same unit without the others."""
    return "by_day" not in names or _with_parts(rule, names).ordinals_in_year == rule.ordinals_in_year


def _with_parts(rule: Rule, names: tuple[str, ...]) -> Rule:
    """The rule with these parts alone of those that name days."""
    without: dict[str, Any] = {name: () for name in _DAY_PARTS if name not in names}
    return replace(rule, by_set_pos=(), **without)


def _part(rule: Rule, name: str) -> str:
    """The part as a person writes it: BYMONTH=2,4."""
    values = getattr(rule, name)
    words = [f"{one.ordinal or ''}{WEEKDAYS[one.weekday]}" for one in values] if name == "by_day" else map(str, values)
    return f"{name.replace('_', '').upper()}={','.join(words)}"


class _Unit(NamedTuple):
    """A month to which a rule comes by its interval, or a year (`month` 0): its days as a set, and its kind of year."""

    year: int
    month: int
    kind: YearKind
    days: int

    def lacks(self, days: MatchingDays) -> bool:
        """Whether it has none of these days."""
        return not days.of(self.kind) & self.days


def warnings_about(rule: Rule, first: date) -> Iterator[str]:
    """A sentence for each thing that is right, and may not be what the author expects.

    The rule names its days, of which `first` is one, from which its interval is counted. What it passes over within a
    hundred years counts.
    """
    if rule.by_set_pos:
        yield from _about_positions(rule, first)
        return
    for day in rule.by_day:
        if abs(day.ordinal) == (53 if rule.ordinals_in_year else 5):
            yield from _about_ordinal(rule, first, day)
    some_lack = [] if rule.by_day else [day for day in rule.by_month_day if abs(day) > 28]
    months = list(_months(rule, first)) if some_lack else []
    for day_of_month in some_lack:
        days = matching_days(Rule(rule.freq, by_month_day=(day_of_month,)))
        yield from _about_month_day(rule, day_of_month, [month for month in months if month.lacks(days)])


def _months(rule: Rule, first: date) -> Iterator[_Unit]:
    numbers = rule.by_month or range(1, 13)
    for year, kind, counted in _years_counted(rule, first):
        months = ((number, kind.months[number - 1]) for number in numbers)
        yield from (_Unit(year, number, kind, days) for number, days in months if days & counted)


def _years(rule: Rule, first: date) -> Iterator[_Unit]:
    return (_Unit(year, 0, kind, kind.all) for year, kind, _ in _years_counted(rule, first))


def _years_counted(rule: Rule, first: date) -> Iterator[tuple[int, YearKind, int]]:
    """The years to which the interval comes, with the days to which it does."""
    rule_days = RuleDays(rule, first)
    for year in range(first.year, min(first.year + HORIZON_YEARS, YEAR_MAX + 1)):
        if counted := rule_days.counted(year):
            yield year, year_kind(year), counted


def _about_positions(rule: Rule, first: date) -> Iterator[str]:
    days = matching_days(rule)
    if rule.freq == Frequency.MONTHLY and any(month.lacks(days) for month in _months(rule, first)):
        yield "Some months have no day at a position of BYSETPOS, so the rule passes over them."
    if rule.freq == Frequency.YEARLY and any(year.lacks(days) for year in _years(rule, first)):
        yield "Some years have no day at a position of BYSETPOS, so the rule passes over them."


def _about_ordinal(rule: Rule, first: date, day: ByDay) -> Iterator[str]:
    days = matching_days(replace(rule, by_day=(day,), by_month_day=()))
    if not any(unit.lacks(days) for unit in (_years if rule.ordinals_in_year else _months)(rule, first)):
        return
    name, code = _WEEKDAYS[day.weekday], WEEKDAYS[day.weekday]
    few = f"years have only 52 {name}s" if rule.ordinals_in_year else f"months have only four {name}s"
    instead = f"-1{code} is the last {name}" if day.ordinal > 0 else f"1{code} is the first {name}"
    yield f"Most {few}, so {day.ordinal}{code} passes over them; {instead} of each."


def _about_month_day(rule: Rule, day: int, months: Sequence[_Unit]) -> Iterator[str]:
    """About this day of the month, which these months lack."""
    most = abs(day)
    if not months:
        return
    if most == 29 and any(month.year % 100 for month in months):
        has, gone = ("has a 29th", "that day") if day > 0 else ("has 29 days", "it")
        yield f"February {has} in leap years only, so the rule passes over {gone} in the others."
        return
    named = [f"February {month.year}" for month in months]  # one that would be of a leap year, but for its century
    names = named if most == 29 else [_SHORT_MONTHS[number] for number in sorted({month.month for month in months})]
    one = len(names) == 1
    who = f"{names[0]} has" if one else f"{_NUMBERS[len(names)]} ({', '.join(names)}) have"
    if day < 0:
        yield f"{who} fewer than {most} days, so BYMONTHDAY={day} passes over {'it' if one else 'them'}."
    else:
        what = _ORDINALS[most]
        yield f"{who} no {what}, so the rule passes over that day there; {_last_days(rule, day)}."


def _last_days(rule: Rule, day: int) -> str:
    """With which parts the rule takes the last day of its months in place of this day."""
    days = (*(one for one in rule.by_month_day if one not in {day, -1}), -1)
    named, of_each = "", "month"
    if rule.by_month:
        named = f"{_part(rule, 'by_month')};"
        of_each = month_name[rule.by_month[0]] if len(rule.by_month) == 1 else "month that it names"
    return (
        f"with {named}{_part(replace(rule, by_month_day=days), 'by_month_day')} it takes the last day of each {of_each}"
    )
