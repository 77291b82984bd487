"""The second opinion on which slots a queue has: python-dateutil on wall times, and zoneinfo for their instants."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Self
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, rrule, rrulestr

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Slots:
    """The slots of a queue in their order, and their instants."""

    local: Sequence[datetime]
    instants: Sequence[datetime]

    @classmethod
    def of(cls, rule: str | None, interval: int | None, zone: str | None, first: datetime, until: datetime) -> Self:
        """The slots from `first`, a wall time, to another; a day that the zone skipped has none of its own."""
        local, instants = list[datetime](), list[datetime]()
        for slot in wall_times(rule, interval, first, until):
            instant = instant_of(slot, zone)
            if not instants or instant > instants[-1]:
                local.append(slot)
                instants.append(instant)
        return cls(local, instants)

    def __len__(self) -> int:
        return len(self.local)


def wall_times(rule: str | None, interval: int | None, first: datetime, until: datetime) -> Iterator[datetime]:
    """What the rule, or the interval in days, says from `first` to `until`."""
    if rule is None:
        return iter(rrule(DAILY, first, interval or 1, until=until))
    start = first
    if "WEEKLY" in rule and "BYSETPOS" in rule:  # python-dateutil counts the days of the first week from its start on
        start -= timedelta(days=(first.weekday() - _week_start(rule)) % 7)
    found = rrulestr(f"{rule};UNTIL={until:%Y%m%dT%H%M%S}", dtstart=start)
    return (slot for slot in found if slot >= first)


def _week_start(rule: str) -> int:
    _, _, name = rule.partition("WKST=")
    return WEEKDAYS.index(name[:2]) if name else 0


def instant_of(slot: datetime, zone: str | None) -> datetime:
    """When the wall time is: the first time if there are two; moved by the length of the gap if there is none."""
    if zone is None:
        return slot.replace(tzinfo=UTC)
    info = read_zone(zone)
    early, late = (slot.replace(tzinfo=info, fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    if early == late:
        return (slot - early).replace(tzinfo=UTC)
    candidates = sorted((slot - offset).replace(tzinfo=UTC) for offset in (early, late))
    shown = [one for one in candidates if one.astimezone(info).replace(tzinfo=None) == slot]
    return shown[0] if shown else candidates[-1]


@cache
def read_zone(name: str) -> ZoneInfo:
    """The zone as the package tzdata has it, whatever the machine has."""
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)
