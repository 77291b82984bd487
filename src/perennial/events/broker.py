"""The receiving side of events: one subscription to Redis for the process, shared by all its subscribers.

A subscriber that falls behind is disconnected, so that none waits for it. If the connection to Redis breaks, or Redis
fails over, all are disconnected: events may have been lost meanwhile, so they have to read the database and subscribe
again. A subscription to a node that was demoted is silent but does not break, so the broker sends itself probes.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import orjson
from redis.exceptions import RedisError

from perennial.core.errors import QuotaExceeded, SubscriptionEnded, SubscriptionInterrupted, UserError
from perennial.events.publisher import Topic
from perennial.jobs.redis_client import RedisClient
from perennial.observe.logs import get_logger

log = get_logger(__name__)

PENDING_MAX = 1_000
BEHIND = "This subscription fell more than {maximum} changes behind. Read the current state and subscribe again."
TOO_MANY = "You have {maximum} open subscriptions of this kind, which is the maximum; end one first."
INTERRUPTED = "The stream of changes was interrupted. Read the current state and subscribe again."
PROBE_SECONDS = 5.0
SUBSCRIBE_SECONDS = 5.0
EVENTS_LOST = "the publisher has lost events"
FAILED_OVER = "another Redis took over"
NOT_HEARD = "what is published does not arrive"


class Subscriber:
    """A reader of one owner's events: all of them, or those with one parent (a post or a queue)."""

    def __init__(self, owner: str, parent_id: UUID | None) -> None:
        self.owner, self._parent_id = owner, parent_id
        self._pending: dict[UUID, None] = {}
        self._ended: UserError | None = None
        self._ready = asyncio.Event()

    def receive(self, parent_id: UUID, row_id: UUID) -> bool:
        """Queues the row's id if the event is for this subscriber; returns False if too many are pending."""
        if self._parent_id is None or parent_id == self._parent_id:
            self._pending[row_id] = None
            self._ready.set()
        return len(self._pending) <= PENDING_MAX

    def disconnect(self, reason: UserError) -> None:
        """Makes `changes` raise the reason; pending ids are discarded."""
        self._ended = reason
        self._pending.clear()
        self._ready.set()

    async def changes(self) -> list[UUID]:
        """Waits for an event; returns the ids changed since the last call, each once. Raises what ended it."""
        await self._ready.wait()
        self._ready.clear()
        if self._ended:
            raise self._ended
        pending, self._pending = list(self._pending), {}
        return pending


class SubscriptionBroker:
    """Passes events from Redis on to this process's subscribers; it listens from the first of them on."""

    def __init__(self, redis: RedisClient, owner_max: int) -> None:
        self._redis, self._owner_max = redis, owner_max
        self._subscribers: dict[tuple[Topic, str], set[Subscriber]] = {}
        self._listening: asyncio.Task[None] | None = None
        self._subscribed = asyncio.Event()
        self._confirmed_channels = 0
        self._channels: dict[str, Topic | None] = {redis.name(topic): topic for topic in Topic}
        self._probes = f"probes:{uuid4().hex}"  # the channel on which this broker hears itself
        self._channels[redis.name(self._probes)] = None
        self._is_probe_heard = True

    @asynccontextmanager
    async def subscribe(self, topic: Topic, owner: str, parent_id: UUID | None = None) -> AsyncIterator[Subscriber]:
        """A subscriber that receives the topic's events from now on; `parent_id` None means all of the owner's.

        Raises SubscriptionInterrupted if Redis is away, QuotaExceeded if the owner has too many subscribers.
        """
        subscriber = Subscriber(owner, parent_id)
        subscribers = self._subscribers.setdefault((topic, owner), set())
        if len(subscribers) >= self._owner_max:
            raise QuotaExceeded("subscriptions", self._owner_max, TOO_MANY.format(maximum=self._owner_max))
        subscribers.add(subscriber)
        try:
            await self._ensure_listening()
            yield subscriber
        finally:
            subscribers.discard(subscriber)
            if not subscribers and self._subscribers.get((topic, owner)) is subscribers:
                del self._subscribers[topic, owner]

    async def wait_until_subscribed(self) -> None:
        """Returns once Redis has confirmed the subscription."""
        await self._subscribed.wait()

    async def close(self) -> None:
        """Stops listening."""
        if self._listening:
            self._listening.cancel()
            await asyncio.wait([self._listening])

    async def _ensure_listening(self) -> None:
        """Listens, if need be; returns once Redis has confirmed. Raises SubscriptionInterrupted if it does not."""
        if self._listening is None or self._listening.done():
            self._subscribed.clear()
            self._listening = asyncio.create_task(self._run())
        ready = asyncio.create_task(self._subscribed.wait())
        try:
            either = {ready, self._listening}
            await asyncio.wait(either, timeout=SUBSCRIBE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
        if not self._subscribed.is_set():
            raise _interrupted()

    async def _run(self) -> None:
        self._is_probe_heard = True
        try:
            async with self._redis.pubsub() as pubsub:
                await pubsub.subscribe(*self._channels)
                probe_time = asyncio.get_running_loop().time() + PROBE_SECONDS
                while True:
                    seconds = probe_time - asyncio.get_running_loop().time()
                    if seconds <= 0:
                        await self._send_probe()
                        probe_time += PROBE_SECONDS
                    elif message := await pubsub.get_message(timeout=seconds):
                        self._handle(message)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("events.interrupted", error=type(error).__name__)
        finally:
            self._confirmed_channels = 0
            self._subscribed.clear()
            for subscribers in self._subscribers.values():
                for subscriber in subscribers:
                    subscriber.disconnect(_interrupted())

    async def _send_probe(self) -> None:
        """Publishes a probe, which has to be heard before the next. Raises ConnectionResetError if the last was not.

        Redis answers how many subscribers the node has that takes writes: none, if ours is to a node that was demoted.
        """
        if not self._is_probe_heard:
            raise ConnectionResetError(NOT_HEARD)
        self._is_probe_heard = False
        async with asyncio.timeout(PROBE_SECONDS):
            if not await self._redis.publish(self._probes, b""):
                raise ConnectionResetError(FAILED_OVER)

    def _handle(self, message: dict[str, Any]) -> None:
        if message["type"] == "message":
            topic = self._channels[message["channel"].decode()]
            if topic is not None:
                self._deliver(topic, orjson.loads(message["data"]))
            else:
                self._is_probe_heard = True
        elif message["type"] == "subscribe":
            self._confirmed_channels += 1
            if self._confirmed_channels > len(self._channels):  # the client has reconnected by itself
                raise ConnectionResetError
            if self._confirmed_channels == len(self._channels):
                self._subscribed.set()

    def _deliver(self, topic: Topic, events: list[Any] | None) -> None:
        if events is None:
            raise ConnectionResetError(EVENTS_LOST)
        for owner, parent_id, row_id in events:
            for subscriber in list(self._subscribers.get((topic, owner), ())):
                if not subscriber.receive(UUID(parent_id), UUID(row_id)):
                    log.warning("watcher.behind", owner=owner, topic=topic.name)
                    subscriber.disconnect(SubscriptionEnded(BEHIND.format(maximum=PENDING_MAX)))
                    self._subscribers[topic, owner].discard(subscriber)


def _interrupted() -> SubscriptionInterrupted:
    return SubscriptionInterrupted(INTERRUPTED)
