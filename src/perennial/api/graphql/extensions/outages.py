"""What is an outage, and no fault of ours or the caller's: the table of all kinds that are answered with UNAVAILABLE.

Each says after how many seconds it may be asked again. If something may have been committed by then, the answer says so
instead: its reason is OUTCOME_UNKNOWN, and asking again is the caller's decision.
"""

from collections.abc import Callable
from typing import NamedTuple

import asyncpg

from perennial.core.errors import IssuerUnavailable, Overloaded, SubscriptionInterrupted, TookTooLong, UserError
from perennial.core.publication_codes import OUTCOME_UNKNOWN
from perennial.db import outages
from perennial.db.pool.faults import NoFreeConnection
from perennial.platforms.identifying import PlatformAway, PlatformRefusesUs

INTERRUPTED = "INTERRUPTED"  # events may be missing
MAY_BE_DONE = (
    "This was broken off, and may have been done all the same: look whether it was before you ask for it again. (With "
    "the same idempotencyKey, asking again makes nothing twice.)"
)
IN_THE_WAY = "Another request was in the way, and nothing was done; try again."
SLOW = "The database took too long, and nothing was done; try again in some seconds."
BUSY = "This server waits for its database as often as it may; try again in some seconds."


class Outage(NamedTuple):
    """An outage as its caller is told of it. `is_ours_to_log`: only the error itself knows what happened."""

    kind: str
    message: str
    retry_after: int  # seconds
    reason: str | None
    is_ours_to_log: bool


class _Kind(NamedTuple):
    """A row: its name in the log, the errors that are meant, and after how many seconds to ask again.

    Without a message the error has one of its own, for the caller: it was raised on purpose.
    """

    name: str
    is_meant: Callable[[BaseException], bool]
    retry_after: int
    message: str | Callable[[BaseException], str] | None = None
    reason: str | None = None


def _a(*types: type[BaseException]) -> Callable[[BaseException], bool]:
    """The test for the error itself."""
    return lambda error: isinstance(error, types)


def _by(*types: type[BaseException]) -> Callable[[BaseException], bool]:
    """The test for an error that is one of these or comes from one; the ORM wraps its driver's."""
    return lambda error: outages.any_cause(error, _a(*types))


# The first row that fits counts.
KINDS = (
    _Kind("issuer", _a(IssuerUnavailable), 5),
    _Kind("platform_away", _a(PlatformAway), 5),
    _Kind("platform_refuses", _a(PlatformRefusesUs), 60),
    _Kind("overload", _a(Overloaded), 1),
    _Kind("request_slow", _a(TookTooLong), 5),
    _Kind("events", _a(SubscriptionInterrupted), 1, reason=INTERRUPTED),
    _Kind("database_full", outages.is_full, 60, outages.outage_message),
    _Kind("database_contended", outages.is_contention, 1, IN_THE_WAY),
    _Kind("database_slow", _by(asyncpg.QueryCanceledError), 5, SLOW),
    _Kind("database_busy", _by(NoFreeConnection), 2, BUSY),
    # It lets us in no more: a password that was changed, a database that was dropped or renamed.
    _Kind(
        "database_refuses",
        _by(asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError),
        30,
        outages.outage_message,
    ),
    _Kind("database_away", outages.is_outage, 5, outages.outage_message),
)


def outage_of(error: BaseException, *, may_have_written: bool) -> Outage | None:
    """The outage that the error is; None for a bug of ours, or a fault of the caller's."""
    for kind in KINDS:
        if kind.is_meant(error) and (kind.message is None or not isinstance(error, UserError)):
            break
    else:
        return None
    message = kind.message(error) if callable(kind.message) else kind.message or str(error)
    reason = kind.reason
    if may_have_written:
        message, reason = MAY_BE_DONE, OUTCOME_UNKNOWN
    return Outage(kind.name, message, kind.retry_after, reason, kind.message is not None)
