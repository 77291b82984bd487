"""Keeps one receipt from being given to two publications: recurring texts are alike, so a text alone proves nothing."""

from collections.abc import Collection

from perennial.core.states import Platform
from perennial.db.models import ConnectedAccount, Publication
from perennial.db.sql import take_advisory_lock


async def lock_receipts(owner: str, platform: Platform) -> None:
    """Locks the account for matching receipts with its publications, until the end of the transaction.

    The posts must be locked before.
    """
    account_id = await _account_id(owner, platform)
    await take_advisory_lock(f"receipts:{platform.value}:{account_id or owner}")


async def owners_sharing_account(owner: str, platform: Platform) -> set[str]:
    """The owners who have connected the same account of the platform as this owner, who is included."""
    account_id = await _account_id(owner, platform)
    same = ConnectedAccount.filter(platform=platform, account_id=account_id)
    return {owner, *[str(one) for one in await same.values_list("clerk_user_id", flat=True)]}


async def recorded_remote_ids(owners: Collection[str], platform: Platform, remote_ids: Collection[str]) -> set[str]:
    """Those of the platform's ids that publications of these owners already have as receipts."""
    found = Publication.filter(remote_id__in=list(remote_ids), platform=platform, post__clerk_user_id__in=list(owners))
    return {str(remote_id) for remote_id in await found.values_list("remote_id", flat=True)}


async def _account_id(owner: str, platform: Platform) -> str | None:
    found = ConnectedAccount.filter(clerk_user_id=owner, platform=platform)
    return next((str(one) for one in await found.values_list("account_id", flat=True)), None)
