"""Reads the accounts of many owners at once: plain rows that it locks, for sending, or models."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.core.states import AccountStatus, Platform
from perennial.db import bulk
from perennial.db.models import ConnectedAccount
from perennial.db.sql import run_sql

_ACCOUNT_STATES = frozenset(AccountStatus)


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

    def __repr__(self) -> str:
        return f"<Account {self.id} {self.platform}>"  # without its tokens


AnyAccount = ConnectedAccount | Account


_LOCK = f"""
    SELECT {", ".join(Account._fields)} FROM connected_accounts
    WHERE platform = $1 AND clerk_user_id = ANY($2)
    ORDER BY id FOR KEY SHARE
"""  # noqa: S608 (the columns are ours)


async def lock_accounts(owners: Collection[str], platform: Platform) -> dict[str, Account]:
    """These owners' accounts on the platform, by owner; none can be deleted until the transaction ends.

    It waits for transactions that are deleting one. (On SQLite there is one transaction at a time.) The lock is FOR KEY
    SHARE, so that tokens may still change.
    """
    rows = await run_sql(_LOCK, platform.value, sorted(set(owners)))
    readable = (row for row in rows if row["status"] in _ACCOUNT_STATES)
    return {account.clerk_user_id: account for account in map(bulk.row_reader(ConnectedAccount, Account), readable)}


async def accounts_of(owners: Collection[str]) -> dict[tuple[str, Platform], ConnectedAccount]:
    """The accounts of these owners, by owner and platform, in one query.

    Rows with values that only a newer version knows are left out, so that the others can be read.
    """
    readable = ConnectedAccount.filter(platform__in=list(Platform), status__in=list(AccountStatus))
    rows = await readable.filter(clerk_user_id__in=list(set(owners)))
    return {(account.clerk_user_id, account.platform): account for account in rows}
