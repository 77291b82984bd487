"""Pure: why a publication waits. Platform and account say it for all that wait for them, so it is derived on reading.

A breaker that trips, or an account that is blocked, is one small write, however much waits; no publication is touched.
"""

from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from perennial.core.publication_codes import RATE_LIMITED
from perennial.core.states import Platform, PublicationStatus

ACCOUNT_WAITS = "The platform asks the account to wait."


class Reason(NamedTuple):
    """The `errorCode` and the `errorMessage` of a publication; None: nothing went wrong.

    `until` is when its account may be asked again, if that is what it waits for.
    """

    code: str | None
    message: str | None
    until: datetime | None = None


class WaitingPublication(Protocol):
    """The columns of a publication that decide from which account it goes out, and why it waits."""

    platform: Platform
    connected_account_id: UUID | None
    unclear_since: datetime | None
    status: PublicationStatus
    next_attempt_time: datetime | None
    error_code: str | None
    error_message: str | None


class TrippedBreaker(Protocol):
    """The columns of a breaker: the answer that tripped it."""

    error_code: str
    error_message: str


class BlockedAccount(Protocol):
    """The columns of an account that say until when it is blocked, and why."""

    @property
    def blocked_until(self) -> datetime | None:
        """Until when nothing is sent from it; None: it was never blocked."""

    @property
    def blocked_code(self) -> str | None:
        """The code of the answer that blocked it."""

    @property
    def blocked_message(self) -> str | None:
        """The platform's message in that answer."""


def account_key(row: WaitingPublication) -> Platform | UUID | None:
    """The account of the publication: its id, or the platform, which stands for the one that is connected there now.

    What waits goes out from the one that is connected when it is due, whatever its row says until then, unless it may
    have been sent already. None: it has no account.
    """
    if row.status == PublicationStatus.SCHEDULED and row.unclear_since is None:
        return row.platform
    return row.connected_account_id


def is_due(row: WaitingPublication, now: datetime) -> bool:
    """Whether the publication waits although its time has come."""
    is_scheduled = row.status == PublicationStatus.SCHEDULED
    return is_scheduled and row.next_attempt_time is not None and row.next_attempt_time <= now


def own_reason(row: WaitingPublication) -> Reason:
    """What the publication's own row says, from its last attempt."""
    return Reason(row.error_code, row.error_message)


def waiting_reason(
    row: WaitingPublication, breaker: TrippedBreaker | None, account: BlockedAccount | None, now: datetime
) -> Reason:
    """Why the publication waits: for its platform, else for its account, else what its own row says.

    `breaker` is the platform's, None if it is not tripped; `account` is that of its `account_key`, None if there is
    none. Only what is due waits for them.
    """
    if not is_due(row, now):
        return own_reason(row)
    if breaker is not None:
        return Reason(breaker.error_code, breaker.error_message)
    if account is not None and account.blocked_until is not None and account.blocked_until > now:
        code, message = account.blocked_code or RATE_LIMITED, account.blocked_message or ACCOUNT_WAITS
        return Reason(code, message, account.blocked_until)
    return own_reason(row)
