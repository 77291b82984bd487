"""Pure: which times can be scheduled, which columns a scheduled publication has, and when a clone's go out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, TypedDict

from perennial.alarms import Call, alarm_id
from perennial.clock import whole_milliseconds
from perennial.errors import InvalidInput
from perennial.states import Platform, PublicationStatus

Row = dict[str, Any]

# Farther ahead than this is a slip of the pen, and near the end of the calendar times can no longer be added up.
HORIZON = timedelta(days=36_525)


class Appointment(TypedDict):
    """What a publication has that goes out at a time."""

    status: PublicationStatus
    scheduled_time: datetime
    scheduler_id: str
    next_attempt_time: datetime


def appointment(time: datetime) -> Appointment:
    """What it is for a new publication to be scheduled: for clones."""
    return {
        "status": PublicationStatus.SCHEDULED,
        "scheduled_time": time,
        "scheduler_id": alarm_id(Call.PUBLISH, time),
        "next_attempt_time": time,
    }


def scheduled(time: datetime) -> Row:
    """What it is for a publication to be scheduled, whatever it was: for `schedulePost`."""
    return {**_UNTOUCHED, **appointment(time)}


def unscheduled() -> Row:
    """What it is for a publication to be a draft."""
    return {
        **_UNTOUCHED,
        "status": PublicationStatus.DRAFT,
        "scheduled_time": None,
        "scheduler_id": None,
        "next_attempt_time": None,
    }


class Doubtful(Protocol):
    """What trying again needs to know of a publication."""

    status: PublicationStatus
    request_started_time: datetime | None
    unclear_since: datetime | None


def retried(row: Doubtful, now: datetime) -> Row:
    """What it is for a publication to be tried again by a person. The claim stays: its late receipt is still good."""
    in_doubt = row.status == PublicationStatus.UNCONFIRMED
    return {
        "status": PublicationStatus.SCHEDULED,
        "next_attempt_time": now,
        "attempts": 0,
        "error_code": None,
        "error_message": None,
        "unclear_since": row.unclear_since or (row.request_started_time if in_doubt else None),
    }


_UNTOUCHED: Row = {
    "attempts": 0,
    "claim_id": None,
    "lease_expires_at": None,
    "request_started_time": None,
    "error_code": None,
    "error_message": None,
}


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
