"""Pure: the columns of a publication that change when it is scheduled, unscheduled or tried again."""

from datetime import datetime
from typing import Any, Protocol, TypedDict

from perennial.core.states import PublicationStatus
from perennial.jobs.alarms import WorkerFunction, alarm_id

Columns = dict[str, Any]


class NewSchedule(TypedDict):
    """What a publication has that goes out at a time."""

    status: PublicationStatus
    scheduled_time: datetime
    scheduler_id: str
    next_attempt_time: datetime


def new_schedule(time: datetime) -> NewSchedule:
    """What it is for a new publication to be scheduled: for clones."""
    return {
        "status": PublicationStatus.SCHEDULED,
        "scheduled_time": time,
        "scheduler_id": alarm_id(WorkerFunction.PUBLISH, time),
        "next_attempt_time": time,
    }


def scheduled(time: datetime) -> Columns:
    """What it is for a publication to be scheduled, whatever it was: for `schedulePost`."""
    return {**_UNTOUCHED, **new_schedule(time)}


def unscheduled() -> Columns:
    """What it is for a publication to be a draft."""
    return {
        **_UNTOUCHED,
        "status": PublicationStatus.DRAFT,
        "scheduled_time": None,
        "scheduler_id": None,
        "next_attempt_time": None,
    }


class Retriable(Protocol):
    """What trying again needs to know of a publication."""

    status: PublicationStatus
    request_started_time: datetime | None
    unclear_since: datetime | None


def retried(row: Retriable, now: datetime) -> Columns:
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


_UNTOUCHED: Columns = {
    "attempts": 0,
    "claim_id": None,
    "lease_expires_at": None,
    "request_started_time": None,
    "error_code": None,
    "error_message": None,
}
