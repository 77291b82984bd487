"""Which accounts an occurrence can use, and why it cannot run."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from perennial.accounts.usability import PresentAccount, unusable_reason
from perennial.core.errors import PerennialError
from perennial.core.states import Platform
from perennial.posts.cloning import Original
from perennial.queues.recurrence.columns import ORIGINAL_POST_DELETED

Accounts = Mapping[tuple[str, Platform], PresentAccount]


class OccurrenceSkipped(PerennialError):
    """An occurrence that cannot run. The ledger gets a row with `reason`, and the batch goes on."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OriginalPostDeleted(OccurrenceSkipped):
    """The queue's original post is deleted: the queue is completed."""

    def __init__(self) -> None:
        super().__init__(ORIGINAL_POST_DELETED)


class AccountMissing(OccurrenceSkipped):
    """No platform of the post has a usable account: the occurrence is skipped."""


def usable_accounts(original: Original, accounts: Accounts, now: datetime) -> tuple[dict[Platform, UUID], str | None]:
    """The ids of the usable accounts, and the ledger's reason for the platforms that have none, if any.

    Raises AccountMissing if no platform has a usable account.
    """
    present = {text.platform: accounts.get((original.clerk_user_id, text.platform)) for text in original.publications}
    unusable_reasons = {platform: unusable_reason(account, now) for platform, account in present.items()}
    left_out = {platform: reason for platform, reason in unusable_reasons.items() if reason}
    summary = ",".join(f"{reason}:{platform.name}" for platform, reason in left_out.items())
    if len(left_out) == len(unusable_reasons):
        reasons = set(left_out.values())
        raise AccountMissing(reasons.pop() if len(reasons) == 1 else summary)
    usable = {platform: account.id for platform, account in present.items() if account and platform not in left_out}
    return usable, summary or None
