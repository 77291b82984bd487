"""What happens, told to whoever watches: ids alone, through Redis, from any worker to any server.

Nothing waits for it and nothing depends on it: whoever hears of a change reads in the database what is so. What is told
while Redis is away is told to nobody.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from itertools import islice
from typing import NamedTuple
from uuid import UUID

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from perennial.logs import get_logger

log = get_logger(__name__)

WAITING_MAX = 50_000
TOLD_TOGETHER = 1_000
TELL_SECONDS = 2.0
CLOSE_SECONDS = 0.5


class Topic(StrEnum):
    """What can be watched; the values are the channels' names."""

    PUBLICATIONS = "perennial:publications"
    EXECUTIONS = "perennial:executions"


class Event(NamedTuple):
    """Something of an owner's that has changed, or come about; `about` is its post, or its queue."""

    owner: str
    about: UUID
    id: UUID


class Events:
    """The telling side. One for the process."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: dict[Topic, deque[Event]] = {topic: deque(maxlen=WAITING_MAX) for topic in Topic}
        self._telling: asyncio.Task[None] | None = None

    def tell(self, topic: Topic, events: Iterable[Event]) -> None:
        """Tells, soon: what comes about meanwhile is told with it. To be called once it is committed."""
        self._waiting[topic].extend(events)
        if self._waiting[topic] and (self._telling is None or self._telling.done()):
            self._telling = asyncio.create_task(self._tell())

    async def close(self) -> None:
        """Tells what is left, if that is done at once."""
        if self._telling:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._telling

    async def _tell(self) -> None:
        for topic, waiting in self._waiting.items():
            while waiting:
                together = list(islice(waiting, TOLD_TOGETHER))
                try:
                    async with asyncio.timeout(TELL_SECONDS):
                        await self._redis.publish(topic, orjson.dumps([tuple(one) for one in together], default=str))
                except (RedisError, OSError, TimeoutError) as error:
                    log.warning("events.lost", topic=topic.name, events=len(waiting), error=type(error).__name__)
                    waiting.clear()
                    return
                for _ in together:
                    waiting.popleft()
