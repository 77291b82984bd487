"""Which receipt belongs to which publication: none to two. Recurring texts are alike, so a text alone tells nothing."""

from collections.abc import Collection

from perennial.core.states import Platform
from perennial.db.models import ConnectedAccount, Publication
from perennial.db.sql import take_advisory_lock


async def hold_receipts(owner: str, platform: Platform) -> None:
    """For the rest of the transaction nobody else gives publications of this account receipts that they looked for.

    Taken after the posts' locks, never before.
    """
    account_id = await _account_id(owner, platform)
    await take_advisory_lock(f"receipts:{platform.value}:{account_id or owner}")


async def who_share(owner: str, platform: Platform) -> set[str]:
    """The owners who publish there with the same account as this one; this one among them."""
    account_id = await _account_id(owner, platform)
    same = ConnectedAccount.filter(platform=platform, account_id=account_id)
    return {owner, *[str(one) for one in await same.values_list("clerk_user_id", flat=True)]}


async def taken(owners: Collection[str], platform: Platform, remote_ids: Collection[str]) -> set[str]:
    """Those of the platform's ids that some publication of these owners has already."""
    found = Publication.filter(remote_id__in=list(remote_ids), platform=platform, post__clerk_user_id__in=list(owners))
    return {str(remote_id) for remote_id in await found.values_list("remote_id", flat=True)}


async def _account_id(owner: str, platform: Platform) -> str | None:
    found = ConnectedAccount.filter(clerk_user_id=owner, platform=platform)
    return next((str(one) for one in await found.values_list("account_id", flat=True)), None)
