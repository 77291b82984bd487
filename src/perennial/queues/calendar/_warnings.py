"""Pure: why a rule never fires, and what may surprise the author of one that does, in sentences."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

from perennial.queues.calendar._matching import is_ever_satisfied, matching_days
from perennial.queues.calendar._rule import WEEKDAYS, ByDay, Frequency, Rule
from perennial.queues.calendar._years import KINDS

_FEBRUARY = 2
_SHORT_MONTHS = {2: "February", 4: "April", 6: "June", 9: "September", 11: "November"}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UNITS = {Frequency.DAILY: "day", Frequency.WEEKLY: "week", Frequency.MONTHLY: "month", Frequency.YEARLY: "year"}
_DAY_PARTS = ("by_month", "by_month_day", "by_day")
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


def warnings_about(rule: Rule) -> Iterator[str]:
    """A sentence for each thing that is right, and may not be what the author expects."""
    if rule.by_set_pos:
        yield from _about_positions(rule)
        return
    for day in rule.by_day or ():
        if abs(day.ordinal) == (53 if rule.ordinals_in_year else 5):
            yield _about_ordinal(rule, day)
    for day_of_month in () if rule.by_day else rule.by_month_day:
        yield from _about_month_day(rule, day_of_month)


def _about_positions(rule: Rule) -> Iterator[str]:
    found = [(kind, matching_days(rule).of(kind)) for kind in KINDS]
    if rule.freq == Frequency.MONTHLY:
        months = rule.by_month or range(1, 13)
        if any(not days & kind.months[month - 1] for kind, days in found for month in months):
            yield "Some months have no day at a position of BYSETPOS, so the rule passes over them."
    if rule.freq == Frequency.YEARLY and not all(days for _, days in found):
        yield "Some years have no day at a position of BYSETPOS, so the rule passes over them."


def _about_ordinal(rule: Rule, day: ByDay) -> str:
    name, code = _WEEKDAYS[day.weekday], WEEKDAYS[day.weekday]
    few = f"years have only 52 {name}s" if rule.ordinals_in_year else f"months have only four {name}s"
    instead = f"-1{code} is the last {name}" if day.ordinal > 0 else f"1{code} is the first {name}"
    return f"Most {few}, so {day.ordinal}{code} passes over them; {instead} of each."


def _about_month_day(rule: Rule, day: int) -> Iterator[str]:
    most = abs(day)
    short = [month for month in rule.by_month or range(1, 13) if most > _length(month)]
    if not short:
        return
    if most == 29:
        has, gone = ("has a 29th", "that day") if day > 0 else ("has 29 days", "it")
        yield f"February {has} in leap years only, so the rule passes over {gone} in the others."
        return
    one = len(short) == 1
    names = [_SHORT_MONTHS[month] for month in short]
    who = f"{names[0]} has" if one else f"{_NUMBERS[len(names)]} ({', '.join(names)}) have"
    if day < 0:
        yield f"{who} fewer than {most} days, so BYMONTHDAY={day} passes over {'it' if one else 'them'}."
    else:
        what = "30th" if most == 30 else "31st"
        yield f"{who} no {what}, so the rule passes over that day there; BYMONTHDAY=-1 is the last day of each month."


def _length(month: int) -> int:
    """The days of a month in most years."""
    return 28 if month == _FEBRUARY else 30 if month in _SHORT_MONTHS else 31
