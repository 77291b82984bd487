"""The breakers of platforms that serve none of our accounts, because our app or our settings are at fault.

Credits are used up (402), a version of the API is retired (426), the app is shut out: see docs/refusals.md.

Such an answer trips the platform's breaker, a row that every worker reads and that survives a restart. While it exists,
only a probe is sent: one publication a minute, claimed by a write. An answer to a probe that shows that the platform
serves again resets the breaker.
"""

from datetime import datetime

from perennial.core.errors import NotSent, OperatorFault, OutcomeUnknown, ReconnectRequired, Refused, TokenRejected
from perennial.core.states import Platform
from perennial.db.models import PlatformBreaker
from perennial.db.sql import run_sql
from perennial.observe.logs import get_logger
from perennial.platforms.transport import MESSAGE_LENGTH_MAX, Receipt
from perennial.publishing.outcomes import PROBE_PAUSE, Result

log = get_logger(__name__)

# Of several that trip it at the same moment, one does.
_TRIP = """
    INSERT INTO platform_breakers (platform, error_code, error_message, tripped_time, probe_time)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (platform) DO NOTHING RETURNING platform
"""


async def tripped() -> dict[Platform, PlatformBreaker]:
    """The tripped breakers by platform."""
    if not await run_sql("SELECT 1 FROM platform_breakers LIMIT 1"):  # almost always empty, and read for each batch
        return {}
    return {breaker.platform: breaker for breaker in await PlatformBreaker.filter(platform__in=list(Platform))}


async def trip(platform: Platform, error: NotSent, now: datetime) -> None:
    """Trips the breaker of the platform, or renews the error of one that is tripped."""
    message, probe_time = str(error)[:MESSAGE_LENGTH_MAX], now + PROBE_PAUSE
    if await run_sql(_TRIP, platform.value, error.code, message, now, probe_time):
        advice = error.advice if isinstance(error, OperatorFault) else None
        log.error("platform.tripped", platform=platform.name, code=error.code, message=message, advice=advice)
    else:
        columns = {"error_code": error.code, "error_message": message, "probe_time": probe_time}
        await PlatformBreaker.filter(platform=platform).update(**columns)


async def claim_probe(platform: Platform, now: datetime) -> bool:
    """Claims the probe: True if the caller may send one publication now to see whether the platform serves again."""
    due = PlatformBreaker.filter(platform=platform, probe_time__lte=now)
    return bool(await due.update(probe_time=now + PROBE_PAUSE))


async def release_probe(platform: Platform, now: datetime) -> None:
    """Gives back a probe that was not sent or whose answer said nothing of the platform."""
    await PlatformBreaker.filter(platform=platform).update(probe_time=now)


async def apply_probe_result(platform: Platform, result: Result, now: datetime) -> None:
    """Resets the breaker if the result of a probe shows that the platform serves again.

    A result that only concerns the probe's account releases the probe: the next publication may probe at once.
    """
    if isinstance(result, Receipt | Refused) and await PlatformBreaker.filter(platform=platform).delete():
        log.info("platform.reset", platform=platform.name)
    elif isinstance(result, TokenRejected | ReconnectRequired) or (
        isinstance(result, NotSent) and result.blocks_account
    ):
        await release_probe(platform, now)
    elif isinstance(result, OutcomeUnknown):
        log.warning("platform.still_tripped", platform=platform.name, message=str(result))
