"""Pure: which times can be scheduled, which columns a scheduled publication has, and when a clone's go out."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from perennial.core.clock import whole_milliseconds
from perennial.core.errors import InvalidInput
from perennial.core.states import Platform

# Farther ahead than this is a slip of the pen, and near the end of the calendar times can no longer be added up.
HORIZON = timedelta(days=36_525)


def clone_start(occurrence: datetime, now: datetime, period: timedelta) -> datetime:
    """When the first publication of a clone goes out: at the occurrence, or now where that is longer ago than a cron
    period, so that what was merely late keeps its own time.
    """
    return occurrence if now - occurrence <= period else now


def clone_times(original: Mapping[Platform, datetime | None], start: datetime) -> dict[Platform, datetime]:
    """The times of a clone's publications: the earliest at `start`, the others as far behind it as in the original.

    A platform without a time of its own goes out at `start`.
    """
    first = min((time for time in original.values() if time is not None), default=None)
    if first is None:
        return dict.fromkeys(original, start)
    return {
        platform: start + (time - first if time is not None else timedelta()) for platform, time in original.items()
    }


def future(field: str, time: datetime, now: datetime) -> datetime:
    """The time in UTC and whole milliseconds. Raises InvalidInput where it is not ahead, or absurdly far."""
    time = whole_milliseconds(time)
    if time <= now:
        raise InvalidInput(field, "The time must be in the future.")
    if time > now + HORIZON:
        raise InvalidInput(field, "The time is more than a hundred years ahead.")
    return time
