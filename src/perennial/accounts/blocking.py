"""Blocks accounts: the platform asked us to send nothing from them until some time."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from tortoise.expressions import Q

from perennial.core.errors import PlatformError
from perennial.db.models import ConnectedAccount
from perennial.observe.logs import get_logger
from perennial.platforms.transport import MESSAGE_LENGTH_MAX

log = get_logger(__name__)


class Block(NamedTuple):
    """Until when an account is blocked, and why: columns of connected_accounts."""

    blocked_until: datetime
    blocked_code: str | None
    blocked_message: str | None


async def block(account_id: UUID, until: datetime, error: PlatformError) -> None:
    """Blocks the account; a block that ends later stays. The caller has locked the account.

    The head moves with it: nothing of the account is worth a look before the block ends. The publications that wait
    are not touched.
    """
    account = ConnectedAccount.filter(Q(blocked_until__isnull=True) | Q(blocked_until__lt=until), id=account_id)
    message = str(error)[:MESSAGE_LENGTH_MAX]
    if await account.update(blocked_until=until, blocked_code=error.code, blocked_message=message, next_due=until):
        log.warning("account.blocked", account=str(account_id), until=until.isoformat(), code=error.code)


async def blocks(owner: str, account_ids: Collection[UUID], now: datetime) -> dict[UUID | None, Block]:
    """The blocks of those of the owner's accounts with these ids that are blocked at `now`."""
    mine = ConnectedAccount.filter(id__in=list(account_ids), clerk_user_id=owner, blocked_until__gt=now)
    rows = await mine.values_list("id", "blocked_until", "blocked_code", "blocked_message")
    return {account_id: Block(*block) for account_id, *block in rows}
