"""Which accounts an occurrence can use, and why one does not run."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from perennial.accounts.usability import PresentAccount, unusable_reason
from perennial.core.errors import PerennialError
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


class OccurrenceSkipped(PerennialError):
    """An occurrence that cannot run. The ledger gets a row with `reason`, and the batch goes on."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def changes(self) -> Changes:
        """What becomes of the queue, beside that it goes on."""
        return Changes()


class OriginalPostDeleted(OccurrenceSkipped):
    """The queue's original post is deleted: the queue is completed."""

    def __init__(self) -> None:
        super().__init__(ORIGINAL_POST_DELETED)

    def changes(self) -> Changes:
        """It is completed."""
        return completed(self.reason)


class QueueStopped(OccurrenceSkipped):
    """The queue is paused instead, for what became of its last runs."""

    def changes(self) -> Changes:
        """It is paused."""
        return paused(self.reason)


class AccountMissing(OccurrenceSkipped):
    """No platform of the post has a usable account: the occurrence is skipped."""


class Cloneable(NamedTuple):
    """What an occurrence clones: the post whose turn it is, and by platform the ids of the accounts that publish it.

    `left_out` is the ledger's reason for platforms that have no usable account, if there are any. Where nothing can be
    cloned `refusal` says why.
    """

    original: Original | None
    account_ids: Mapping[Platform, UUID]
    left_out: str | None
    refusal: OccurrenceSkipped | None

    @classmethod
    def of(cls, owner: str, original: Original | None, accounts: Accounts, now: datetime) -> Self:
        """That of an owner's queue at `now`."""
        if original is None or original.clerk_user_id != owner:
            return cls(None, {}, None, OriginalPostDeleted())
        present = {text.platform: accounts.get((owner, text.platform)) for text in original.publications}
        unusable_reasons = {platform: unusable_reason(account, now) for platform, account in present.items()}
        left_out = {platform: reason for platform, reason in unusable_reasons.items() if reason}
        summary = ",".join(f"{reason}:{platform.name}" for platform, reason in left_out.items())
        if len(left_out) == len(unusable_reasons):
            reasons = set(left_out.values())
            return cls(original, {}, summary, AccountMissing(reasons.pop() if len(reasons) == 1 else summary))
        usable = {platform: account.id for platform, account in present.items() if account and platform not in left_out}
        return cls(original, usable, summary or None, None)

    def unless(self, reason_to_stop: str | None) -> Self:
        """The same, or nothing where there is a reason to stop."""
        return self._replace(refusal=QueueStopped(reason_to_stop)) if reason_to_stop else self


async def read_accounts(owners: Collection[str]) -> Accounts:
    """The owners' accounts, by owner and platform. Rows with values that only a newer version knows are left out."""
    rows = await run_sql(_ACCOUNTS, list(owners))
    known = (row for row in rows if row["platform"] in _PLATFORMS and row["status"] in _ACCOUNT_STATES)
    accounts = map(bulk.row_reader(ConnectedAccount, _Account), known)
    return {(account.clerk_user_id, account.platform): account for account in accounts}
