"""R. The next slot of rules of all kinds, at the start of a series and a century later, compared with plain days."""

from datetime import datetime, timedelta
from timeit import repeat
from typing import NamedTuple

from bench.figures import Figure, print_progress, report
from perennial.queues.calendar.rules import every_days, parse_rule
from perennial.queues.calendar.slots import Calendar
from perennial.queues.calendar.zones import find_zone

CALLS, TRIES = 500, 15
RATIO_MAX, AGE_RATIO_MAX = 10.0, 2.0
ZONE = find_zone("Europe/Berlin")
START = datetime.fromisoformat("2027-01-01 09:00")
CENTURY = timedelta(days=36_525)
WORKDAYS = "MO,TU,WE,TH,FR"
RULES = (
    "FREQ=DAILY;INTERVAL=7",
    f"FREQ=DAILY;BYDAY={WORKDAYS}",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=SU",
    "FREQ=WEEKLY;BYMONTH=1;BYDAY=SU",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=MONTHLY;INTERVAL=7;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYDAY=-1FR",
    f"FREQ=MONTHLY;BYDAY={WORKDAYS};BYSETPOS=-1",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
)
# These are never met again within a hundred years: the longest search that there is.
FRUITLESS = (
    "FREQ=DAILY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=MONTHLY;INTERVAL=998;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;INTERVAL=99;BYMONTH=2;BYMONTHDAY=29",
)


class Kind(NamedTuple):
    """A rule, and how many microseconds its next slot takes at the start and a hundred years later."""

    rule: str
    young: float
    old: float

    @property
    def slower(self) -> float:
        """The greater of the two."""
        return max(self.young, self.old)

    @property
    def ageing(self) -> float:
        """How many times longer it takes after a hundred years."""
        return self.old / self.young


def main() -> None:
    plain = microseconds(Calendar(every_days(1), ZONE), START)
    print_progress(f"plain days: {plain:.2f} µs")
    kinds = [measured(rule) for rule in RULES]
    for kind in kinds:
        print_progress(f"{kind.rule}: {kind.young:.2f} µs, a hundred years later {kind.old:.2f} µs")
    slowest, oldest = max(kinds, key=lambda kind: kind.slower), max(kinds, key=lambda kind: kind.ageing)
    limit = f"{plain:.1f} µs"
    what = f"the next slot: the slowest of {len(kinds)} rules, {slowest.rule}, to plain days"
    report(Figure.at_most("R", what, slowest.slower / plain, RATIO_MAX, " times", limit))
    what = f"the same after a hundred years, to the start: {oldest.rule}"
    report(Figure.at_most("R", what, oldest.ageing, AGE_RATIO_MAX, " times", f"{oldest.young:.1f} µs"))
    fruitless = max(microseconds(Calendar(parse_rule(rule), ZONE), leap_day()) for rule in FRUITLESS)
    what = f"a search of a hundred years that finds nothing: the slowest of {len(FRUITLESS)} rules"
    report(Figure.untargeted("R", what, limit, f"{fruitless:.1f} µs"))


def measured(rule: str) -> Kind:
    """The times of a rule, from its first slot after START on; ValueError if it has not come a hundred years far."""
    calendar = Calendar(parse_rule(rule), ZONE)
    young = calendar.nearest(START)[1] or START
    old = calendar.latest(young, calendar.instant(START + CENTURY))
    if (following := calendar.next(old)) is None or following <= START + CENTURY:
        raise ValueError(f"{rule} has {following} after {old}")
    return Kind(rule, microseconds(calendar, young), microseconds(calendar, old))


def leap_day() -> datetime:
    return START.replace(year=2028, month=2, day=29)


def microseconds(calendar: Calendar, slot: datetime) -> float:
    """How long the next slot takes, as little as it was in some tries: other load on the machine makes it longer."""
    return min(repeat(lambda: calendar.next(slot), number=CALLS, repeat=TRIES)) / CALLS * 1e6


if __name__ == "__main__":
    main()
