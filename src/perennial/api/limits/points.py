"""The limit on an owner's points in a minute, counted in Redis so that all servers share the count.

A window is a minute of the clock. While Redis is unreachable, points are neither counted nor refused.
"""

import math
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from perennial.core.errors import TooManyRequests
from perennial.core.instants import in_seconds, instant
from perennial.jobs.best_effort import BestEffort
from perennial.jobs.redis_client import RedisClient

WINDOW_SECONDS = 60
# For so long an owner without points is refused unread. Then Redis is asked again: points may have been given back.
SPENT = timedelta(seconds=1)
# Takes so many points, or the `least` where fewer remain: in one step, so that nobody else meets a sum that is refused.
_TAKE = """
local spent = redis.call('INCRBY', KEYS[1], ARGV[1])
local refused = spent > tonumber(ARGV[3]) and 1 or 0
if refused == 1 then spent = redis.call('INCRBY', KEYS[1], ARGV[2] - ARGV[1]) end
redis.call('EXPIRE', KEYS[1], ARGV[4])
return {spent, refused}
"""


@dataclass(frozen=True)
class Charge:
    """What a request costs in points, and what remains of the owner's `limit`; None where nothing is counted.

    `is_refused` tells whether less remained than it costs; only its being checked is charged then.
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
        message = f"{self.limit:,} points a minute are allowed; go on in {in_seconds(self.reset_seconds)}."
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
            return self._result(0, 0, _reset_at(now), now, is_refused=True)
        return None

    async def charge(self, owner: str, points: int, least: int, now: datetime) -> Charge:
        """Takes so many points from the owner, or `least` if fewer than those remain and the request is refused."""
        if not self.per_minute:
            return Charge(points)
        reset_at = _reset_at(now)
        taken = await self._counting.ask(lambda: self._take(owner, reset_at, points, least), now)
        if taken is None:
            return Charge(points)
        count, is_refused = taken
        if count >= self.per_minute:
            self._remember_spent(owner, reset_at, now)
        return self._result(points, self.per_minute - count, reset_at, now, is_refused=is_refused)

    async def refund(self, owner: str, charge: Charge, points: int, now: datetime) -> Charge:
        """Gives so many points back of a charge; returns what it is then."""
        if charge.reset_at is None:
            return charge
        key = self._key(owner, charge.reset_at)
        count = await self._counting.ask(lambda: self._redis.incrby(key, -points), now)
        if count is None:
            return charge
        self._spent.pop(owner, None)
        return replace(charge, remaining=max(0, self.per_minute - count))

    def _result(self, points: int, remaining: int, reset_at: datetime, now: datetime, *, is_refused: bool) -> Charge:
        seconds = math.ceil((reset_at - now).total_seconds())
        return Charge(points, self.per_minute, max(0, remaining), reset_at, seconds, is_refused)

    def _remember_spent(self, owner: str, reset_at: datetime, now: datetime) -> None:
        self._spent = {one: until for one, until in self._spent.items() if now < until}
        self._spent[owner] = min(reset_at, now + SPENT)

    async def _take(self, owner: str, reset_at: datetime, points: int, least: int) -> tuple[int, bool]:
        """What the owner has spent in the window that ends then, and whether the points were refused."""
        given: list[Any] = [self._key(owner, reset_at), points, min(least, points), self.per_minute, 2 * WINDOW_SECONDS]
        spent, is_refused = await cast(Awaitable[list[int]], self._redis.eval(_TAKE, 1, *given))
        return spent, bool(is_refused)

    def _key(self, owner: str, reset_at: datetime) -> str:
        """Under which the owner's points are counted in the window that ends then."""
        return self._redis.name(f"points:{int(reset_at.timestamp())}:{owner}")


def _reset_at(now: datetime) -> datetime:
    """When the window ends, and the next one begins."""
    return datetime.fromtimestamp((int(now.timestamp()) // WINDOW_SECONDS + 1) * WINDOW_SECONDS, UTC)
