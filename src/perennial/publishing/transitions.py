"""Pure: the columns of a publication that change when it is scheduled, unscheduled or retried."""

from datetime import datetime
from typing import Any, Protocol, TypedDict

from perennial.core.states import PublicationStatus
from perennial.jobs.worker_functions import WorkerFunction, alarm_id

Columns = dict[str, Any]

_NEVER_SENT: Columns = {
    "attempts": 0,
    "lease_expires_at": None,
    "request_started_time": None,
    "error_code": None,
    "error_message": None,
}


class NewSchedule(TypedDict):
    """The columns that schedule a publication for a time."""

    status: PublicationStatus
    scheduled_time: datetime
    scheduler_id: str
    next_attempt_time: datetime


def new_schedule(time: datetime) -> NewSchedule:
    """The columns of a new publication that is scheduled, as in a clone."""
    return {
        "status": PublicationStatus.SCHEDULED,
        "scheduled_time": time,
        "scheduler_id": alarm_id(WorkerFunction.PUBLISH, time),
        "next_attempt_time": time,
    }


def scheduled(time: datetime) -> Columns:
    """The columns of an existing publication that is scheduled, as by `schedulePost`.

    The claim stays, as in `retried`: only a retried publication has one, and its late receipt is still valid.
    """
    return {**_NEVER_SENT, **new_schedule(time)}


def unscheduled() -> Columns:
    """The columns of a publication that becomes a draft."""
    return {
        **_NEVER_SENT,
        "claim_id": None,
        "status": PublicationStatus.DRAFT,
        "scheduled_time": None,
        "scheduler_id": None,
        "next_attempt_time": None,
    }


class Retriable(Protocol):
    """The columns of a publication that `retried` reads."""

    status: PublicationStatus
    request_started_time: datetime | None
    unclear_since: datetime | None


def retried(row: Retriable, now: datetime) -> Columns:
    """The columns of a publication that a person retries. The claim stays, because its late receipt is still valid."""
    in_doubt = row.status == PublicationStatus.UNCONFIRMED
    return {
        "status": PublicationStatus.SCHEDULED,
        "next_attempt_time": now,
        "attempts": 0,
        "error_code": None,
        "error_message": None,
        "unclear_since": row.unclear_since or (row.request_started_time if in_doubt else None),
    }
