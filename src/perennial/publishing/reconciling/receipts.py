"""Keeps one receipt from being given to two publications: recurring texts are alike, so a text alone proves nothing."""

from collections.abc import Collection
from uuid import UUID

from perennial.accounts.account_rows import AnyAccount
from perennial.db.models import ConnectedAccount, Publication
from perennial.db.sql import take_advisory_lock


async def lock_receipts(account: AnyAccount) -> None:
    """Locks the platform's account for matching receipts with publications, until the end of the transaction.

    The posts must be locked before.
    """
    await take_advisory_lock(f"receipts:{account.platform.value}:{account.account_id}")


async def accounts_sharing(account: AnyAccount) -> set[UUID]:
    """The accounts of all owners who have connected the same account of the platform, this one included."""
    same = ConnectedAccount.filter(platform=account.platform, account_id=account.account_id)
    return {account.id, *[UUID(str(one)) for one in await same.values_list("id", flat=True)]}


async def recorded_remote_ids(account: AnyAccount, remote_ids: Collection[str]) -> set[str]:
    """Those of the platform's ids that publications of the account already have as receipts, whoever connected it."""
    accounts = await accounts_sharing(account)
    found = Publication.filter(remote_id__in=list(remote_ids), connected_account_id__in=list(accounts))
    return {str(remote_id) for remote_id in await found.values_list("remote_id", flat=True)}
