"""Queues drawn by lot: rules of all kinds, zones with all that zones do, times that clocks skip or show twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from simulation.calendar import WEEKDAYS, wall_times

# With halves and quarters of an hour, half an hour's summer time, midnight gaps, lost days, and rules that change.
ZONES = (
    *("Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Lagos", "America/Anchorage"),
    *("America/Argentina/Buenos_Aires", "America/Bogota", "America/Chicago", "America/Denver", "America/Halifax"),
    *("America/Havana", "America/Los_Angeles", "America/Mexico_City", "America/New_York", "America/Nuuk"),
    *("America/Phoenix", "America/Santiago", "America/Sao_Paulo", "America/St_Johns", "Antarctica/Troll"),
    *("Asia/Amman", "Asia/Beirut", "Asia/Dubai", "Asia/Gaza", "Asia/Hong_Kong", "Asia/Jerusalem", "Asia/Kathmandu"),
    *("Asia/Kolkata", "Asia/Pyongyang", "Asia/Shanghai", "Asia/Singapore", "Asia/Tehran", "Asia/Tokyo"),
    *("Atlantic/Azores", "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Sydney", "Europe/Berlin"),
    *("Europe/Chisinau", "Europe/Dublin", "Europe/Istanbul", "Europe/Lisbon", "Europe/London", "Europe/Moscow"),
    *("Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Easter", "Pacific/Honolulu", "UTC"),
)
TIMES = ((0, 0), (0, 30), (1, 30), (2, 0), (2, 15), (2, 30), (3, 0), (8, 0), (9, 0), (12, 0), (17, 0), (23, 30))
DAYS_ARE_TRIED = 40 * 366


@dataclass(frozen=True)
class Drawn:
    """The rule or the interval (days) of a queue, its zone, and its first slot."""

    rule: str | None
    interval: int | None
    zone: str | None
    first: datetime

    def __str__(self) -> str:
        rule = self.rule or f"every {self.interval} days"
        return f"{rule}, {self.zone or 'without a zone'}, from {self.first:%Y-%m-%dT%H:%M}"


def draw(
    lot: Random, earliest: datetime, latest: datetime, often: float, times: Sequence[tuple[int, int]] = TIMES
) -> Drawn:
    """A queue whose first slot lies within a few years after some day between these.

    `often` is the share of those that run on most days.

    Its rule has slots: which ones is asked of python-dateutil.
    """
    day = earliest + timedelta(days=lot.randrange((latest - earliest).days + 1))
    hour, minute = lot.choice(times)
    first = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
    zone = lot.choice(ZONES) if lot.random() < 0.9 else None
    if lot.random() < 0.15:
        return Drawn(
            None, 1 if lot.random() < often else lot.choice((2, 3, 5, 7, 10, 14, 28, 30, 90, 365)), zone, first
        )
    while True:
        rule = draw_rule(lot, often)
        found = next(wall_times(rule, None, first, first + timedelta(days=DAYS_ARE_TRIED)), None)
        if found:
            return Drawn(rule, None, zone, found)


def draw_rule(lot: Random, often: float) -> str:
    """A rule that may have no slot at all, such as 30 February."""
    if lot.random() < often:
        freq, draw_parts = lot.choice((("DAILY", _daily), ("WEEKLY", _most_days)))
    else:
        freq, draw_parts = lot.choice((("WEEKLY", _weekly), *[("MONTHLY", _monthly)] * 2, ("YEARLY", _yearly)))
    parts = [f"FREQ={freq}", *draw_parts(lot)]
    if lot.random() < 0.2:
        parts.append(f"WKST={lot.choice(WEEKDAYS)}")
    return ";".join(parts)


def _daily(lot: Random) -> list[str]:
    if lot.random() < 0.8:
        return _interval(lot, 30, 0.1)
    return lot.choice((_weekdays, _months, _month_days))(lot) + _interval(lot, 5, 0.3)


def _most_days(lot: Random) -> list[str]:
    return [f"BYDAY={','.join(lot.sample(WEEKDAYS, lot.randint(5, 7)))}"]


def _weekly(lot: Random) -> list[str]:
    days = _weekdays(lot) if lot.random() < 0.8 else []
    position = [f"BYSETPOS={lot.choice((1, -1, 2))}"] if days and lot.random() < 0.1 else []
    return _interval(lot, 6, 0.5) + days + position


def _monthly(lot: Random) -> list[str]:
    parts = _interval(lot, 18, 0.3) + (_months(lot) if lot.random() < 0.2 else [])
    kind = lot.random()
    if kind < 0.1:
        return parts
    if kind < 0.4:
        return parts + _month_days(lot)
    if kind < 0.7:
        return [*parts, _ordinals(lot, 5)]
    return parts + _weekdays(lot) + [f"BYSETPOS={lot.choice((1, 2, 3, -1, -2))}"]


def _yearly(lot: Random) -> list[str]:
    parts = _interval(lot, 4, 0.3)
    kind = lot.random()
    if kind < 0.2:
        return parts
    if kind < 0.4:
        return [*parts, _ordinals(lot, 53)]
    if kind < 0.6:
        return parts + _months(lot) + [_ordinals(lot, 5)]
    if kind < 0.8:
        return parts + _months(lot) + _month_days(lot)
    return parts + _months(lot) + _weekdays(lot) + [f"BYSETPOS={lot.choice((1, 10, -1, -7))}"]


def _interval(lot: Random, most: int, share: float) -> list[str]:
    return [f"INTERVAL={lot.randint(2, most)}"] if lot.random() < share else []


def _weekdays(lot: Random) -> list[str]:
    return [f"BYDAY={','.join(lot.sample(WEEKDAYS, lot.randint(1, 5)))}"]


def _ordinals(lot: Random, most: int) -> str:
    numbers = (lot.choice((1, 2, 3, 4, -1, -2, most, -most, lot.randint(1, most))) for _ in range(lot.randint(1, 2)))
    return f"BYDAY={','.join(f'{number}{lot.choice(WEEKDAYS)}' for number in numbers)}"


def _months(lot: Random) -> list[str]:
    return [f"BYMONTH={','.join(map(str, lot.sample(range(1, 13), lot.randint(1, 4))))}"]


def _month_days(lot: Random) -> list[str]:
    days = lot.sample((*range(1, 32), 31, 31, 30, 29, -1, -1, -2, -31), lot.randint(1, 3))
    return [f"BYMONTHDAY={','.join(map(str, days))}"]
