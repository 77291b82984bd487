"""Blocks accounts: the platform asked us to send nothing from them until some time."""

from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from perennial.core.errors import PlatformError
from perennial.db.models import ConnectedAccount
from perennial.observe.logs import get_logger

log = get_logger(__name__)


async def block(account_id: UUID, until: datetime, error: PlatformError) -> None:
    """Blocks the account; a block that ends later stays. The caller has locked the account.

    The head moves with it: nothing of the account is worth a look before the block ends. The publications that wait
    are not touched.
    """
    account = ConnectedAccount.filter(Q(blocked_until__isnull=True) | Q(blocked_until__lt=until), id=account_id)
    if await account.update(blocked_until=until, blocked_code=error.code, blocked_message=str(error), next_due=until):
        log.warning("account.blocked", account=str(account_id), until=until.isoformat(), code=error.code)
