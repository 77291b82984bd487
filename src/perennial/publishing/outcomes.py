"""Pure: what the answer to a request makes of a publication."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from perennial.core.clock import whole_milliseconds
from perennial.core.errors import NotSent, OutcomeUnknown, PlatformError, ReconnectRequired, TokenRejected
from perennial.core.states import Platform, PublicationStatus
from perennial.platforms.transport import Receipt
from perennial.publishing.transitions import Columns

ATTEMPTS_MAX = 5
# The pauses after the first, second, … attempt that did not reach the platform.
PAUSES = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=3), timedelta(minutes=15))
PAUSE_MIN = timedelta(seconds=1)
# How long a platform that serves nobody is left alone before the next publication tries whether it does again.
PROBE_PAUSE = timedelta(minutes=1)
# How long after a doubt has come up it is looked into.
LOOK_UP_TIMES = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))
# How long after the end of a rate limit we come back: LinkedIn's is midnight sharp, and a clock of ours that is a
# second ahead would run into the old limit and be told to wait for another day.
RESET_SLACK = timedelta(seconds=3)
MESSAGE_LENGTH_MAX = 500

CANNOT_LOOK = "{platform} does not show us the account's posts: look there, then confirm it with its URL, or retry it."

Result = Receipt | PlatformError
Jitter = Callable[[], float]


class Sent(Protocol):
    """What these rules need to know of a publication."""

    @property
    def platform(self) -> Platform:
        """Where it went."""

    @property
    def attempts(self) -> int:
        """Requests so far, this one included."""

    @property
    def unclear_since(self) -> datetime | None:
        """When an earlier try went out that may have arrived."""


def after_sending(sent: Sent, result: Result, now: datetime, jitter: Jitter) -> Columns:
    """The columns that change. `jitter` gives a factor around 1 for pauses of ours."""
    if isinstance(result, Receipt):
        return published(result, now)
    if isinstance(result, NotSent) and not result.costs_attempt:
        return _again(sent.attempts - 1, result, _next_attempt(result, now, PAUSES[0], jitter))
    if isinstance(result, NotSent) and sent.attempts < ATTEMPTS_MAX:
        return _again(sent.attempts, result, _next_attempt(result, now, PAUSES[sent.attempts - 1], jitter))
    if isinstance(result, OutcomeUnknown) or sent.unclear_since is not None:
        # Whatever became of this try: the one before may have arrived. ("Duplicate" may well mean that very one.)
        return unconfirmed(sent.platform, str(result), now)
    return _failed(ReconnectRequired(str(result)) if isinstance(result, TokenRejected) else result)


def published(receipt: Receipt, time: datetime) -> Columns:
    """What it is for a publication to be published."""
    return {
        **_ENDED,
        "status": PublicationStatus.PUBLISHED,
        "remote_id": receipt.remote_id,
        "url": receipt.url,
        "published_time": time,
        "error_code": None,
        "error_message": None,
    }


def unconfirmed(platform: Platform, message: str, now: datetime) -> Columns:
    """What it is for a publication to be in doubt, looked into after a while where that is possible.

    The claim stays: its holder's late answer may still settle it.
    """
    if not platform.reads_back:
        message = with_more(message, CANNOT_LOOK.format(platform=platform.label))
    return {
        "status": PublicationStatus.UNCONFIRMED,
        "next_attempt_time": now + LOOK_UP_TIMES[0] if platform.reads_back else None,
        "look_ups": 0,
        "lease_expires_at": None,
        **_words("OUTCOME_UNKNOWN", message),
    }


def released() -> Columns:
    """What becomes of a claim under which nothing arrived: scheduled again, for the time it had."""
    return {
        "status": PublicationStatus.SCHEDULED,
        "claim_id": None,
        "lease_expires_at": None,
        "request_started_time": None,
    }


def with_more(message: str, more: str) -> str:
    """The message, as a sentence, and more, which is what must not be cut off."""
    end = "" if message.endswith((".", "!", "?", "…")) else "."
    return f"{message[: MESSAGE_LENGTH_MAX - len(more) - 2]}{end} {more}"


def _next_attempt(error: NotSent, now: datetime, pause: timedelta, jitter: Jitter) -> datetime:
    """The time that is named, a little after it where it ends a rate limit, else after the pause; but never at once.

    What waits for a platform to serve again waits together, for the next probe.
    """
    if error.blocks_platform:
        time = now + PROBE_PAUSE
    elif error.retry_at is None:
        time = now + pause * jitter()
    else:
        time = error.retry_at + (RESET_SLACK * jitter() if error.blocks_account else timedelta())
    return whole_milliseconds(max(time, now + PAUSE_MIN))


def _again(attempts: int, error: NotSent, time: datetime) -> Columns:
    return {
        **released(),
        "attempts": attempts,
        "next_attempt_time": time,
        **_words(error.code, str(error)),
    }


def _failed(error: PlatformError) -> Columns:
    return {**_ENDED, "status": PublicationStatus.FAILED, **_words(error.code, str(error))}


def _words(code: str, message: str) -> Columns:
    return {"error_code": code, "error_message": message[:MESSAGE_LENGTH_MAX]}


_ENDED: Columns = {"claim_id": None, "lease_expires_at": None, "next_attempt_time": None}
