"""Pure: the form of times, in the database and in text."""

from datetime import UTC, datetime, timedelta

LEAST = timedelta(milliseconds=1)  # between two times: all are whole milliseconds


def whole_milliseconds(time: datetime) -> datetime:
    """The aware time in UTC, cut to the milliseconds in which the database keeps times."""
    time = time.astimezone(UTC)
    return time - timedelta(microseconds=time.microsecond % 1000)


def instant(time: datetime) -> str:
    """The time as text, as the API and the ids of alarms have it: 2026-11-23T09:00:00.000Z."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def in_seconds(seconds: float) -> str:
    """So many seconds in words: 1 second, 2.5 seconds, 1,200 seconds."""
    return f"{seconds:,g} {'second' if seconds == 1 else 'seconds'}"
