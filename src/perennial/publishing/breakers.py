"""Platforms that serve nobody of ours: credits used up (402), a version of the API retired (426).

Such an answer trips the platform's breaker, a row that every worker sees, and that a restart finds. While it is there
nothing is sent but a probe, one publication a minute, claimed by a write. What a probe is answered resets the breaker,
if it shows that the platform serves again.
"""

from datetime import datetime

from perennial.core.errors import NotSent, OutcomeUnknown, ReconnectRequired, Refused, TokenRejected
from perennial.core.states import Platform
from perennial.db.models import PlatformBreaker
from perennial.db.sql import as_id, select
from perennial.events.publisher import Event
from perennial.observe.logs import get_logger
from perennial.platforms.transport import Receipt
from perennial.publishing.outcomes import PROBE_PAUSE, Result

log = get_logger(__name__)

EXPLAINED_MAX = 1000

_EXPLAIN = """
    UPDATE publications SET error_code = $1, error_message = $2
    WHERE id IN (
        SELECT id FROM publications
        WHERE status = 'scheduled' AND next_attempt_time <= $3 AND platform = $4 AND error_code IS NULL
        ORDER BY next_attempt_time LIMIT $5 FOR UPDATE SKIP LOCKED
    )
    RETURNING id, post_id, (SELECT clerk_user_id FROM posts WHERE posts.id = post_id) AS owner
"""


async def tripped() -> dict[Platform, PlatformBreaker]:
    """The breakers that are tripped."""
    if not await select("SELECT 1 FROM platform_breakers LIMIT 1"):  # as good as always, and asked for each batch
        return {}
    return {breaker.platform: breaker for breaker in await PlatformBreaker.filter(platform__in=list(Platform))}


async def trip(platform: Platform, error: NotSent, now: datetime) -> None:
    """Stops the platform for everyone, or leaves it stopped, with the platform's latest words."""
    words = {"error_code": error.code, "error_message": str(error), "probe_time": now + PROBE_PAUSE}
    if not await PlatformBreaker.filter(platform=platform).update(**words):
        breaker = PlatformBreaker(platform=platform, tripped_time=now, **words)
        await PlatformBreaker.bulk_create([breaker], ignore_conflicts=True)
        log.error("platform.tripped", platform=platform.name, code=error.code, message=str(error))


async def claim_probe(platform: Platform, now: datetime) -> bool:
    """Whether the caller may send one publication now, to see whether the platform serves again."""
    due = PlatformBreaker.filter(platform=platform, probe_time__lte=now)
    return bool(await due.update(probe_time=now + PROBE_PAUSE))


async def release_probe(platform: Platform, now: datetime) -> None:
    """Gives a probe back that was not sent, or told nothing."""
    await PlatformBreaker.filter(platform=platform).update(probe_time=now)


async def learn(platform: Platform, result: Result, now: datetime) -> None:
    """Resets the breaker where the answer to a probe shows that the platform serves again.

    What only tells of the account that was asked with is no answer: the next publication probes at once.
    """
    if isinstance(result, Receipt | Refused) and await PlatformBreaker.filter(platform=platform).delete():
        log.info("platform.reset", platform=platform.name)
    elif isinstance(result, TokenRejected | ReconnectRequired) or (
        isinstance(result, NotSent) and result.blocks_account
    ):
        await release_probe(platform, now)
    elif isinstance(result, OutcomeUnknown):
        log.warning("platform.still_tripped", platform=platform.name, message=str(result))


async def explain(breaker: PlatformBreaker, now: datetime) -> list[Event]:
    """Tells those who ask for a publication that is due why it waits; of very many, some at a time.

    Returns what is to be told of it.
    """
    platform = breaker.platform.value
    rows = await select(_EXPLAIN, breaker.error_code, breaker.error_message, now, platform, EXPLAINED_MAX)
    return [Event(row["owner"], as_id(row["post_id"]), as_id(row["id"])) for row in rows]
