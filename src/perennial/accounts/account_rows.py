"""Reads many accounts at once: plain rows that it locks, for sending, or models."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.core.states import AccountStatus, Platform
from perennial.db import bulk
from perennial.db.models import ConnectedAccount
from perennial.db.sql import literals, run_sql


class Account(NamedTuple):
    """An account that publications are sent from: a row of columns of connected_accounts."""

    id: UUID
    clerk_user_id: str
    platform: Platform
    account_id: str
    handle: str | None
    encrypted_access_token: str
    encrypted_refresh_token: str | None
    tokens_version: int
    token_expires_at: datetime | None
    status: AccountStatus
    blocked_until: datetime | None
    connected_time: datetime
    tokens_time: datetime | None
    refused_time: datetime | None

    def __repr__(self) -> str:
        return f"<Account {self.id} {self.platform}>"  # without its tokens


AnyAccount = ConnectedAccount | Account


# The states of connected accounts that this version knows, as SQL.
CONNECTED = literals(status for status in AccountStatus if status != AccountStatus.DISCONNECTED)
# With SKIP LOCKED a claim waits for nobody, so it may lock accounts before posts.
_LOCK_DUE = f"""
    SELECT {", ".join(Account._fields)} FROM connected_accounts
    WHERE platform = $1 AND next_due <= $2 AND id <> ALL($3)
        AND status IN ({CONNECTED})
    ORDER BY next_due LIMIT $4
    FOR NO KEY UPDATE SKIP LOCKED
"""  # noqa: S608 (the columns and states are ours)
# Those that were refused would be refused again, if they are alone: each would cost everybody a probe.
_LOCK_FOR_PROBE = _LOCK_DUE.replace("ORDER BY", "ORDER BY refused_time IS NOT NULL,")


async def lock_due_accounts(
    platform: Platform, now: datetime, without: Collection[UUID], limit: int, *, to_probe: bool = False
) -> dict[UUID, Account]:
    """Locks accounts whose head has come, the longest due first, but for these, and those that are locked already.

    Accounts that are disconnected, or have values that only a newer version knows, are left out. To probe, accounts
    for which our app was not refused come first.
    """
    rows = await run_sql(_LOCK_FOR_PROBE if to_probe else _LOCK_DUE, platform.value, now, list(without), limit)
    return {account.id: account for account in map(bulk.row_reader(ConnectedAccount, Account), rows)}


def is_blocked(account: Account, now: datetime) -> bool:
    """Whether the platform has asked the account to wait: then its head is moved, and nothing of it is claimed."""
    return account.blocked_until is not None and account.blocked_until > now


async def accounts_by_id(account_ids: Collection[UUID]) -> dict[UUID, ConnectedAccount]:
    """The accounts with these ids, disconnected ones included, in one query.

    Rows with values that only a newer version knows are left out, so that the others can be read.
    """
    readable = ConnectedAccount.filter(platform__in=list(Platform), status__in=list(AccountStatus))
    return {account.id: account for account in await readable.filter(id__in=list(set(account_ids)))}
