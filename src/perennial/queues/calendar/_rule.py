"""Pure: a recurrence rule as it is computed with, and the error of one that is refused."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class InvalidRule(ValueError):
    """A rule is refused. The message is a sentence for a person, which says what would be right."""


class Frequency(StrEnum):
    """The unit of a rule: its INTERVAL counts them, and BYSETPOS picks among the days of one."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


class ByDay(NamedTuple):
    """A weekday, 0 for Monday; `ordinal` is which of them in the month or year, from its end if negative, 0: each."""

    weekday: int
    ordinal: int = 0


@dataclass(frozen=True)
class Rule:
    """A parsed RRULE. Each part is a sorted tuple, empty if the rule does not have it; `week_start` is 0 for Monday.

    What RFC 5545 takes from DTSTART (the weekday of a WEEKLY rule without BYDAY, and the like) is not in it: it comes
    from a slot of the series, as the phase of the interval does.
    """

    freq: Frequency
    interval: int = 1
    by_day: tuple[ByDay, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    by_set_pos: tuple[int, ...] = ()
    week_start: int = 0

    @property
    def names_days(self) -> bool:
        """Whether the rule itself says which days of its unit are meant, so that nothing comes from a slot."""
        return bool(self.by_day or self.by_month_day) or self.freq == Frequency.DAILY

    @property
    def is_plain(self) -> bool:
        """Whether it is every so many days, and nothing else."""
        by_parts = self.by_day or self.by_month_day or self.by_month or self.by_set_pos
        return self.freq == Frequency.DAILY and not by_parts

    @property
    def ordinals_in_year(self) -> bool:
        """Whether the ordinals of BYDAY count within the year; otherwise they count within the month."""
        return self.freq == Frequency.YEARLY and not self.by_month
