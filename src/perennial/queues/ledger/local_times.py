"""Times as a person reads them: Wednesday, 24 March 2027, 09:00 (Europe/Berlin)."""

from datetime import UTC, datetime

from perennial.queues.calendar.zones import UnknownZone, find_zone


def in_words(time: datetime, timezone: str | None) -> str:
    """The time in this zone, with the zone's name; in UTC, if there is no zone or we do not know it."""
    try:
        local, zone = (time.astimezone(find_zone(timezone)), f" ({timezone})") if timezone else (_utc(time), " UTC")
    except (UnknownZone, OverflowError):
        local, zone = _utc(time), " UTC"
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return f"{local:%A}, {local.day} {local:%B} {local.year}, {clock}{zone}"


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC)
