"""Tells whether the worker of this process is alive, and whether any worker is."""

import asyncio
import time

from perennial.jobs.redis_client import RedisClient

HEARTBEAT_SECONDS = 5
HEARTBEAT = "worker"  # the name of its key
SILENT_SECONDS = HEARTBEAT_SECONDS + 1  # after which arq's key expires


class Heartbeat:
    """The heartbeat of this process's worker, recorded at every poll of the job queue and every build of the worker.

    `ended` is set, and `error` is not None, from when Redis has ended arq's worker until one polls the job queue again.
    """

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.error: BaseException | None = None
        self._polled_at: float | None = None
        self._alive_at = time.monotonic()

    def record_poll(self) -> None:
        """Records that the worker has polled the job queue."""
        self._polled_at = self._alive_at = time.monotonic()
        self.error = None
        self.ended.clear()

    def record_end(self, error: BaseException) -> None:
        """Records that Redis has ended the worker by this error; it is built again."""
        self.error = error
        self.ended.set()

    def record_build(self) -> None:
        """Records that arq's worker is being built, which is all that happens while Redis is away."""
        self._alive_at = time.monotonic()

    @property
    def seconds_since_poll(self) -> float | None:
        """Seconds since the last poll; None before the first."""
        return None if self._polled_at is None else time.monotonic() - self._polled_at

    @property
    def seconds_since_beat(self) -> float:
        """Seconds since the last poll or build."""
        return time.monotonic() - self._alive_at


async def is_alive(redis: RedisClient) -> bool:
    """Whether any worker has written its heartbeat within SILENT_SECONDS. Raises RedisError."""
    return bool(await redis.exists(redis.name(HEARTBEAT)))
