"""Signs of life of workers: one in this process, and some worker anywhere."""

import time

from redis.asyncio import Redis

HEARTBEAT_SECONDS = 5
HEARTBEAT_KEY = "perennial:worker"
SILENT_SECONDS = HEARTBEAT_SECONDS + 1  # after which arq lets the key run out


class Heartbeat:
    """Beats with every look at the alarms, and while the worker is built (again)."""

    def __init__(self) -> None:
        self._polled: float | None = None
        self._beat = time.monotonic()

    def polled(self) -> None:
        """The alarms have been looked at."""
        self._polled = self._beat = time.monotonic()

    def building(self) -> None:
        """arq's worker is built, which is all that can be done while Redis is away."""
        self._beat = time.monotonic()

    @property
    def seconds_since_poll(self) -> float | None:
        """None where there was none yet."""
        return None if self._polled is None else time.monotonic() - self._polled

    @property
    def seconds_since_beat(self) -> float:
        """Since the last sign of life."""
        return time.monotonic() - self._beat


async def is_alive(redis: Redis) -> bool:
    """Whether some worker showed a sign of life within the last seconds. Raises RedisError."""
    return bool(await redis.exists(HEARTBEAT_KEY))
