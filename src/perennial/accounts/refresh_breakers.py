"""The breakers of refreshes: a platform's token endpoint refuses our app or our settings, so it would every account's.

While a breaker is tripped, one refresh a minute is made as a probe, and the other accounts that need one wait; accounts
whose tokens are good go on. While one account alone has met the refusal, nobody waits but that one. An answer that
shows that our app is taken again resets the breaker. See `breaker_rows.py`.
"""

import random
from datetime import datetime

from perennial.accounts.account_rows import AnyAccount
from perennial.accounts.breaker_rows import PROBE_PAUSE, BreakerRows, refused_alone
from perennial.core.platform_errors import NotSent, OperatorFault
from perennial.core.states import Platform
from perennial.db.models import RefreshBreaker
from perennial.db.sql import run_sql
from perennial.observe.logs import get_logger
from perennial.platforms.transport import MESSAGE_LENGTH_MAX

log = get_logger(__name__)

# Others that wait to be refreshed, and come within a minute, or have just come.
_OTHERS = """
    SELECT 1 FROM connected_accounts
    WHERE platform = $1 AND next_due BETWEEN $2 AND $3 AND blocked_code = 'REFRESH_FAILED' AND refused_time IS NULL
    LIMIT 1
"""
_rows = BreakerRows(RefreshBreaker)
tripped = _rows.tripped


async def enter(account: AnyAccount, now: datetime) -> None:
    """Returns if a refresh may be made now, perhaps as a probe. Raises NotSent if the account has to wait for one.

    Those that wait come back within a minute after the next probe, each at a time of its own. An account for which our
    app was refused lets those go first for which it was not: it may be alone, and would be refused again.
    """
    platform = account.platform
    breaker = (await tripped()).get(platform)
    if breaker is None or breaker.sole_account_id is not None:
        return
    if account.refused_time and await run_sql(_OTHERS, platform.value, now - PROBE_PAUSE, now + PROBE_PAUSE):
        raise _wait(breaker.error_message, now + PROBE_PAUSE)
    if await _rows.claim_probe(platform, now):
        return
    retry_at = max(breaker.probe_time, now) + PROBE_PAUSE * random.random()  # noqa: S311 (spreads load, guards no secret)
    raise _wait(breaker.error_message, retry_at)


async def refused(account: AnyAccount, error: OperatorFault, now: datetime) -> NotSent:
    """Trips the breaker, unless the account is refused alone; returns the error for the account."""
    if await _rows.is_alone(account, now):
        return await refused_alone(account, error, now)
    if await _rows.trip(account, error, now):
        message = str(error)[:MESSAGE_LENGTH_MAX]
        log.error("refreshes.tripped", platform=account.platform.name, message=message, advice=error.advice)
    return _wait(str(error), now + PROBE_PAUSE)


async def reset(platform: Platform) -> None:
    """Resets the breaker: the token endpoint takes our app."""
    if platform in await tripped() and await _rows.reset(platform):
        log.info("refreshes.reset", platform=platform.name)


def _wait(message: str, retry_at: datetime) -> NotSent:
    return NotSent("REFRESH_FAILED", message, retry_at=retry_at, costs_attempt=False, blocks_account=True)
