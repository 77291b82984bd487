"""Pure: the days of a rule in one phase of its interval.

A search looks at a year at a time, as a set of days, so none has more steps than 100 years have.
"""

from collections.abc import Iterator
from datetime import date

from perennial.queues.calendar._matching import matching_days, with_implied_parts
from perennial.queues.calendar._rule import Frequency, Rule
from perennial.queues.calendar._years import YEAR_MAX, YearKind, first_day, repeated, span, year_kind
from perennial.queues.calendar.days import Days

HORIZON_YEARS = 100
_HORIZON_DAYS = 36_525
_YEAR = 366


class RuleDays:
    """The days of a rule that are in phase with `anchor`, one of them, which stands for DTSTART.

    Without an anchor they are all days that satisfy the rule, whatever its interval.
    """

    def __init__(self, rule: Rule, anchor: date | None) -> None:
        self._rule, self._anchor = rule, anchor
        if anchor and not rule.names_days:
            rule = with_implied_parts(rule, anchor.month, anchor.day, anchor.weekday())
        self._matching = matching_days(rule)

    def has(self, day: date) -> bool:
        """Whether the day is one of them."""
        return bool(self._of(day.year) >> _place(day) & 1)

    def after(self, day: date) -> date | None:
        """The first one after the day; None if there is none within 100 years."""
        start = _place(day) + 1
        for year in range(day.year, min(day.year + HORIZON_YEARS + 1, YEAR_MAX) + 1):
            later = self._of(year) >> start
            if later:
                found = first_day(year) + start + (later & -later).bit_length() - 1
                return date.fromordinal(found) if found - day.toordinal() <= _HORIZON_DAYS else None
            start = 0
        return None

    def before(self, day: date) -> date | None:
        """The last one before the day; None if there is none within 100 years."""
        earlier_days = span(_place(day))
        for year in range(day.year, max(day.year - HORIZON_YEARS - 1, 1) - 1, -1):
            earlier = self._of(year) & earlier_days
            if earlier:
                found = first_day(year) + earlier.bit_length() - 1
                return date.fromordinal(found) if day.toordinal() - found <= _HORIZON_DAYS else None
            earlier_days = span(_YEAR)
        return None

    def first_outside(self, day: date | None, without: Days) -> date | None:
        """The first one from the day on, which is one of them, that is not among the others; None as for `after`.

        Many days of a year are passed over at once.
        """
        while day is not None:
            later = self._of(day.year) >> _place(day) << _place(day)
            if outside := later & ~without.of(day.year):
                return date.fromordinal(first_day(day.year) + (outside & -outside).bit_length() - 1)
            day = self.after(date.fromordinal(first_day(day.year) + later.bit_length() - 1))
        return None

    def last_outside(self, day: date | None, without: Days) -> date | None:
        """The last one up to the day, which is one of them, that is not among the others; None as for `before`."""
        while day is not None:
            earlier = self._of(day.year) & span(_place(day) + 1)
            if outside := earlier & ~without.of(day.year):
                return date.fromordinal(first_day(day.year) + outside.bit_length() - 1)
            day = self.before(date.fromordinal(first_day(day.year) + (earlier & -earlier).bit_length() - 1))
        return None

    def between(self, first: date, last: date) -> Iterator[tuple[int, int]]:
        """Those from `first` to `last`, both included: each year, and its days as a set."""
        for year in range(first.year, last.year + 1):
            days = self._of(year)
            if year == last.year:
                days &= span(_place(last) + 1)
            yield year, days >> _place(first) << _place(first) if year == first.year else days

    def counted(self, year: int) -> int:
        """The days of a year to which the interval comes, from the anchor's own on; all, without an anchor.

        Whether they satisfy the rule is another question.
        """
        kind = year_kind(year)
        if self._anchor is None:
            return kind.all
        days = self._in_phase(year, kind, self._anchor)
        return days >> _place(self._anchor) << _place(self._anchor) if year == self._anchor.year else days

    def _of(self, year: int) -> int:
        """Those of a year, as a set."""
        kind = year_kind(year)
        days = self._matching.of(kind)
        if not days or self._anchor is None or self._rule.interval == 1:
            return days
        return days & self._in_phase(year, kind, self._anchor)

    def _in_phase(self, year: int, kind: YearKind, anchor: date) -> int:
        """The days of a year that lie in every `interval`-th day, week, month or year, counted from the anchor's."""
        interval = self._rule.interval
        if self._rule.freq == Frequency.YEARLY:
            return 0 if (year - anchor.year) % interval else kind.all
        if self._rule.freq == Frequency.MONTHLY:
            first = ((anchor.year - year) * 12 + anchor.month - 1) % interval
            return sum(kind.months[first::interval])
        run = 1 if self._rule.freq == Frequency.DAILY else 7
        start = anchor.toordinal() - ((anchor.weekday() - self._rule.week_start) % 7 if run == 7 else 0)
        # The run that began before 1 January reaches into the year, so the runs are laid out from one period earlier.
        period = run * interval
        begun = (start - first_day(year)) % period
        return repeated(run, period, _YEAR + period) << begun >> period


def _place(day: date) -> int:
    return day.toordinal() - first_day(day.year)
