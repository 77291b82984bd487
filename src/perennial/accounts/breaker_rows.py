"""The rows of circuit breakers: a platform or its token endpoint refuses our app, so it would every account's request.

Every worker reads them, and they survive a restart. Whoever meets such a refusal, an operator's fault, trips the
breaker. An account may also meet it alone, because its owner connected it with tokens of another app: then nobody else
may have to wait for that. So a breaker names the account that has met it until a second one does
(`sole_account_id`), and whoever comes next may ask at once. Each answer that shows that our app is served resets it. An
account that is refused again soon after that is alone, and trips nothing: it waits for LONE_PAUSE at a time.
"""

from datetime import datetime, timedelta
from typing import Generic, TypeVar

from perennial.accounts.account_rows import AnyAccount
from perennial.core.platform_errors import NotSent, OperatorFault
from perennial.core.states import Platform
from perennial.db.bulk import table_of
from perennial.db.models import ConnectedAccount, PlatformBreaker, RefreshBreaker
from perennial.db.sql import run_sql
from perennial.observe.logs import get_logger
from perennial.platforms.transport import MESSAGE_LENGTH_MAX

log = get_logger(__name__)

# The time between two probes of what refuses our app.
PROBE_PAUSE = timedelta(minutes=1)
# How long an account waits that is refused alone, and for how long it is remembered that it was refused.
LONE_PAUSE, LONE_MEMORY = timedelta(minutes=15), timedelta(minutes=30)
LONE_ADVICE = "Other accounts are served: its tokens may be another app's. Its owner has to connect it with ours."

Breaker = TypeVar("Breaker", PlatformBreaker, RefreshBreaker)


class BreakerRows(Generic[Breaker]):
    """The breakers of one table, at most one for each platform; a row exists while the breaker is tripped."""

    def __init__(self, table: type[Breaker]) -> None:
        name = table_of(table)
        self._table: type[Breaker] = table
        self._look = f"SELECT 1 FROM {name} LIMIT 1"  # noqa: S608 (the name is ours)
        # Of several that trip it at the same moment, one does.
        self._insert = f"""
            INSERT INTO {name} (platform, error_code, error_message, tripped_time, probe_time, sole_account_id)
            VALUES ($1, $2, $3, $4, $4, $5) ON CONFLICT (platform) DO NOTHING RETURNING platform
        """  # noqa: S608

    async def tripped(self) -> dict[Platform, Breaker]:
        """The tripped breakers by platform."""
        if not await run_sql(self._look):  # almost always empty, and read for each batch
            return {}
        return {breaker.platform: breaker for breaker in await self._table.filter(platform__in=list(Platform))}

    async def trip(self, account: AnyAccount, error: OperatorFault, now: datetime) -> bool:
        """Trips the breaker of the account's platform; returns False if it was tripped, whose error is renewed.

        The next probe may be made at once, unless another account has met the fault as well.
        """
        platform, message = account.platform, str(error)[:MESSAGE_LENGTH_MAX]
        await _remember(account, now)
        if await run_sql(self._insert, platform.value, error.code, message, now, account.id):
            return True
        words = {"error_code": error.code, "error_message": message}
        row = self._table.filter(platform=platform)
        if not await row.filter(sole_account_id=account.id).update(probe_time=now, **words):
            await row.update(probe_time=now + PROBE_PAUSE, sole_account_id=None, **words)
        return False

    async def claim_probe(self, platform: Platform, now: datetime) -> bool:
        """Claims the probe: True if the caller may make one request now to see whether our app is served again."""
        due = self._table.filter(platform=platform, probe_time__lte=now)
        return bool(await due.update(probe_time=now + PROBE_PAUSE))

    async def release_probe(self, platform: Platform, now: datetime) -> None:
        """Gives back a probe that was not made, or whose answer said nothing of our app."""
        await self._table.filter(platform=platform).update(probe_time=now)

    async def reset(self, platform: Platform) -> bool:
        """Resets the breaker, since our app is served; returns False if it was not tripped."""
        return bool(await self._table.filter(platform=platform).delete())

    async def is_alone(self, account: AnyAccount, now: datetime) -> bool:
        """Whether an account that is refused now was so a while ago too, and others have been served since."""
        refused = account.refused_time
        return refused is not None and now - refused <= LONE_MEMORY and account.platform not in await self.tripped()


async def refused_alone(account: AnyAccount, error: OperatorFault, now: datetime) -> NotSent:
    """The error for an account that is refused alone: it waits, and nobody else does."""
    await _remember(account, now)
    ids = {"account": str(account.id), "owner": account.clerk_user_id}
    log.warning("account.refused_alone", platform=account.platform.name, message=str(error), advice=LONE_ADVICE, **ids)
    return NotSent(error.code, str(error), retry_at=now + LONE_PAUSE, costs_attempt=False, blocks_account=True)


async def forget_refusal(account: AnyAccount) -> None:
    """Forgets that the account was refused before the request that is served now."""
    if account.refused_time is not None:
        before = ConnectedAccount.filter(id=account.id, refused_time__lte=account.refused_time)
        await before.update(refused_time=None)


async def _remember(account: AnyAccount, now: datetime) -> None:
    await ConnectedAccount.filter(id=account.id).update(refused_time=now)
