"""Computes the columns of a publication from the result of its request."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from perennial.accounts.breaker_rows import PROBE_PAUSE
from perennial.core.instants import whole_milliseconds
from perennial.core.platform_errors import (
    NotSent,
    OperatorFault,
    OutcomeUnknown,
    PlatformError,
    ReconnectRequired,
    TokenRejected,
)
from perennial.core.publication_codes import OUTCOME_UNKNOWN
from perennial.core.states import Platform, PublicationStatus
from perennial.platforms.transport import MESSAGE_LENGTH_MAX, Receipt
from perennial.publishing.transitions import Columns

ATTEMPTS_MAX = 5
# The backoff after the first, second, … attempt that was not sent.
PAUSES = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=3), timedelta(minutes=15))
PAUSE_MIN = timedelta(seconds=1)
# The look-ups of an unconfirmed publication, counted from when it became unconfirmed.
LOOK_UP_TIMES = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))
# The longest that an account is blocked: then its next publication asks the platform again.
BLOCKED_MAX = timedelta(days=1)
# Added to the end of a rate limit: LinkedIn's is midnight sharp, and with a clock a second ahead we would run into the
# old limit and have to wait for another day.
RESET_SLACK = timedelta(seconds=3)

CANNOT_LOOK_UP = (
    "{platform} does not show us the account's posts: look there, then confirm it with its URL, or retry it."
)
CONFIRMATION_WITHDRAWN = (
    "A person confirmed it, and withdrew that. Look there, then confirm it with its URL, or retry it."
)
NO_RECEIPT: Columns = {"remote_id": None, "url": None, "published_time": None, "confirmed_time": None}

Result = Receipt | PlatformError
Jitter = Callable[[], float]


class SentPublication(Protocol):
    """The properties of a publication that these rules read."""

    @property
    def platform(self) -> Platform:
        """The platform of the publication."""

    @property
    def attempts(self) -> int:
        """The number of requests so far, this one included."""

    @property
    def unclear_since(self) -> datetime | None:
        """When an earlier request was sent that may have been carried out; None: there was none."""


def after_sending(sent: SentPublication, result: Result, now: datetime, jitter: Jitter) -> Columns:
    """The columns that change after a request. `jitter` gives a factor around 1 for backoff."""
    if isinstance(result, Receipt):
        return published(result, now)
    if isinstance(result, NotSent) and not result.costs_attempt:
        return _retry_columns(sent.attempts - 1, result, _next_attempt(result, now, PAUSES[0], jitter))
    if isinstance(result, NotSent) and sent.attempts < ATTEMPTS_MAX:
        return _retry_columns(sent.attempts, result, _next_attempt(result, now, PAUSES[sent.attempts - 1], jitter))
    if isinstance(result, OutcomeUnknown) or sent.unclear_since is not None:
        # Whatever the result of this request, an earlier one may have been carried out; "duplicate" may mean that one.
        return unconfirmed(sent.platform, str(result), now)
    error = ReconnectRequired(str(result)) if isinstance(result, TokenRejected) else result
    return failed(error.code, str(error))


def published(receipt: Receipt, time: datetime) -> Columns:
    """The columns of a publication that was published at `time`."""
    return {
        **_CLAIM_ENDED,
        "status": PublicationStatus.PUBLISHED,
        "remote_id": receipt.remote_id,
        "url": receipt.url,
        "published_time": time,
        "error_code": None,
        "error_message": None,
    }


def unconfirmed(platform: Platform, message: str, now: datetime) -> Columns:
    """The columns of a publication in doubt, with the time of its first look-up where the platform allows one.

    The claim stays: a late result of its holder may still settle the doubt.
    """
    if not platform.reads_back:
        message = append_advice(message, CANNOT_LOOK_UP.format(platform=platform.label))
    return {
        "status": PublicationStatus.UNCONFIRMED,
        "next_attempt_time": now + LOOK_UP_TIMES[0] if platform.reads_back else None,
        "look_ups": 0,
        "lease_expires_at": None,
        **_error_columns(OUTCOME_UNKNOWN, message),
    }


def confirmed(receipt: Receipt, time: datetime, now: datetime) -> Columns:
    """The columns of a publication in doubt that a person confirms `now`; `time` is when it was published, if known."""
    return {**published(receipt, time), "confirmed_time": now}


def withdrawn() -> Columns:
    """The columns of a publication whose confirmation is withdrawn: it is in doubt again.

    Nobody looks for it any more: a look-up might find the very post that it was confirmed with.
    """
    return {
        **_CLAIM_ENDED,
        **NO_RECEIPT,
        "status": PublicationStatus.UNCONFIRMED,
        **_error_columns(OUTCOME_UNKNOWN, CONFIRMATION_WITHDRAWN),
    }


def failed(code: str, message: str) -> Columns:
    """The columns of a publication that fails without a request, because it is over or has no account."""
    return {**_CLAIM_ENDED, "status": PublicationStatus.FAILED, **_error_columns(code, message)}


def released() -> Columns:
    """The columns of a publication whose claim ends without a request: it is scheduled again for its old time."""
    return {
        "status": PublicationStatus.SCHEDULED,
        "claim_id": None,
        "lease_expires_at": None,
        "request_started_time": None,
    }


def append_advice(message: str, advice: str) -> str:
    """The message as a sentence, cut off where it is too long, and the advice, which is never cut off."""
    end = "" if message.endswith((".", "!", "?", "…")) else "."
    return f"{message[: MESSAGE_LENGTH_MAX - len(advice) - 2]}{end} {advice}"


def _next_attempt(error: NotSent, now: datetime, pause: timedelta, jitter: Jitter) -> datetime:
    """The time in the error, with RESET_SLACK after a rate limit, else `now` and the pause; at least PAUSE_MIN ahead.

    Publications of a platform with a tripped breaker all wait for the next probe.
    """
    if isinstance(error, OperatorFault):
        time = now + PROBE_PAUSE
    elif error.retry_at is None:
        time = now + pause * jitter()
    else:
        time = error.retry_at + (RESET_SLACK * jitter() if error.blocks_account else timedelta())
        time = min(time, now + BLOCKED_MAX) if error.blocks_account else time
    return whole_milliseconds(max(time, now + PAUSE_MIN))


def _retry_columns(attempts: int, error: NotSent, time: datetime) -> Columns:
    return {
        **released(),
        "attempts": attempts,
        "next_attempt_time": time,
        **_error_columns(error.code, str(error)),
    }


def _error_columns(code: str, message: str) -> Columns:
    return {"error_code": code, "error_message": message[:MESSAGE_LENGTH_MAX]}


_CLAIM_ENDED: Columns = {"claim_id": None, "lease_expires_at": None, "next_attempt_time": None}
