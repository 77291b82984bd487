"""Whether something can be published with an account, and if not, why."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from perennial.core.states import AccountStatus, Platform
from perennial.db.models import ConnectedAccount

ACCOUNT_MISSING = "ACCOUNT_MISSING"
RECONNECT_REQUIRED = "RECONNECT_REQUIRED"


async def accounts_of(owners: Collection[str]) -> dict[tuple[str, Platform], ConnectedAccount]:
    """The accounts of these owners, by owner and platform, in one query.

    Those that only a newer version knows how to read are left out: they must not cost those that are read with them.
    """
    known = ConnectedAccount.filter(platform__in=list(Platform), status__in=list(AccountStatus))
    found = await known.filter(clerk_user_id__in=list(set(owners)))
    return {(account.clerk_user_id, account.platform): account for account in found}


class Usable(Protocol):
    """What tells whether an account can be used."""

    @property
    def status(self) -> AccountStatus:
        """Whether its tokens are good."""

    @property
    def token_expires_at(self) -> datetime | None:
        """When its access token runs out."""

    @property
    def encrypted_refresh_token(self) -> str | None:
        """What it can be refreshed with."""


def problem(account: Usable | None, now: datetime) -> str | None:
    """Why nothing can be published with this account; None where it is usable."""
    if account is None:
        return ACCOUNT_MISSING
    if account.status != AccountStatus.ACTIVE or _has_run_out(account, now):
        return RECONNECT_REQUIRED
    return None


def _has_run_out(account: Usable, now: datetime) -> bool:
    expires = account.token_expires_at
    return account.encrypted_refresh_token is None and expires is not None and expires <= now
