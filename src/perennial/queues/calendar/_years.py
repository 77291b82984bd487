"""Pure: sets of days of a year as whole numbers, whose lowest bit is 1 January.

Sets are intersected, united and counted by one operation each. There are fourteen kinds of years: one for each weekday
on which a year may begin, without a leap day and with one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate

YEAR_MAX = 9_998  # the last whose instants can be written in every time zone

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_CYCLE = 400  # the calendar repeats after so many years, weekdays included


@dataclass(frozen=True, eq=False)
class YearKind:
    """The sets of days of such a year: each month (January is 0), each weekday (Monday is 0), each day of all months.

    Days of the month count from 1, and from the month's end if they are negative.
    """

    index: int
    length: int
    first_weekday: int
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    month_days: dict[int, int]

    @property
    def all(self) -> int:
        """All days of the year."""
        return span(self.length)


def span(count: int, start: int = 0) -> int:
    """So many days from a place on."""
    return (1 << count) - 1 << start


@lru_cache(maxsize=1_024)
def repeated(run: int, period: int, until: int) -> int:
    """The first `run` days of each `period`, up to a place at least."""
    return sum(span(run, start) for start in range(0, until, period))


def places(days: int) -> list[int]:
    """The places of the set's days, in their order."""
    return [place for place in range(days.bit_length()) if days >> place & 1]


def ends(year: int, days: int) -> tuple[date, date]:
    """The first and the last day of a set of this year's."""
    before = first_day(year) - 1
    return date.fromordinal(before + (days & -days).bit_length()), date.fromordinal(before + days.bit_length())


def stretches(days: int, sets: Sequence[int]) -> Iterator[tuple[int | None, int]]:
    """The days in their order, neighbours together that are in one of the sets, the first that has them, or in none.

    With each comes the place of its set, None for none. Days are neighbours if no other of `days` lies between them.
    """
    parts: list[tuple[int | None, int]] = []
    rest = days
    for index, one in enumerate(sets):
        parts.append((index, rest & one))
        rest &= ~one
    parts.append((None, rest))
    while days:
        place, same = next(part for part in parts if part[1] & days & -days)
        others = days & ~same
        found = days & ((others & -others) - 1)  # those below the first other one, or all
        yield place, found
        days ^= found


def first_day(year: int) -> int:
    """The ordinal number of 1 January, as date.toordinal counts."""
    before = year - 1
    return before * 365 + before // 4 - before // 100 + before // 400 + 1


def year_kind(year: int) -> YearKind:
    """The kind of this year."""
    return KINDS[_KIND_OF[year % _CYCLE]]


def _kind(index: int) -> YearKind:
    first_weekday, leap = divmod(index, 2)
    lengths = [length + (leap and month == 1) for month, length in enumerate(_LENGTHS)]
    months = list(zip(accumulate(lengths, initial=0), lengths, strict=False))
    days = range(1, 32)
    month_days = {day: sum(1 << start + day - 1 for start, length in months if day <= length) for day in days}
    from_end = {-day: sum(1 << start + length - day for start, length in months if day <= length) for day in days}
    return YearKind(
        index,
        sum(lengths),
        first_weekday,
        tuple(span(length, start) for start, length in months),
        tuple(repeated(1, 7, 366) << (weekday - first_weekday) % 7 & span(sum(lengths)) for weekday in range(7)),
        month_days | from_end,
    )


def _index_of(year: int) -> int:
    leap = first_day(year + 1) - first_day(year) == 366
    return (first_day(year) - 1) % 7 * 2 + leap


KINDS = tuple(_kind(index) for index in range(14))
_KIND_OF = tuple(_index_of(year) for year in range(_CYCLE, 2 * _CYCLE))
