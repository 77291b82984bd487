"""Which accounts an occurrence can use, and why one does not run."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from perennial.accounts.usability import PresentAccount, unusable_reason
from perennial.core.states import AccountStatus, Platform
from perennial.db import bulk
from perennial.db.models import ConnectedAccount
from perennial.db.sql import run_sql
from perennial.posts.cloning import Original
from perennial.queues.recurrence.changes import completed, paused
from perennial.queues.recurrence.columns import Changes
from perennial.queues.recurrence.reasons import ORIGINAL_POST_DELETED

Accounts = Mapping[tuple[str, Platform], PresentAccount]

_PLATFORMS, _ACCOUNT_STATES = frozenset(Platform), frozenset(AccountStatus)
_ACCOUNTS = """
    SELECT id, clerk_user_id, platform, status, token_expires_at, encrypted_refresh_token
    FROM connected_accounts
    WHERE clerk_user_id = ANY($1) AND status <> 'disconnected'
"""


class _Account(NamedTuple):
    id: UUID
    clerk_user_id: str
    platform: Platform
    status: AccountStatus
    token_expires_at: datetime | None
    encrypted_refresh_token: str | None


class Cloneable(NamedTuple):
    """What an occurrence clones: the post whose turn it is, and by platform the ids of the accounts that publish it.

    `left_out` is the ledger's reason for platforms that have no usable account, if there are any.
    """

    original: Original
    account_ids: Mapping[Platform, UUID]
    left_out: str | None


class Refusal(NamedTuple):
    """Why an occurrence does not run: the ledger's reason, and what becomes of the queue, beside that it goes on."""

    reason: str
    changes: Changes

    @classmethod
    def stopping(cls, reason: str) -> Self:
        """That of a queue which is paused instead, for what became of its last runs."""
        return cls(reason, paused(reason))


def cloneable_or_refusal(
    owner: str, original: Original | None, accounts: Accounts, now: datetime
) -> Cloneable | Refusal:
    """What an owner's queue clones at `now`, or why nothing: its post was deleted, or no platform has a usable account.

    Without its post it is completed.
    """
    if original is None or original.clerk_user_id != owner:
        return Refusal(ORIGINAL_POST_DELETED, completed(ORIGINAL_POST_DELETED))
    present = {text.platform: accounts.get((owner, text.platform)) for text in original.publications}
    unusable_reasons = {platform: unusable_reason(account, now) for platform, account in present.items()}
    left_out = {platform: reason for platform, reason in unusable_reasons.items() if reason}
    summary = ",".join(f"{reason}:{platform.name}" for platform, reason in left_out.items())
    if len(left_out) == len(unusable_reasons):
        reasons = set(left_out.values())
        return Refusal(reasons.pop() if len(reasons) == 1 else summary, Changes())
    usable = {platform: account.id for platform, account in present.items() if account and platform not in left_out}
    return Cloneable(original, usable, summary or None)


async def read_accounts(owners: Collection[str]) -> Accounts:
    """The owners' accounts, by owner and platform. Rows with values that only a newer version knows are left out."""
    rows = await run_sql(_ACCOUNTS, list(owners))
    known = (row for row in rows if row["platform"] in _PLATFORMS and row["status"] in _ACCOUNT_STATES)
    accounts = map(bulk.row_reader(ConnectedAccount, _Account), known)
    return {(account.clerk_user_id, account.platform): account for account in accounts}
