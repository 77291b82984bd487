"""Whether an account can publish, and if not, why."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from perennial.core.states import AccountStatus, Platform
from perennial.db.models import ConnectedAccount

ACCOUNT_MISSING = "ACCOUNT_MISSING"
RECONNECT_REQUIRED = "RECONNECT_REQUIRED"


async def accounts_of(owners: Collection[str]) -> dict[tuple[str, Platform], ConnectedAccount]:
    """The accounts of these owners, by owner and platform, in one query.

    Rows with values that only a newer version knows are left out, so that the others can be read.
    """
    readable = ConnectedAccount.filter(platform__in=list(Platform), status__in=list(AccountStatus))
    rows = await readable.filter(clerk_user_id__in=list(set(owners)))
    return {(account.clerk_user_id, account.platform): account for account in rows}


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


def unusable_reason(account: AccountLike | None, now: datetime) -> str | None:
    """Why nothing can be published with this account; None if it is usable."""
    if account is None:
        return ACCOUNT_MISSING
    if account.status != AccountStatus.ACTIVE or _is_expired(account, now):
        return RECONNECT_REQUIRED
    return None


def _is_expired(account: AccountLike, now: datetime) -> bool:
    expires = account.token_expires_at
    return account.encrypted_refresh_token is None and expires is not None and expires <= now
