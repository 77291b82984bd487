"""Commands to Redis that a request can do without: one that is away or silent costs half a second now and then."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from redis.exceptions import RedisError

from perennial.observe.logs import get_logger

log = get_logger(__name__)

TIMEOUT_SECONDS = 0.5
# How long Redis is left alone after an error; otherwise every request would wait for its timeout.
RETRY_DELAY = timedelta(seconds=5)

Answer = TypeVar("Answer")


class BestEffort:
    """Sends commands for one purpose; `event` is the line in the log where Redis does not serve it."""

    def __init__(self, event: str) -> None:
        self._event = event
        self._retry_at: datetime | None = None

    async def ask(self, commands: Callable[[], Awaitable[Answer]], now: datetime) -> Answer | None:
        """What the commands answer; None if Redis cannot be asked, or could not be a moment ago."""
        if self._retry_at and now < self._retry_at:
            return None
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await commands()
        except (RedisError, OSError, TimeoutError) as error:
            self._retry_at = now + RETRY_DELAY
            log.warning(self._event, error=type(error).__name__)
            return None
