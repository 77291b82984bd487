"""Reads accounts for the API: the owner's alone, in a number of queries that no page size changes."""

from collections.abc import Sequence
from uuid import UUID

from tortoise.expressions import Q

from perennial.api.graphql.accounts.types import ConnectedAccount
from perennial.core import clock
from perennial.core.states import AccountStatus, Platform
from perennial.db import models

_CONNECTED = [status for status in AccountStatus if status != AccountStatus.DISCONNECTED]


async def accounts_by_key(owner: str, keys: Sequence[UUID | Platform]) -> list[ConnectedAccount | None]:
    """The owner's accounts, in the order of the keys: one with this id, or the one that is connected on this platform.

    None for one that is not there, is another owner's, or has a value that only a newer version knows.
    """
    ids, platforms = {one for one in keys if isinstance(one, UUID)}, {one for one in keys if isinstance(one, Platform)}
    by_id = Q(id__in=list(ids), status__in=list(AccountStatus), platform__in=list(Platform))
    rows = models.ConnectedAccount.filter(by_id | Q(platform__in=list(platforms), status__in=_CONNECTED))
    found: dict[UUID | Platform, ConnectedAccount] = {}
    now = await clock.now()
    for row in await rows.filter(clerk_user_id=owner):
        found[row.id] = ConnectedAccount.of(row, now)
        if row.status in _CONNECTED:
            found[row.platform] = found[row.id]
    return [found.get(key) for key in keys]
