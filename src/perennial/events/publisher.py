"""What happens, told to whoever watches: ids alone, through Redis, from any worker to any server.

Nothing waits for it and nothing depends on it: whoever hears of a change reads in the database what is so. What could
not be told, as Redis was away, is made up for by a gap: whoever watched has to begin anew.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from perennial.observe.logs import get_logger

log = get_logger(__name__)

WAITING_MAX = 50_000
BATCH_MAX = 1_000
PUBLISH_SECONDS = 2.0
CLOSE_SECONDS = 0.5
GAP = b"null"  # in place of events: some were lost


class Topic(StrEnum):
    """What can be watched; the values are the channels' names."""

    PUBLICATIONS = "perennial:publications"
    EXECUTIONS = "perennial:executions"


class Event(NamedTuple):
    """Something of an owner's that has changed, or come about; `about` is its post, or its queue."""

    owner: str
    about: UUID
    id: UUID


class EventPublisher:
    """The telling side. One for the process."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: dict[Topic, deque[Event]] = {topic: deque() for topic in Topic}
        self._lost: set[Topic] = set()  # of which something could not be told
        self._telling: asyncio.Task[None] | None = None

    def publish(self, topic: Topic, events: Iterable[Event]) -> None:
        """Tells, soon: what comes about meanwhile is told with it. To be called once it is committed."""
        waiting = self._waiting[topic]
        waiting.extend(events)
        if len(waiting) > WAITING_MAX:
            self._lose(topic, "WAITING_MAX")
        if waiting and (self._telling is None or self._telling.done()):
            self._telling = asyncio.create_task(self._tell())

    async def close(self) -> None:
        """Tells what is left, if that is done at once."""
        if self._telling:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._telling

    async def _tell(self) -> None:
        """Tells until nothing waits, of either topic: meanwhile more may have come about."""
        while any(self._waiting.values()):
            for topic, waiting in self._waiting.items():
                together = [waiting.popleft() for _ in range(min(len(waiting), BATCH_MAX))]
                if together and not await self._publish(topic, together):
                    waiting.extendleft(together)
                    self._lose(topic, "Redis")

    async def _publish(self, topic: Topic, together: list[Event]) -> bool:
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                if topic in self._lost:
                    await self._redis.publish(topic, GAP)
                    self._lost.discard(topic)
                await self._redis.publish(topic, orjson.dumps([tuple(one) for one in together], default=str))
        except (RedisError, OSError, TimeoutError):
            return False
        return True

    def _lose(self, topic: Topic, reason: str) -> None:
        """Forgets what waits; whoever watches hears of the gap before they hear anything else."""
        log.warning("events.lost", topic=topic.name, events=len(self._waiting[topic]), reason=reason)
        self._waiting[topic].clear()
        self._lost.add(topic)
