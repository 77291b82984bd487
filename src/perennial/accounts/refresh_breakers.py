"""The breakers of refreshes: a platform's token endpoint refuses our app or our settings, so it would every account's.

Such an answer trips the breaker, a row that every worker reads. While it exists, one refresh a minute is made as a
probe, and the other accounts that need one wait; accounts whose tokens are good go on. An answer that shows that our
app is taken again resets the breaker.
"""

from datetime import datetime, timedelta

from perennial.core.errors import NotSent, OperatorFault
from perennial.core.states import Platform
from perennial.db.models import RefreshBreaker
from perennial.db.sql import run_sql
from perennial.observe.logs import get_logger
from perennial.platforms.transport import MESSAGE_LENGTH_MAX

log = get_logger(__name__)

PROBE_PAUSE = timedelta(minutes=1)

# Of several that trip it at the same moment, one does.
_TRIP = """
    INSERT INTO refresh_breakers (platform, error_code, error_message, tripped_time, probe_time)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (platform) DO NOTHING RETURNING platform
"""


async def tripped() -> dict[Platform, RefreshBreaker]:
    """The tripped breakers by platform."""
    if not await run_sql("SELECT 1 FROM refresh_breakers LIMIT 1"):
        return {}
    return {breaker.platform: breaker for breaker in await RefreshBreaker.filter(platform__in=list(Platform))}


async def enter(platform: Platform, now: datetime) -> None:
    """Returns if a refresh may be made now, perhaps as a probe. Raises NotSent if the account has to wait for one."""
    breaker = (await tripped()).get(platform)
    if breaker is None or await RefreshBreaker.filter(platform=platform, probe_time__lte=now).update(
        probe_time=now + PROBE_PAUSE
    ):
        return
    retry_at = breaker.probe_time if breaker.probe_time > now else now + PROBE_PAUSE
    raise _wait(breaker.error_message, retry_at)


async def trip(platform: Platform, error: OperatorFault, now: datetime) -> NotSent:
    """Trips the breaker, or renews the error of one that is tripped; returns the error for the account that met it."""
    message, probe_time = str(error)[:MESSAGE_LENGTH_MAX], now + PROBE_PAUSE
    if await run_sql(_TRIP, platform.value, error.code, message, now, probe_time):
        log.error("refreshes.tripped", platform=platform.name, message=message, advice=error.advice)
    else:
        columns = {"error_code": error.code, "error_message": message, "probe_time": probe_time}
        await RefreshBreaker.filter(platform=platform).update(**columns)
    return _wait(message, now + PROBE_PAUSE)


async def reset(platform: Platform) -> None:
    """Resets the breaker: the token endpoint takes our app."""
    if platform in await tripped() and await RefreshBreaker.filter(platform=platform).delete():
        log.info("refreshes.reset", platform=platform.name)


def _wait(message: str, retry_at: datetime) -> NotSent:
    return NotSent("REFRESH_FAILED", message, retry_at=retry_at, costs_attempt=False, blocks_account=True)
