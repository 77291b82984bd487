"""The limit on an owner's requests in a minute, counted in Redis so that all servers share the count.

A window is a minute of the clock. While Redis is unreachable, requests are neither counted nor refused.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis.exceptions import RedisError

from perennial.jobs.redis_client import RedisClient
from perennial.observe.logs import get_logger

log = get_logger(__name__)

WINDOW_SECONDS = 60
REDIS_TIMEOUT_SECONDS = 0.5
# How long Redis is left alone after an error; otherwise every request would wait for its timeout.
REDIS_RETRY_DELAY = timedelta(seconds=5)


@dataclass(frozen=True)
class Allowance:
    """An owner's limit in the window, what remains of it after this request, and the seconds until the next window."""

    limit: int
    remaining: int
    reset_seconds: int

    @property
    def is_exceeded(self) -> bool:
        """Whether this request is one too many."""
        return self.remaining < 0

    @property
    def headers(self) -> dict[str, str]:
        """The response headers that report it (IETF draft-ietf-httpapi-ratelimit-headers-05)."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.remaining)),
            "RateLimit-Reset": str(self.reset_seconds),
        }


class RateLimiter:
    """Counts each owner's requests; `per_minute` is the limit, 0 means none."""

    def __init__(self, redis: RedisClient, per_minute: int) -> None:
        self._redis, self._per_minute = redis, per_minute
        self._retry_at: datetime | None = None

    async def count(self, owner: str, now: datetime) -> Allowance | None:
        """Counts a request of the owner's. Returns None where there is no limit, or Redis is unreachable."""
        if not self._per_minute or (self._retry_at and now < self._retry_at):
            return None
        window, passed = divmod(int(now.timestamp()), WINDOW_SECONDS)
        try:
            async with asyncio.timeout(REDIS_TIMEOUT_SECONDS):
                count = await self._increment(self._redis.name(f"requests:{window}:{owner}"))
        except (RedisError, OSError, TimeoutError) as error:
            self._retry_at = now + REDIS_RETRY_DELAY
            log.warning("requests.not_counted", error=type(error).__name__)
            return None
        return Allowance(self._per_minute, self._per_minute - count, WINDOW_SECONDS - passed)

    async def _increment(self, key: str) -> int:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.incr(key)
            pipe.expire(key, 2 * WINDOW_SECONDS)
            count, _ = await pipe.execute()
        return int(count)
