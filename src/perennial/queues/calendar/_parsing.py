"""Pure: reads the text of an RRULE. Whatever is not understood, or belongs elsewhere, is refused with a sentence."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from perennial.queues.calendar._rule import WEEKDAYS, ByDay, Frequency, InvalidRule, Rule

LENGTH_MAX = 512
INTERVAL_MAX = 1_000
YEARS_MAX = 100

_BEGINNING = "A rule begins with FREQ: DAILY, WEEKLY, MONTHLY or YEARLY, as in FREQ=WEEKLY;BYDAY=MO,TH."
_CRON = (
    "This is cron, and a rule is an RRULE: write FREQ=WEEKLY;BYDAY=MO, for example, with the time of day in "
    "nextScheduledTime."
)
_CRON_VALUE = r"(?:[*?]|[0-9]{1,4}[LW]?|LW?|[A-Z]{3})"
_CRON_FIELD = rf"{_CRON_VALUE}(?:[-/,#]{_CRON_VALUE})*"
_ANY_CRON = rf"@[A-Z]+|(?:CRON\()?(?=.*[*?]){_CRON_FIELD}(?:\s+{_CRON_FIELD}){{4,6}}\)?"
_ONE_RUN_A_DAY = "A queue runs at most once a day, at the time of day of its nextScheduledTime"
# Parts of RFC 5545 that a queue does not take from its rule.
_ELSEWHERE = {
    "COUNT": "How many times a queue runs is its maxExecutions, not COUNT.",
    "UNTIL": "When a queue ends is its endsAt, not UNTIL.",
    "BYHOUR": f"{_ONE_RUN_A_DAY}, not of BYHOUR.",
    "BYMINUTE": f"{_ONE_RUN_A_DAY}, not of BYMINUTE.",
    "BYSECOND": f"{_ONE_RUN_A_DAY}, not of BYSECOND.",
    "BYWEEKNO": "BYWEEKNO is not supported: name the days by BYMONTH and BYDAY, or the weeks by INTERVAL.",
    "BYYEARDAY": "BYYEARDAY is not supported: name the day by BYMONTH and BYMONTHDAY.",
    "DTSTART": "When a queue begins is its nextScheduledTime, not DTSTART.",
    "TZID": "The time zone of a queue is its timezone, not TZID.",
    "EXDATE": "The dates on which a queue does not run are its excludedDates, not EXDATE.",
    "EXRULE": "EXRULE is not supported: the dates on which a queue does not run are its excludedDates.",
    "RDATE": "RDATE is not supported: a queue runs by one rule, and runQueueNow adds a run.",
}


def read_rule(text: str) -> Rule:
    """The rule that the text says; InvalidRule if its parts are wrong, each by itself or together."""
    found = _split(text)
    if "FREQ" not in found:
        raise InvalidRule(_BEGINNING)
    rule = Rule(**{_PARTS[name].field: _PARTS[name].read(value) for name, value in found.items()})
    _check_interval(rule)
    _check_days(rule)
    return rule


def _split(text: str) -> dict[str, str]:
    """The parts by their names, in capitals."""
    if len(text) > LENGTH_MAX:
        raise InvalidRule(f"A rule has at most {LENGTH_MAX} characters, not {len(text):,}.")
    text = text.strip().upper()
    _check_form(text)
    found: dict[str, str] = {}
    for part in text.removeprefix("RRULE:").split(";"):
        name, _, value = part.partition("=")
        if not part:
            raise InvalidRule("A rule has one semicolon between two parts, and none at its end.")
        if name not in _PARTS:
            raise InvalidRule(f"{_cut(part)} is not supported: a rule has the parts {', '.join(_PARTS)}.")
        if name in found:
            raise InvalidRule(f"A rule has each part once; {name} stands there twice.")
        if not value:
            raise InvalidRule(f"{name} has no value: write {_PARTS[name].example}, for example.")
        found[name] = value
    return found


def _check_form(text: str) -> None:
    for name, sentence in _ELSEWHERE.items():
        if re.search(rf"(^|[;:\s]){name}[=:;]", text):
            raise InvalidRule(sentence)
    if not text:
        raise InvalidRule(_BEGINNING)
    if re.fullmatch(_ANY_CRON, text):
        raise InvalidRule(_CRON)
    if len(text.splitlines()) > 1:
        raise InvalidRule("A rule is one line, as FREQ=WEEKLY;BYDAY=MO,TH is.")
    if re.search(r"\s", text):
        raise InvalidRule("A rule is written without spaces, as FREQ=WEEKLY;BYDAY=MO,TH is.")


def _read_frequency(value: str) -> Frequency:
    if value in {"SECONDLY", "MINUTELY", "HOURLY"}:
        raise InvalidRule(f"{_ONE_RUN_A_DAY}: FREQ is DAILY, WEEKLY, MONTHLY or YEARLY, not {value}.")
    if value not in Frequency.__members__:
        raise InvalidRule(f"FREQ is DAILY, WEEKLY, MONTHLY or YEARLY, not {_cut(value)}.")
    return Frequency(value)


def _read_interval(value: str) -> int:
    return _integer(value, 1, INTERVAL_MAX, f"INTERVAL is a whole number from 1 to {INTERVAL_MAX:,}")


def _read_days(value: str) -> tuple[ByDay, ...]:
    return tuple(sorted({_read_day(one) for one in value.split(",")}))


def _read_day(value: str) -> ByDay:
    found = re.fullmatch(rf"([+-]?[0-9]{{1,2}})?({'|'.join(WEEKDAYS)})", value)
    if not found or (found[1] and int(found[1]) == 0):
        right = (
            f"BYDAY has weekdays ({', '.join(WEEKDAYS)}), with a number for the first, second or last: 1MO, 2MO, -1MO"
        )
        raise InvalidRule(f"{right}; not {_cut(value)}.")
    return ByDay(WEEKDAYS.index(found[2]), int(found[1] or 0))


def _read_month_days(value: str) -> tuple[int, ...]:
    return _integers(value, -31, 31, "BYMONTHDAY has days from 1 to 31, or from -31 to -1 counted from the month's end")


def _read_months(value: str) -> tuple[int, ...]:
    return _integers(value, 1, 12, "BYMONTH has months from 1 to 12")


def _read_positions(value: str) -> tuple[int, ...]:
    return _integers(value, -366, 366, "BYSETPOS has positions from 1 to 366, or from -366 to -1 counted from the end")


def _read_week_start(value: str) -> int:
    if value not in WEEKDAYS:
        raise InvalidRule(f"WKST is the weekday on which weeks begin, one of {', '.join(WEEKDAYS)}; not {_cut(value)}.")
    return WEEKDAYS.index(value)


def _integers(value: str, least: int, most: int, right: str) -> tuple[int, ...]:
    return tuple(sorted({_integer(one, least, most, right) for one in value.split(",")}))


def _integer(value: str, least: int, most: int, right: str) -> int:
    sign = "[+-]?" if least < 0 else ""
    if not re.fullmatch(f"{sign}[0-9]{{1,4}}", value) or not least <= int(value) <= most or int(value) == 0:
        raise InvalidRule(f"{right}; not {_cut(value)}.")
    return int(value)


def _cut(value: str) -> str:
    """What a person wrote, as far as a sentence has room for it."""
    return repr(value if len(value) <= 40 else f"{value[:40]}…")


def _check_interval(rule: Rule) -> None:
    if rule.freq == Frequency.YEARLY and rule.interval > YEARS_MAX:
        raise InvalidRule(
            f"A queue runs again within {YEARS_MAX} years: with FREQ=YEARLY, INTERVAL is {YEARS_MAX} at most."
        )


def _check_days(rule: Rule) -> None:
    """What RFC 5545 says of BY… parts together."""
    ordinals = [abs(day.ordinal) for day in rule.by_day if day.ordinal]
    if ordinals and rule.freq in {Frequency.DAILY, Frequency.WEEKLY}:
        raise InvalidRule(
            f"With FREQ={rule.freq}, BYDAY has weekdays without numbers: the first Monday is of MONTHLY rules."
        )
    most, unit = (53, "year") if rule.ordinals_in_year else (5, "month")
    if any(ordinal > most for ordinal in ordinals):
        raise InvalidRule(
            f"A {unit} has each weekday {most} times at most: the numbers in BYDAY are -{most} to {most}."
        )
    if rule.by_month_day and rule.freq == Frequency.WEEKLY:
        raise InvalidRule("With FREQ=WEEKLY days are named by BYDAY; BYMONTHDAY is for DAILY, MONTHLY and YEARLY.")
    if rule.by_set_pos and not (rule.by_day or rule.by_month_day or rule.by_month):
        raise InvalidRule("BYSETPOS picks among the days that BYDAY, BYMONTHDAY or BYMONTH name: add one of them.")


class _Part(NamedTuple):
    field: str
    read: Callable[[str], Any]
    example: str


_PARTS = {
    "FREQ": _Part("freq", _read_frequency, "FREQ=WEEKLY"),
    "INTERVAL": _Part("interval", _read_interval, "INTERVAL=2"),
    "BYDAY": _Part("by_day", _read_days, "BYDAY=MO,TH"),
    "BYMONTHDAY": _Part("by_month_day", _read_month_days, "BYMONTHDAY=1,-1"),
    "BYMONTH": _Part("by_month", _read_months, "BYMONTH=3,9"),
    "BYSETPOS": _Part("by_set_pos", _read_positions, "BYSETPOS=-1"),
    "WKST": _Part("week_start", _read_week_start, "WKST=SU"),
}
