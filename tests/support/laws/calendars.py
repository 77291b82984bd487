"""Rules, zones and slots of every kind, for the laws of the calendar."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import resources

from hypothesis import reject
from hypothesis import strategies as st

from perennial.queues.calendar.rules import InvalidRule, Rule, parse_rule
from perennial.queues.calendar.slots import Calendar
from perennial.queues.calendar.zones import find_zone

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WORKDAYS = "MO,TU,WE,TH,FR"
YEAR = timedelta(days=365)

wall = datetime.fromisoformat
EPOCH = wall("1970-01-01")

zone_names = st.sampled_from(sorted(set(resources.files("tzdata").joinpath("zones").read_text().split()) - {"Factory"}))
zones = zone_names.map(find_zone)
times_of_day = st.integers(0, 24 * 60 - 1).map(lambda minutes: timedelta(minutes=minutes))
wall_times = st.builds(lambda day, time: EPOCH + timedelta(days=day) + time, st.integers(0, 130 * 365), times_of_day)


def walk(calendar: Calendar, slot: datetime, count: int) -> list[datetime]:
    """The slots after this one, so many of them, or as many as there are."""
    return list(_steps(calendar, slot, count))


def _steps(calendar: Calendar, slot: datetime | None, count: int) -> Iterator[datetime]:
    for _ in range(count):
        slot = slot and calendar.next(slot)
        if slot:
            yield slot


def first_slot(calendar: Calendar, wall_time: datetime) -> datetime:
    """The wall time if it is a slot, or else the next one that is."""
    slot = wall_time if calendar.contains(wall_time) else calendar.nearest(wall_time)[1]
    return slot or reject()


def parsed(text: str) -> Rule | None:
    """The rule; None if it is refused."""
    try:
        return parse_rule(text)
    except InvalidRule:
        return None


def _some(values: st.SearchStrategy[int] | st.SearchStrategy[str], most: int) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=most, unique=True).map(lambda some: ",".join(map(str, some)))


def _signed(most: int) -> st.SearchStrategy[int]:
    return st.integers(1, most) | st.integers(-most, -1)


_weekday = st.sampled_from(WEEKDAYS)
_UNITS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}


@st.composite
def _texts(draw: st.DrawFn) -> str:
    """Every combination of parts, those included that no day satisfies."""
    frequency = draw(st.sampled_from(list(_UNITS)))
    parts = {
        "FREQ": frequency,
        "INTERVAL": draw(st.none() | st.integers(1, 12 if frequency == "YEARLY" else 40)),
        "BYMONTH": draw(st.none() | _some(st.integers(1, 12), 4)),
        "BYDAY": draw(st.none() | _some(_weekday, 7)),
        "WKST": draw(st.none() | _weekday),
    }
    if frequency in {"MONTHLY", "YEARLY"} and draw(st.booleans()):
        most = 53 if frequency == "YEARLY" and not parts["BYMONTH"] else 5
        parts["BYDAY"] = draw(_some(st.builds("{}{}".format, _signed(most), _weekday), 3))
    if frequency != "WEEKLY":
        parts["BYMONTHDAY"] = draw(st.none() | _some(_signed(31), 6))
    if any(parts.get(name) for name in ("BYDAY", "BYMONTHDAY", "BYMONTH")):
        most = _UNITS[frequency]
        parts["BYSETPOS"] = draw(st.none() | _some(_signed(min(most, 5)) | _signed(most), 3))
    return ";".join(f"{name}={value}" for name, value in parts.items() if value)


rule_texts = _texts().filter(parsed)
rules = rule_texts.map(parse_rule)
calendars = st.builds(Calendar, rules, zones)
