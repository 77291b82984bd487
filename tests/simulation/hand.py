"""Queues whose numbers were computed by hand, for 2027 and for the hundred years from 2027 to 2126.

These hundred years have 36,524 days: 76 of 365 days and 24 of 366, as 2100 has no 29 February. They begin on a Friday,
as 2027 does, and are 5,217 weeks and five days long.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from simulation.drawing import Drawn

YEAR = 2027


@dataclass(frozen=True)
class Case:
    """A queue, how many slots it has in 2027 and in the century, and the instants of its odd ones."""

    queue: Drawn
    in_the_year: int
    in_the_century: int
    odd: Mapping[datetime, datetime] = field(default_factory=dict)  # by the slot


def _from(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(YEAR, month, day, hour, minute)  # noqa: DTZ001 - slots are wall times


def _utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return _from(month, day, hour, minute).replace(tzinfo=UTC)


CASES = (
    # 02:30 is 03:30 on 28 March, when Berlin's clocks go from 02:00 to 03:00; on 31 October it is the first of two.
    Case(
        Drawn("FREQ=DAILY", None, "Europe/Berlin", _from(1, 1, 2, 30)),
        365,
        36_524,
        {_from(3, 28, 2, 30): _utc(3, 28, 1, 30), _from(10, 31, 2, 30): _utc(10, 31, 0, 30)},
    ),
    # 01:30 is shown twice on 7 November, when New York's clocks go from 02:00 to 01:00: first in summer time.
    Case(
        Drawn(None, 1, "America/New_York", _from(1, 1, 1, 30)), 365, 36_524, {_from(11, 7, 1, 30): _utc(11, 7, 5, 30)}
    ),
    # Half an hour of summer time: on 3 October Lord Howe's clocks go from 02:00 to 02:30, and 02:15 is 02:45.
    Case(
        Drawn("FREQ=DAILY", None, "Australia/Lord_Howe", _from(1, 1, 2, 15)),
        365,
        36_524,
        {_from(10, 3, 2, 15): _utc(10, 2, 15, 45)},
    ),
    # Seven months have 31 days.
    Case(Drawn("FREQ=MONTHLY;BYMONTHDAY=31", None, "America/New_York", _from(1, 31, 9)), 7, 700),
    # Eleven months of 2027 have a 29th; February has one in 24 of the hundred years.
    Case(Drawn("FREQ=MONTHLY;BYMONTHDAY=29", None, None, _from(1, 29, 9)), 11, 1_124),
    Case(Drawn("FREQ=MONTHLY;BYDAY=-1FR", None, "Asia/Kolkata", _from(1, 29, 17)), 12, 1_200),
    Case(Drawn("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", None, "Asia/Kathmandu", _from(1, 29, 17)), 12, 1_200),
    # 52 weeks of three days, and the Friday that is left; in the century three for each week, a Friday and a Monday.
    Case(Drawn("FREQ=WEEKLY;BYDAY=MO,WE,FR", None, "America/New_York", _from(1, 1, 9)), 157, 15_653),
    # From 4 January on 25 fortnights and eleven days, of which the first week has both; then 2,608 and nine days.
    Case(Drawn("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU", None, "Pacific/Apia", _from(1, 5, 9)), 52, 5_218),
    # 1 January and 52 weeks after it; 1 January and 5,217 weeks after it.
    Case(Drawn(None, 7, None, _from(1, 1, 12)), 53, 5_218),
    Case(Drawn(None, 2, "Africa/Casablanca", _from(1, 1, 23, 30)), 183, 18_262),
    Case(Drawn("FREQ=DAILY;BYMONTH=2", None, "Pacific/Chatham", _from(2, 1, 0, 30)), 28, 2_824),
)
