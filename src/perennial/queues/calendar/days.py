"""Pure: sets of dates, which are asked for the days that they have in a year."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache


class Days:
    """A set of dates, kept as a set of days for each year: see `_years`. So many of them are one operation to take out.

    >>> Days([date(2027, 1, 1), date(2027, 1, 3)]).of(2027)
    5
    """

    def __init__(self, dates: Iterable[date]) -> None:
        self._years: dict[int, int] = {}
        for one in dates:
            place = one.toordinal() - date(one.year, 1, 1).toordinal()
            self._years[one.year] = self._years.get(one.year, 0) | 1 << place

    def __bool__(self) -> bool:
        """Whether there is a date in it."""
        return bool(self._years)

    def of(self, year: int) -> int:
        """Those of a year, as a set of days."""
        return self._years.get(year, 0)

    def __or__(self, other: "Days") -> "Days":
        """Those of either set."""
        both = Days(())
        both._years = {year: self.of(year) | other.of(year) for year in self._years.keys() | other._years.keys()}
        return both


NO_DAYS = Days(())


@lru_cache(256)
def days_of(dates: frozenset[date]) -> Days:
    """The set of these dates."""
    return Days(dates)
