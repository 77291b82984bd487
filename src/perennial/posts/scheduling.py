"""Pure: which times can be scheduled, and when the publications of a clone go out."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from perennial.core.errors import InvalidInput
from perennial.core.instants import whole_milliseconds
from perennial.core.states import Platform

# A time farther ahead than this is a typing error, and near the end of the calendar additions overflow.
HORIZON = timedelta(days=36_525)


def clone_times(original: Mapping[Platform, datetime | None], start: datetime) -> dict[Platform, datetime]:
    """The times of a clone's publications: the earliest at `start`, the others as long after it as in the original.

    A platform without a time in the original is published at `start`.
    """
    first = min((time for time in original.values() if time is not None), default=None)
    if first is None:
        return dict.fromkeys(original, start)
    return {
        platform: start + (time - first if time is not None else timedelta()) for platform, time in original.items()
    }


def validated_time(field: str, time: datetime, now: datetime) -> datetime:
    """The time in UTC and whole milliseconds. Raises InvalidInput if it is past or more than HORIZON ahead."""
    time = whole_milliseconds(time)
    if time <= now:
        raise InvalidInput(field, "The time must be in the future.")
    if time > now + HORIZON:
        raise InvalidInput(field, "The time is more than a hundred years ahead.")
    return time
