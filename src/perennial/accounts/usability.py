"""Whether an account can publish, now and at a time to come, and if not, why."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from perennial.core.publication_codes import ACCOUNT_MISSING, RECONNECT_REQUIRED
from perennial.core.states import AccountStatus

# How long before a token expires for good its owner is to hear of it.
SOON = timedelta(days=7)
TOKEN_EXPIRES = "TOKEN_EXPIRES"  # noqa: S105 (the name of a warning)


class AccountLike(Protocol):
    """The attributes that decide whether an account can publish."""

    @property
    def status(self) -> AccountStatus:
        """Whether its tokens work."""

    @property
    def token_expires_at(self) -> datetime | None:
        """When its access token expires."""

    @property
    def encrypted_refresh_token(self) -> str | None:
        """Its refresh token, None if it has none."""


class PresentAccount(AccountLike, Protocol):
    """An account that an owner has connected now."""

    @property
    def id(self) -> UUID:
        """The id of its row."""


def unusable_reason(account: AccountLike | None, now: datetime) -> str | None:
    """Why nothing can be published with this account; None if it is usable."""
    if account is None or account.status == AccountStatus.DISCONNECTED:
        return ACCOUNT_MISSING
    if account.status != AccountStatus.ACTIVE or _has_expired(account, now):
        return RECONNECT_REQUIRED
    return None


def foreseen_reason(account: AccountLike | None, time: datetime, now: datetime) -> str | None:
    """Why nothing will be published with this account at `time`, as far as that is known `now`; None if it will be.

    The reason is that of `unusable_reason`, or TOKEN_EXPIRES: the account is to be connected again until then.
    """
    if reason := unusable_reason(account, now):
        return reason
    return TOKEN_EXPIRES if account is not None and _has_expired(account, time) else None


def expires_soon(account: AccountLike, now: datetime) -> bool:
    """Whether its access token expires within SOON, or has expired, and nothing refreshes it."""
    return account.status != AccountStatus.DISCONNECTED and _has_expired(account, now + SOON)


def _has_expired(account: AccountLike, time: datetime) -> bool:
    """Whether its access token has expired at `time`, and the platform takes no refresh token of it, as we know."""
    is_refreshed = account.encrypted_refresh_token is not None and account.status == AccountStatus.ACTIVE
    expires = account.token_expires_at
    return not is_refreshed and expires is not None and expires <= time
