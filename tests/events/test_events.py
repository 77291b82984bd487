"""AccessLog and watching, on a real Redis: nothing is left untold in silence, whatever Redis does meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.exceptions import RedisError

from perennial.core.errors import QuotaExceeded, SubscriptionInterrupted
from perennial.events import broker as broker_module
from perennial.events import publisher as events_module
from perennial.events.broker import SubscriptionBroker
from perennial.events.publisher import Event, EventPublisher, Topic
from perennial.jobs.redis_client import RedisClient
from perennial.jobs.redis_connection import connect_redis
from perennial.settings import Settings

ALICE = "alice"


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[RedisClient]:
    """A connection of the test's own."""
    redis = connect_redis(settings)
    yield redis
    await redis.aclose(close_connection_pool=True)


@pytest.fixture
async def broker(redis: RedisClient) -> AsyncIterator[SubscriptionBroker]:
    """Where it is watched; three watchers of a kind are allowed."""
    broker = SubscriptionBroker(redis, owner_max=3)
    yield broker
    await broker.close()


def event() -> Event:
    return Event(ALICE, uuid4(), uuid4())


async def heard(subscriber: Any) -> set[UUID]:
    return set(await asyncio.wait_for(subscriber.changes(), 10))


async def test_what_comes_about_while_something_else_is_told_is_told_as_well(
    redis: RedisClient, broker: SubscriptionBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    events, publish = EventPublisher(redis), redis.publish
    first, second = event(), event()

    async def publish_meanwhile(topic: Topic, message: bytes) -> Any:
        if topic == Topic.EXECUTIONS:
            events.publish(Topic.PUBLICATIONS, [second])
        return await publish(topic, message)

    monkeypatch.setattr(redis, "publish", publish_meanwhile)
    async with broker.subscribe(Topic.PUBLICATIONS, ALICE) as subscriber:
        events.publish(Topic.EXECUTIONS, [first])
        assert await heard(subscriber) == {second.id}


async def test_of_very_much_each_is_told(
    redis: RedisClient, broker: SubscriptionBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events_module, "BATCH_MAX", 10)
    told = [event() for _ in range(95)]
    async with broker.subscribe(Topic.PUBLICATIONS, ALICE) as subscriber:
        events = EventPublisher(redis)
        events.publish(Topic.PUBLICATIONS, told)
        found: set[UUID] = set()
        while len(found) < len(told):
            found |= await heard(subscriber)
    assert found == {one.id for one in told}


async def test_after_something_was_lost_whoever_watches_has_to_begin_anew(
    redis: RedisClient, broker: SubscriptionBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    events, publish = EventPublisher(redis), redis.publish

    async def away(_topic: Topic, _message: bytes) -> Any:
        raise RedisError

    async with broker.subscribe(Topic.PUBLICATIONS, ALICE) as subscriber:
        monkeypatch.setattr(redis, "publish", away)
        events.publish(Topic.PUBLICATIONS, [event()])
        await events.close()
        monkeypatch.setattr(redis, "publish", publish)
        events.publish(Topic.PUBLICATIONS, [event()])
        with pytest.raises(SubscriptionInterrupted, match="interrupted"):
            await heard(subscriber)


async def test_more_than_can_wait_is_a_gap_too(
    redis: RedisClient, broker: SubscriptionBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events_module, "WAITING_MAX", 10)
    events = EventPublisher(redis)
    async with broker.subscribe(Topic.PUBLICATIONS, ALICE) as subscriber:
        events.publish(Topic.PUBLICATIONS, [event() for _ in range(11)])
        events.publish(Topic.PUBLICATIONS, [event()])
        with pytest.raises(SubscriptionInterrupted, match="interrupted"):
            await heard(subscriber)


async def test_a_redis_that_says_nothing_any_more_ends_the_watching(
    redis: RedisClient, broker: SubscriptionBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_module, "PROBE_SECONDS", 0.1)
    async with broker.subscribe(Topic.PUBLICATIONS, ALICE) as subscriber:
        await redis.execute_command("CLIENT", "PAUSE", 1_500, "ALL")
        with pytest.raises(SubscriptionInterrupted, match="interrupted"):
            await heard(subscriber)
    await redis.ping()  # once it goes on


async def test_a_redis_that_never_confirms_keeps_nobody_waiting(
    redis: RedisClient, broker: SubscriptionBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_module, "SUBSCRIBE_SECONDS", 0.2)
    await redis.execute_command("CLIENT", "PAUSE", 1_000, "ALL")
    with pytest.raises(SubscriptionInterrupted, match="interrupted"):
        async with broker.subscribe(Topic.PUBLICATIONS, ALICE):
            pass
    await redis.ping()


async def test_a_quiet_redis_is_no_dead_one(
    redis: RedisClient, broker: SubscriptionBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_module, "PROBE_SECONDS", 0.05)
    async with broker.subscribe(Topic.PUBLICATIONS, ALICE) as subscriber:
        await asyncio.sleep(0.3)
        events, told = EventPublisher(redis), event()
        events.publish(Topic.PUBLICATIONS, [told])
        assert await heard(subscriber) == {told.id}


async def test_an_owner_has_so_many_watchers_of_a_kind(broker: SubscriptionBroker) -> None:
    async with (
        broker.subscribe(Topic.PUBLICATIONS, ALICE),
        broker.subscribe(Topic.PUBLICATIONS, ALICE),
        broker.subscribe(Topic.PUBLICATIONS, ALICE),
    ):
        with pytest.raises(QuotaExceeded, match="3 open subscriptions"):
            async with broker.subscribe(Topic.PUBLICATIONS, ALICE):
                pass
        async with broker.subscribe(Topic.EXECUTIONS, ALICE), broker.subscribe(Topic.PUBLICATIONS, "bob"):
            pass
    async with broker.subscribe(Topic.PUBLICATIONS, ALICE):
        pass


async def test_who_watches_is_told_when_the_server_ends(broker: SubscriptionBroker) -> None:
    async with broker.subscribe(Topic.PUBLICATIONS, ALICE) as subscriber:
        await broker.close()
        with pytest.raises(SubscriptionInterrupted, match="interrupted"):
            await heard(subscriber)
