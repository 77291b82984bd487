"""Whether an account can publish, and if not, why."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from perennial.core.publication_codes import ACCOUNT_MISSING, RECONNECT_REQUIRED
from perennial.core.states import AccountStatus


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
    if account.status != AccountStatus.ACTIVE or _is_expired(account, now):
        return RECONNECT_REQUIRED
    return None


def _is_expired(account: AccountLike, now: datetime) -> bool:
    expires = account.token_expires_at
    return account.encrypted_refresh_token is None and expires is not None and expires <= now
