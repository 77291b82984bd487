"""How many requests an owner may make in a minute; counted in Redis, so that all servers count together.

A minute of the clock is a window. While Redis is away nobody is counted, and nobody is refused.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError

from perennial.observe.logs import get_logger

log = get_logger(__name__)

WINDOW_SECONDS = 60
COUNT_SECONDS = 0.5
# After Redis did not answer, it is not asked for so long: every request would wait for it.
AWAY = timedelta(seconds=5)


@dataclass(frozen=True)
class Allowance:
    """What an owner has in the window, what is left of it with this request taken, and when the next begins."""

    limit: int
    left: int
    reset_seconds: int

    @property
    def is_exceeded(self) -> bool:
        """Whether this request is one too many."""
        return self.left < 0

    @property
    def headers(self) -> dict[str, str]:
        """What is left, as clients know to read it (IETF draft-ietf-httpapi-ratelimit-headers-05)."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.left)),
            "RateLimit-Reset": str(self.reset_seconds),
        }


class Rates:
    """The counting of requests; `per_minute` is what an owner has, 0 means as many as they like."""

    def __init__(self, redis: Redis, per_minute: int) -> None:
        self._redis, self._per_minute = redis, per_minute
        self._away_until: datetime | None = None

    async def take(self, owner: str, now: datetime) -> Allowance | None:
        """Counts a request of the owner's. None where nobody counts."""
        if not self._per_minute or (self._away_until and now < self._away_until):
            return None
        window, passed = divmod(int(now.timestamp()), WINDOW_SECONDS)
        try:
            async with asyncio.timeout(COUNT_SECONDS):
                count = await self._count(f"perennial:requests:{window}:{owner}")
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = now + AWAY
            log.warning("requests.not_counted", error=type(error).__name__)
            return None
        return Allowance(self._per_minute, self._per_minute - count, WINDOW_SECONDS - passed)

    async def _count(self, key: str) -> int:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.incr(key)
            pipe.expire(key, 2 * WINDOW_SECONDS)
            count, _ = await pipe.execute()
        return int(count)
