"""Blocks accounts: the platform asked us to send nothing from them until some time."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from tortoise.expressions import Q

from perennial.accounts.account_rows import AnyAccount
from perennial.core.platform_errors import PlatformError
from perennial.core.states import AccountStatus
from perennial.db.models import ConnectedAccount
from perennial.db.sql import as_id, as_time, run_sql
from perennial.observe.logs import get_logger
from perennial.platforms.transport import MESSAGE_LENGTH_MAX

log = get_logger(__name__)

_BLOCKS = """
    SELECT id, platform, status, blocked_until, blocked_code, blocked_message FROM connected_accounts
    WHERE clerk_user_id = $1 AND blocked_until > $2
"""


class Block(NamedTuple):
    """Until when an account is blocked, and why: columns of connected_accounts."""

    blocked_until: datetime
    blocked_code: str | None
    blocked_message: str | None


async def block(account: AnyAccount, until: datetime, error: PlatformError) -> None:
    """Blocks the account; a block that ends later stays. The caller has locked the account.

    The head moves with it: nothing of the account is worth a look before the block ends. The publications that wait
    are not touched.
    """
    free = ConnectedAccount.filter(Q(blocked_until__isnull=True) | Q(blocked_until__lt=until), id=account.id).exclude(
        status=AccountStatus.DISCONNECTED
    )
    message = str(error)[:MESSAGE_LENGTH_MAX]
    if await free.update(blocked_until=until, blocked_code=error.code, blocked_message=message, next_due=until):
        ids = {"account": str(account.id), "owner": account.clerk_user_id}
        log.warning("account.blocked", until=until.isoformat(), code=error.code, **ids)


async def blocks(owner: str, now: datetime) -> dict[UUID | str | None, Block]:
    """The blocks of the owner's accounts at `now`: by id, and of the connected ones by platform too."""
    found: dict[UUID | str | None, Block] = {}
    for row in await run_sql(_BLOCKS, owner, now):
        found[as_id(row["id"])] = Block(as_time(row["blocked_until"]), row["blocked_code"], row["blocked_message"])
        if row["status"] != AccountStatus.DISCONNECTED:
            found[row["platform"]] = found[as_id(row["id"])]
    return found
