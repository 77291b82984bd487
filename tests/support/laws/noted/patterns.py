"""On which days a queue runs, as somebody finds out who has a calendar and knows the clocks of other countries.

The days of a rule are python-dateutil's, the clocks are zoneinfo's.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr


@dataclass(frozen=True)
class Pattern:
    """Every so many days, or by a rule; by the clocks of a zone, or of UTC. A slot is a time on these clocks."""

    interval: int | None
    rule: str | None = None
    zone: str | None = None

    @property
    def clocks(self) -> tzinfo:
        """Whose clocks they are."""
        return ZoneInfo(self.zone) if self.zone else UTC

    @property
    def step(self) -> timedelta:
        """From one slot to the next, where all are as far from one another."""
        return timedelta(days=self.interval or 0)

    def has_days_of(self, other: "Pattern") -> bool:
        """Whether both have the same slots: each day is each day, by a rule or not."""
        rules = [one.rule or f"INTERVAL={one.interval}" for one in (self, other)]
        return self.zone == other.zone and len({"INTERVAL=1" if one == "FREQ=DAILY" else one for one in rules}) == 1

    def next(self, slot: datetime) -> datetime:
        """The slot after this one."""
        if self.interval:
            return slot + self.step
        return datetime.combine(_day(self.rule, slot.date() + timedelta(days=1)), slot.time())

    def instant(self, slot: datetime) -> datetime:
        """When the clocks show it: the first time, or as much later as they skip."""
        return slot.replace(tzinfo=self.clocks, fold=0).astimezone(UTC)

    def slot(self, time: datetime) -> datetime:
        """What the clocks show then."""
        return time.astimezone(self.clocks).replace(tzinfo=None, fold=0)

    def fits(self, time: datetime) -> bool:
        """Whether a queue may begin then: on a day of the rule, and not when the clocks show something once more."""
        return self.has_day(self.slot(time)) and time.astimezone(self.clocks).fold == 0

    def has_day(self, slot: datetime) -> bool:
        """Whether it is on a day of the rule; an interval begins on any."""
        return bool(self.interval) or _day(self.rule, slot.date()) == slot.date()


@cache
def _day(rule: str | None, day: date) -> date:
    """The first day of the rule, from this one on. None of ours has an interval, whose days depend on the first."""
    start = datetime.combine(day, datetime.min.time())
    return date(*rrulestr(f"RRULE:{rule}", dtstart=start).after(start, inc=True).timetuple()[:3])


def every(days: int) -> Pattern:
    """Every so many days of 24 hours."""
    return Pattern(days)


# Clocks that go forward and back, by half an hour on Lord Howe Island, and at midnight in Beirut.
ZONES = ("Europe/Berlin", "Asia/Beirut", "America/New_York", "Australia/Lord_Howe")
RULES = ("FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=MONTHLY;BYMONTHDAY=-1,15", "FREQ=WEEKLY;BYDAY=TU,SA,SU")
PATTERNS = (Pattern(1, None, ZONES[0]), *map(Pattern, [None] * 4, RULES, [*ZONES[1:], None]))
