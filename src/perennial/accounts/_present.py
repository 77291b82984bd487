"""Which account an owner has connected on a platform now, and the publications that wait for it."""

from tortoise.expressions import F

from perennial.accounts import heads
from perennial.accounts.refreshing import NOT_REFRESHING
from perennial.core.states import AccountStatus, Platform
from perennial.db.models import ConnectedAccount
from perennial.db.sql import run_sql

# A publication that may have been sent keeps its account: it is looked for there alone.
_LEAVE = """
    UPDATE publications SET connected_account_id = NULL
    WHERE connected_account_id = $1 AND status = 'scheduled' AND unclear_since IS NULL
"""
_FOLLOW = """
    UPDATE publications SET connected_account_id = $1
    WHERE connected_account_id IS NULL AND status = 'scheduled' AND platform = $2
        AND post_id IN (SELECT id FROM posts WHERE clerk_user_id = $3)
"""


async def lock_of_owner(owner: str, platform: Platform) -> list[ConnectedAccount]:
    """Locks the owner's accounts on the platform, disconnected ones included, in the order of their ids."""
    rows = ConnectedAccount.filter(clerk_user_id=owner, platform=platform).order_by("id")
    return await rows.select_for_update(no_key=True)


async def disconnect_row(account: ConnectedAccount) -> None:
    """Deletes the account's tokens, and takes what waits away from it; the caller has locked the account."""
    await ConnectedAccount.filter(id=account.id).update(
        status=AccountStatus.DISCONNECTED,
        encrypted_access_token="",
        encrypted_refresh_token=None,
        token_expires_at=None,
        tokens_version=F("tokens_version") + 1,
        **NOT_REFRESHING,
    )
    await run_sql(_LEAVE, account.id)
    await heads.reset([account.id])


async def follow(owner: str, account: ConnectedAccount) -> None:
    """Gives the account what waits for one, of this owner on this platform; the caller has locked the account."""
    await run_sql(_FOLLOW, account.id, account.platform.value, owner)
    await heads.reset([account.id])
