"""Signs of life of workers: one in this process, and some worker anywhere."""

import time

from redis.asyncio import Redis

HEARTBEAT_SECONDS = 5
HEARTBEAT_KEY = "perennial:worker"
SILENT_SECONDS = HEARTBEAT_SECONDS + 1  # after which arq lets the key run out


class Pulse:
    """Beats with every look at the alarms, and while the worker is built (again)."""

    def __init__(self) -> None:
        self._looked: float | None = None
        self._beat = time.monotonic()

    def look(self) -> None:
        """The alarms have been looked at."""
        self._looked = self._beat = time.monotonic()

    def build(self) -> None:
        """arq's worker is built, which is all that can be done while Redis is away."""
        self._beat = time.monotonic()

    @property
    def seconds_since_look(self) -> float | None:
        """None where there was none yet."""
        return None if self._looked is None else time.monotonic() - self._looked

    @property
    def seconds_since_beat(self) -> float:
        """Since the last sign of life."""
        return time.monotonic() - self._beat


async def is_alive(redis: Redis) -> bool:
    """Whether some worker showed a sign of life within the last seconds. Raises RedisError."""
    return bool(await redis.exists(HEARTBEAT_KEY))
