"""Pure: the columns of a publication that change when it is scheduled, unscheduled or retried."""

from datetime import datetime
from typing import Any, Protocol, TypedDict
from uuid import UUID

from perennial.core.states import PublicationStatus
from perennial.jobs.worker_functions import WorkerFunction, alarm_id

Columns = dict[str, Any]

_NEVER_SENT: Columns = {
    "attempts": 0,
    "lease_expires_at": None,
    "request_started_time": None,
    "error_code": None,
    "error_message": None,
    "retried_time": None,
}


class NewSchedule(TypedDict):
    """The columns that schedule a publication for a time."""

    status: PublicationStatus
    connected_account_id: UUID | None
    scheduled_time: datetime
    scheduler_id: str
    next_attempt_time: datetime


def new_schedule(time: datetime, account_id: UUID | None) -> NewSchedule:
    """The columns of a new publication that is scheduled, as in a clone.

    The account is the one that its owner has connected; None: there is none, and the publication waits for one.
    """
    return {
        "status": PublicationStatus.SCHEDULED,
        "connected_account_id": account_id,
        "scheduled_time": time,
        "scheduler_id": alarm_id(WorkerFunction.PUBLISH, time),
        "next_attempt_time": time,
    }


def scheduled(time: datetime, account_id: UUID | None) -> Columns:
    """The columns of an existing publication that is scheduled, as by `schedulePost`.

    The claim stays, as in `retried`: only a retried publication has one, and its late receipt is still valid.
    """
    return {**_NEVER_SENT, **new_schedule(time, account_id)}


def unscheduled() -> Columns:
    """The columns of a publication that becomes a draft."""
    return {
        **_NEVER_SENT,
        "claim_id": None,
        "connected_account_id": None,
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


def is_in_doubt(row: Retriable) -> bool:
    """Whether a request for it may have been carried out, and it has no receipt."""
    return row.status == PublicationStatus.UNCONFIRMED or row.unclear_since is not None


def retried(row: Retriable, account_id: UUID | None, now: datetime) -> Columns:
    """The columns of a publication that a person retries, from this account.

    The claim stays, because its late receipt is still valid.
    """
    in_doubt = row.status == PublicationStatus.UNCONFIRMED
    return {
        "status": PublicationStatus.SCHEDULED,
        "connected_account_id": account_id,
        "next_attempt_time": now,
        "retried_time": now,
        "attempts": 0,
        "error_code": None,
        "error_message": None,
        "unclear_since": row.unclear_since or (row.request_started_time if in_doubt else None),
    }
