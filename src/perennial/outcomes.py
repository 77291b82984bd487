"""Pure: what the answer to a request makes of a publication."""

from collections.abc import Callable
from datetime import datetime, timedelta

from perennial.clock import whole_milliseconds
from perennial.errors import (
    NotSent,
    OutcomeUnknown,
    PlatformError,
    ReconnectRequired,
    TokenRejected,
)
from perennial.platforms.base import Receipt
from perennial.scheduling import Row
from perennial.states import PublicationStatus

ATTEMPTS_MAX = 5
# The pauses after the first, second, … attempt that did not reach the platform.
PAUSES = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=3), timedelta(minutes=15))
PAUSE_MIN = timedelta(seconds=1)
# How long after the end of a rate limit we come back: LinkedIn's is midnight sharp, and a clock of ours that is a
# second ahead would run into the old limit and be told to wait for another day.
RESET_SLACK = timedelta(seconds=3)
MESSAGE_LENGTH_MAX = 500

Result = Receipt | PlatformError
Jitter = Callable[[], float]


def after_sending(attempts: int, result: Result, now: datetime, jitter: Jitter) -> Row:
    """The columns that change. `attempts` counts this one too; `jitter` gives a factor around 1 for pauses of ours."""
    match result:
        case Receipt():
            return published(result, now)
        case NotSent() if not result.costs_attempt:
            return _again(attempts - 1, result, _next_attempt(result, now, PAUSES[0], jitter))
        case NotSent() if attempts < ATTEMPTS_MAX:
            return _again(attempts, result, _next_attempt(result, now, PAUSES[attempts - 1], jitter))
        case OutcomeUnknown():
            return unconfirmed(str(result))
        case TokenRejected():
            return _failed(ReconnectRequired(str(result)))
        case _:
            return _failed(result)


def published(receipt: Receipt, now: datetime) -> Row:
    """What it is for a publication to be published."""
    return {
        **_ENDED,
        "status": PublicationStatus.PUBLISHED,
        "remote_id": receipt.remote_id,
        "url": receipt.url,
        "published_time": now,
        "error_code": None,
        "error_message": None,
    }


def unconfirmed(message: str) -> Row:
    """What it is for a publication to be in doubt. The claim stays: its holder's late answer may still settle it."""
    return {
        "status": PublicationStatus.UNCONFIRMED,
        "next_attempt_time": None,
        "lease_expires_at": None,
        **_words("OUTCOME_UNKNOWN", message),
    }


def released() -> Row:
    """What becomes of a claim whose holder died before it sent anything: scheduled again, for the time it had."""
    return {
        "status": PublicationStatus.SCHEDULED,
        "claim_id": None,
        "lease_expires_at": None,
        "request_started_time": None,
    }


def _next_attempt(error: NotSent, now: datetime, pause: timedelta, jitter: Jitter) -> datetime:
    """The time that is named, a little after it where it ends a rate limit, else after the pause; but never at once."""
    if error.retry_at is None:
        time = now + pause * jitter()
    else:
        time = error.retry_at + (RESET_SLACK * jitter() if error.blocks_account else timedelta())
    return whole_milliseconds(max(time, now + PAUSE_MIN))


def _again(attempts: int, error: NotSent, time: datetime) -> Row:
    return {
        **released(),
        "attempts": attempts,
        "next_attempt_time": time,
        **_words(error.code, str(error)),
    }


def _failed(error: PlatformError) -> Row:
    return {**_ENDED, "status": PublicationStatus.FAILED, **_words(error.code, str(error))}


def _words(code: str, message: str) -> Row:
    return {"error_code": code, "error_message": message[:MESSAGE_LENGTH_MAX]}


_ENDED: Row = {"claim_id": None, "lease_expires_at": None, "next_attempt_time": None}
