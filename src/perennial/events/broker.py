"""The watching side of events: one subscription to Redis for the process, shared by all who watch.

A watcher who falls behind is let go, and nobody waits for it. Where the connection to Redis breaks, all of them are let
go: what was told meanwhile is not known, so whoever watches has to begin anew, and look.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import orjson
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from perennial.core.errors import SubscriptionEnded
from perennial.events.publisher import Topic
from perennial.observe.logs import get_logger

log = get_logger(__name__)

PENDING_MAX = 1_000
BEHIND = "More than {most} changes were waiting to be read. Read what is so now, and subscribe again."
TOO_MANY = "{most} subscriptions of this kind are open already; no more are taken."
INTERRUPTED = "The stream of changes was interrupted. Read what is so now, and subscribe again."
QUIET_SECONDS = 15.0
SUBSCRIBE_SECONDS = 5.0
GAP = "some events were lost before they were told"


class Subscriber:
    """Somebody who watches an owner's changes: all of them, or those about one post or queue."""

    def __init__(self, owner: str, about: UUID | None) -> None:
        self.owner, self._about = owner, about
        self._pending: dict[UUID, None] = {}
        self._end: SubscriptionEnded | None = None
        self._heard = asyncio.Event()

    def receive(self, about: UUID, changed: UUID) -> bool:
        """Takes a change where it concerns this watcher; False where it is too many for it."""
        if self._about is None or about == self._about:
            self._pending[changed] = None
            self._heard.set()
        return len(self._pending) <= PENDING_MAX

    def disconnect(self, reason: SubscriptionEnded) -> None:
        """Ends the watching, with a reason; what is pending is forgotten."""
        self._end = reason
        self._pending.clear()
        self._heard.set()

    async def changes(self) -> list[UUID]:
        """The ids that have changed since the last call, each once; waits for one. Raises SubscriptionEnded."""
        await self._heard.wait()
        self._heard.clear()
        if self._end:
            raise self._end
        pending, self._pending = list(self._pending), {}
        return pending


class SubscriptionBroker:
    """Listens from the first watcher on."""

    def __init__(self, redis: Redis, owner_max: int) -> None:
        self._redis, self._owner_max = redis, owner_max
        self._subscribers: dict[tuple[Topic, str], set[Subscriber]] = {}
        self._listening: asyncio.Task[None] | None = None
        self._subscribed = asyncio.Event()
        self._confirmed = 0  # of the topics

    @asynccontextmanager
    async def subscribe(self, topic: Topic, owner: str, about: UUID | None = None) -> AsyncIterator[Subscriber]:
        """A watcher that hears what is told from now on.

        Raises SubscriptionEnded where Redis is away, or the owner has too many of them.
        """
        subscriber = Subscriber(owner, about)
        subscribers = self._subscribers.setdefault((topic, owner), set())
        if len(subscribers) >= self._owner_max:
            raise SubscriptionEnded(TOO_MANY.format(most=self._owner_max), is_outage=False)
        subscribers.add(subscriber)
        try:
            await self._listen()
            yield subscriber
        finally:
            subscribers.discard(subscriber)
            if not subscribers and self._subscribers.get((topic, owner)) is subscribers:
                del self._subscribers[topic, owner]

    async def subscribed(self) -> None:
        """Returns once what is told from now on is heard."""
        await self._subscribed.wait()

    async def close(self) -> None:
        """Stops listening."""
        if self._listening:
            self._listening.cancel()
            await asyncio.wait([self._listening])

    async def _listen(self) -> None:
        """Returns once Redis has said that it will tell us."""
        if self._listening is None or self._listening.done():
            self._subscribed.clear()
            self._listening = asyncio.create_task(self._work())
        ready = asyncio.create_task(self._subscribed.wait())
        try:
            both = {ready, self._listening}
            await asyncio.wait(both, timeout=SUBSCRIBE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
        if not self._subscribed.is_set():
            raise _interrupted()

    async def _work(self) -> None:
        try:
            async with self._redis.pubsub() as channels:
                await channels.subscribe(*Topic)
                while True:
                    self._take(await _next_message(channels))
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("events.interrupted", error=type(error).__name__)
        finally:
            self._confirmed = 0
            self._subscribed.clear()
            for subscribers in self._subscribers.values():
                for subscriber in subscribers:
                    subscriber.disconnect(_interrupted())

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "message":
            self._spread(Topic(message["channel"].decode()), orjson.loads(message["data"]))
        elif message["type"] == "subscribe":
            self._confirmed += 1
            if self._confirmed > len(Topic):  # the client has connected anew, by itself
                raise ConnectionResetError
            if self._confirmed == len(Topic):
                self._subscribed.set()

    def _spread(self, topic: Topic, told: list[Any] | None) -> None:
        if told is None:
            raise ConnectionResetError(GAP)
        for owner, about, changed in told:
            for subscriber in list(self._subscribers.get((topic, owner), ())):
                if not subscriber.receive(UUID(about), UUID(changed)):
                    log.warning("watcher.behind", owner=owner, topic=topic.name)
                    subscriber.disconnect(SubscriptionEnded(BEHIND.format(most=PENDING_MAX), is_outage=False))
                    self._subscribers[topic, owner].discard(subscriber)


async def _next_message(channels: PubSub) -> dict[str, Any]:
    """What comes next. Raises ConnectionResetError where a ping is not answered: then the connection leads nowhere."""
    for _ in range(2):
        message: dict[str, Any] | None = await channels.get_message(timeout=QUIET_SECONDS)
        if message is not None:
            return message
        await channels.ping()
    raise ConnectionResetError


def _interrupted() -> SubscriptionEnded:
    return SubscriptionEnded(INTERRUPTED, is_outage=True)
