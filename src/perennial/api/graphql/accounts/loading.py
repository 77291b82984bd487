"""Reads accounts for the API: the owner's alone, in a number of queries that no page size changes."""

from collections.abc import Sequence
from uuid import UUID

from perennial.api.graphql.accounts.types import ConnectedAccount
from perennial.core import clock
from perennial.core.states import AccountStatus, Platform
from perennial.db import models


async def accounts_by_id(owner: str, ids: Sequence[UUID]) -> list[ConnectedAccount | None]:
    """The owner's accounts with these ids, disconnected ones included, in the order of the ids.

    None for one that is another owner's, or has a value that only a newer version knows.
    """
    readable = models.ConnectedAccount.filter(platform__in=list(Platform), status__in=list(AccountStatus))
    rows = await readable.filter(id__in=list(set(ids)), clerk_user_id=owner)
    now = await clock.now()
    by_id = {row.id: ConnectedAccount.of(row, now) for row in rows}
    return [by_id.get(account_id) for account_id in ids]
