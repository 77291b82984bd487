"""The publishing side of events: ids alone, through Redis, from any worker to any server.

Nothing waits for an event or depends on one: subscribers read the database. Events that are lost while Redis is away
are replaced by a gap marker, which makes the subscribers begin anew.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import orjson
from redis.exceptions import RedisError

from perennial.jobs.redis_client import RedisClient
from perennial.observe.logs import get_logger

log = get_logger(__name__)

WAITING_MAX = 50_000
BATCH_MAX = 1_000
PUBLISH_SECONDS = 2.0
CLOSE_SECONDS = 0.5
GAP_MARKER = b"null"  # published in place of events that were lost


class Topic(StrEnum):
    """What can be subscribed to; the values are the names of Redis channels, after the prefix."""

    PUBLICATIONS = "publications"
    EXECUTIONS = "executions"


class Event(NamedTuple):
    """A row that was changed or created: a publication (its parent is the post), or an execution (the queue)."""

    owner: str
    parent_id: UUID
    id: UUID


class EventPublisher:
    """Publishes events in the background, in batches. There is one in a process."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._waiting: dict[Topic, deque[Event]] = {topic: deque() for topic in Topic}
        self._topics_with_gap: set[Topic] = set()
        self._sending: asyncio.Task[None] | None = None

    def publish(self, topic: Topic, events: Iterable[Event]) -> None:
        """Queues events, which are published soon, in batches. It is called after the commit, and never waits."""
        waiting = self._waiting[topic]
        waiting.extend(events)
        if len(waiting) > WAITING_MAX:
            self._discard_waiting(topic, "WAITING_MAX")
        if waiting and (self._sending is None or self._sending.done()):
            self._sending = asyncio.create_task(self._send_waiting())

    async def close(self) -> None:
        """Publishes what is waiting, within CLOSE_SECONDS."""
        if self._sending:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._sending

    async def _send_waiting(self) -> None:
        """Publishes batches until no topic has waiting events, including those queued meanwhile."""
        while any(self._waiting.values()):
            for topic, waiting in self._waiting.items():
                batch = [waiting.popleft() for _ in range(min(len(waiting), BATCH_MAX))]
                if batch and not await self._send_batch(topic, batch):
                    waiting.extendleft(batch)
                    self._discard_waiting(topic, "Redis")

    async def _send_batch(self, topic: Topic, batch: list[Event]) -> bool:
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                if topic in self._topics_with_gap:
                    await self._redis.publish(topic, GAP_MARKER)
                    self._topics_with_gap.discard(topic)
                await self._redis.publish(topic, orjson.dumps([tuple(event) for event in batch], default=str))
        except (RedisError, OSError, TimeoutError):
            return False
        return True

    def _discard_waiting(self, topic: Topic, reason: str) -> None:
        """Discards the topic's waiting events; subscribers get a gap marker before any other event."""
        log.warning("events.lost", topic=topic.name, events=len(self._waiting[topic]), reason=reason)
        self._waiting[topic].clear()
        self._topics_with_gap.add(topic)
