"""The limit on an owner's points in a minute, counted in Redis so that all servers share the count.

A window is a minute of the clock. While Redis is unreachable, points are neither counted nor refused.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from perennial.core.errors import TooManyRequests
from perennial.core.instants import instant
from perennial.jobs.best_effort import BestEffort
from perennial.jobs.redis_client import RedisClient

WINDOW_SECONDS = 60
# For so long an owner without points is refused unread. Then Redis is asked again: another request that was refused may
# have been in the count for a moment.
SPENT = timedelta(seconds=1)


class _Window(NamedTuple):
    """A window of the clock: its number, and when it ends."""

    number: int
    end: datetime

    @classmethod
    def at(cls, now: datetime) -> "_Window":
        number = int(now.timestamp()) // WINDOW_SECONDS
        return cls(number, datetime.fromtimestamp((number + 1) * WINDOW_SECONDS, UTC))


@dataclass(frozen=True)
class Charge:
    """What a request costs in points, and what remains of the owner's `limit`; None where nothing is counted.

    `is_refused` tells whether less remained than it costs; it has then paid for being checked alone.
    """

    requested: int
    limit: int | None = None
    remaining: int | None = None
    reset_at: datetime | None = None
    reset_seconds: int = 0
    is_refused: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """The response headers that report it (IETF draft-ietf-httpapi-ratelimit-headers-05)."""
        if self.limit is None:
            return {}
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }

    @property
    def extensions(self) -> dict[str, Any]:
        """The same in an answer's `extensions`."""
        reset_at = instant(self.reset_at) if self.reset_at else None
        return {"cost": {"requested": self.requested, "remaining": self.remaining, "resetAt": reset_at}}

    @property
    def error(self) -> TooManyRequests:
        """The error of a request that is refused."""
        message = f"{self.limit:,} points a minute are allowed; go on in {self.reset_seconds} seconds."
        return TooManyRequests(message, self.reset_seconds)


class PointsLimiter:
    """Counts each owner's points; `per_minute` is the limit, 0 means none."""

    def __init__(self, redis: RedisClient, per_minute: int) -> None:
        self._redis, self.per_minute = redis, per_minute
        self._counting = BestEffort("points.not_counted")
        self._spent: dict[str, datetime] = {}

    def refusal(self, owner: str, now: datetime) -> Charge | None:
        """A refused charge if nothing is left to the owner, as far as this process knows; else None."""
        if (until := self._spent.get(owner)) and now < until:
            return self._result(0, 0, _Window.at(now), now, is_refused=True)
        return None

    async def charge(self, owner: str, points: int, checking: int, now: datetime) -> Charge:
        """Takes so many points from the owner, or `checking` if fewer remain and the request is refused."""
        if not self.per_minute:
            return Charge(points)
        window = _Window.at(now)
        key = self._redis.name(f"points:{window.number}:{owner}")
        count = await self._counting.ask(lambda: self._add(key, points), now)
        if count is None:
            return Charge(points)
        is_refused = count > self.per_minute
        if is_refused and checking < points:
            count = await self._counting.ask(lambda: self._add(key, checking - points), now) or count
        if count >= self.per_minute:
            self._remember_spent(owner, window, now)
        return self._result(points, self.per_minute - count, window, now, is_refused=is_refused)

    def _result(self, points: int, remaining: int, window: _Window, now: datetime, *, is_refused: bool) -> Charge:
        seconds = math.ceil((window.end - now).total_seconds())
        return Charge(points, self.per_minute, max(0, remaining), window.end, seconds, is_refused)

    def _remember_spent(self, owner: str, window: _Window, now: datetime) -> None:
        self._spent = {one: until for one, until in self._spent.items() if now < until}
        self._spent[owner] = min(window.end, now + SPENT)

    async def _add(self, key: str, points: int) -> int:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.incrby(key, points)
            pipe.expire(key, 2 * WINDOW_SECONDS)
            count, _ = await pipe.execute()
        return int(count)
