"""Which receipt belongs to which publication: none to two. Recurring texts are alike, so a text alone tells nothing."""

from collections.abc import Collection

from perennial.database import hold
from perennial.models import Publication
from perennial.states import Platform


async def hold_receipts(owner: str, platform: Platform) -> None:
    """For the rest of the transaction nobody else gives the owner's publications there receipts that they looked for.

    Taken after the posts' locks, never before.
    """
    await hold(f"receipts:{platform.value}:{owner}")


async def recorded(owner: str, platform: Platform, remote_ids: Collection[str]) -> set[str]:
    """Those of the platform's ids that some publication of the owner's has already."""
    found = Publication.filter(remote_id__in=list(remote_ids), platform=platform, post__clerk_user_id=owner)
    return {str(remote_id) for remote_id in await found.values_list("remote_id", flat=True)}
