"""Times as a person reads them: Wednesday, 24 March 2027, 09:00 (Europe/Berlin)."""

from datetime import UTC, datetime, time, timedelta

from perennial.queues.calendar.zones import UnknownZone, find_zone

_DAY = timedelta(days=1)


def in_words(moment: datetime, timezone: str | None, time_of_day: time | None = None) -> str:
    """The time in this zone, with the zone's name; in UTC, if there is no zone or we do not know it.

    One that the clock shows twice says which it is. `time_of_day` is that of the slot whose instant this may be: where
    the clock skipped it, the words say so.
    """
    try:
        if timezone:
            local = moment.astimezone(find_zone(timezone))
            return f"{_in_words(local)} ({timezone}{_which_of_two(local)}{_skipped(local, time_of_day)})"
    except (UnknownZone, OverflowError):
        pass
    return f"{_in_words(moment.astimezone(UTC))} UTC"


def _in_words(local: datetime) -> str:
    return f"{local:%A}, {local.day} {local:%B} {local.year}, {_clock(local)}"


def _clock(local: datetime | time) -> str:
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def _which_of_two(local: datetime) -> str:
    if local.utcoffset() == local.replace(fold=1 - local.fold).utcoffset():
        return ""
    return f"; the {'second' if local.fold else 'first'} {_clock(local)} of the day"


def _skipped(local: datetime, time_of_day: time | None) -> str:
    """The slot of that day or of the day before, if its time of day was skipped and this is its instant."""
    if time_of_day is None or time_of_day == local.time():
        return ""
    slots = [datetime.combine(day, time_of_day, local.tzinfo) for day in (local.date(), local.date() - _DAY)]
    is_one = any(slot.astimezone(UTC) == local for slot in slots)
    return f"; the clock skipped {_clock(time_of_day)}" if is_one else ""
