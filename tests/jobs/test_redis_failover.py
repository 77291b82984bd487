"""A Redis that was demoted keeps its clients; ours leave it at the first write that it refuses, and go on at once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from support.processes import until
from support.stores.redis_servers import Forwarder, RedisServer, client_of, redis_server

from perennial.core.errors import SubscriptionInterrupted
from perennial.events import broker as broker_module
from perennial.events.broker import SubscriptionBroker
from perennial.events.publisher import Event, EventPublisher, Topic
from perennial.jobs import _redis_pool
from perennial.jobs.alarms import Alarms
from perennial.jobs.redis_check import check_redis
from perennial.jobs.redis_client import RedisClient
from perennial.jobs.redis_connection import connect_redis, connect_worker_redis
from perennial.jobs.worker_functions import WorkerFunction

BOTH = pytest.mark.parametrize("connect", [connect_redis, connect_worker_redis])


@dataclass
class Pair:
    """Two servers, and the one address at which the master of them is found."""

    old: RedisServer
    new: RedisServer
    forwarder: Forwarder
    port: int

    @property
    def url(self) -> str:
        """What REDIS_URL would be."""
        return f"redis://127.0.0.1:{self.port}/0"

    async def fail_over(self, *, demote: bool = True) -> None:
        """The second becomes the master; the first keeps its clients, but takes no writes any more."""
        self.new.lead()
        if demote:
            self.old.follow(self.new)
        self.forwarder.target = self.new.port


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RedisServer, RedisServer]]:
    folder = tmp_path_factory.mktemp("pair")
    with redis_server(folder / "a") as old, redis_server(folder / "b") as new:
        yield old, new


@pytest.fixture
async def pair(servers: tuple[RedisServer, RedisServer]) -> AsyncIterator[Pair]:
    """The first is the master, the second its replica."""
    old, new = servers
    old.lead()
    old.say("CONFIG", "SET", "min-replicas-to-write", 0)
    old.say("FLUSHALL")
    new.follow(old)
    until(lambda: new.follows, "the replica follows")
    forwarder = Forwarder(old.port)
    async with forwarder.listening() as port:
        yield Pair(old, new, forwarder, port)


@BOTH
async def test_a_write_that_is_refused_is_done_on_the_new_master(pair: Pair, connect: Any):
    async with client_of(pair.url, connect) as redis:
        await redis.set("perennial:a", "1")
        await pair.fail_over()
        await redis.set("perennial:a", "2")
    assert pair.new.say("GET", "perennial:a") == "2"


@BOTH
async def test_a_transaction_that_is_refused_is_done_whole_on_the_new_master(pair: Pair, connect: Any):
    async with client_of(pair.url, connect) as redis:
        await redis.ping()
        await pair.fail_over()
        assert await redis.write_jobs("publish_due", {"one": (timedelta(), {})}) == 1
    assert pair.new.say("ZRANGE", "perennial:queue", 0, -1) == ["perennial:one"]
    assert pair.new.say("EXISTS", "arq:job:perennial:one") == 1


async def test_after_one_refusal_no_other_connection_of_the_pool_stays_with_the_old_one(pair: Pair):
    async with client_of(pair.url) as redis:
        await asyncio.gather(*(redis.ping() for _ in range(8)))
        await pair.fail_over()
        await redis.set("perennial:a", "1")
        where = await asyncio.gather(*(redis.execute_command("ROLE") for _ in range(8)))
    assert {role[0] for role in where} == {b"master"}


@pytest.mark.parametrize("reason", ["NOREPLICAS", "MASTERDOWN"])
async def test_other_ways_to_take_no_writes_end_a_connection_as_well(pair: Pair, reason: str):
    """An old master that was cut off from its replicas, and one that does not answer from a stale copy."""
    async with client_of(pair.url) as redis:
        await redis.ping()
        pair.new.lead()
        pair.forwarder.target = pair.new.port
        if reason == "NOREPLICAS":
            pair.old.say("CONFIG", "SET", "min-replicas-to-write", 1)
        else:
            pair.old.say("CONFIG", "SET", "replica-serve-stale-data", "no")
            pair.old.say("REPLICAOF", "127.0.0.1", 1)
        try:
            await redis.set("perennial:a", "1")
        finally:
            pair.old.say("CONFIG", "SET", "replica-serve-stale-data", "yes")
    assert pair.new.say("GET", "perennial:a") == "1"


async def test_a_node_that_refuses_writes_for_long_does_not_have_all_connections_renewed_at_each(
    pair: Pair, monkeypatch
):
    """Refusals that come close together are one cause; each still ends its own connection."""
    monkeypatch.setattr(_redis_pool, "RENEW_SECONDS", 60)
    async with client_of(pair.url) as redis:
        pair.new.lead()
        pair.old.say("CONFIG", "SET", "min-replicas-to-write", 1)
        await _is_refused(redis)
        before = await _connections(redis)
        await _is_refused(redis)
        assert len(before & await _connections(redis)) == 7


async def _is_refused(redis: RedisClient) -> None:
    with pytest.raises(RedisConnectionError, match="NOREPLICAS"):
        await redis.set("perennial:a", "1")


async def _connections(redis: RedisClient) -> set[int]:
    """The ids of eight connections, all there are."""
    held: list[Any] = [await redis.connection_pool.get_connection() for _ in range(8)]
    for connection in held:
        await connection.send_command("CLIENT", "ID")
    ids = {await connection.read_response() for connection in held}
    for connection in held:
        await redis.connection_pool.release(connection)
    return ids


@BOTH
async def test_the_run_of_a_cron_is_enqueued_although_the_connection_is_refused_meanwhile(pair: Pair, connect: Any):
    """arq's own would take it for a run that another worker has enqueued."""
    async with client_of(pair.url, connect) as redis:
        await redis.ping()
        await pair.fail_over()
        job = await redis.enqueue_job("cron:publish_due", _job_id="cron:publish_due:1", _defer_until=datetime.now(UTC))
        assert job is not None
        assert await redis.enqueue_job("cron:publish_due", _job_id="cron:publish_due:1") is None
    assert pair.new.say("ZRANGE", "perennial:queue", 0, -1) == ["perennial:cron:publish_due:1"]


@pytest.mark.parametrize("more", [((1,), {}), ((), {"_defer_by": 5}), ((), {"queue": 1})])
async def test_what_a_job_cannot_carry_is_refused_and_not_dropped(pair: Pair, more: Any):
    arguments, options = more
    async with client_of(pair.url) as redis:
        with pytest.raises(TypeError):
            await redis.enqueue_job("publish_due", *arguments, _job_id="one", **options)
    assert pair.old.say("EXISTS", "perennial:queue") == 0


async def test_alarms_are_set_and_read_though_it_failed_over(pair: Pair):
    now = datetime.now(UTC)
    async with client_of(pair.url) as redis:
        alarms = Alarms(redis)
        await alarms.arm(WorkerFunction.PUBLISH, [now + timedelta(seconds=20)], now)
        await pair.fail_over()
        await alarms.arm(WorkerFunction.PUBLISH, [now + timedelta(seconds=30)], now)
        assert (await alarms.pending())[0] == 2
    assert len(pair.new.say("ZRANGE", "perennial:queue", 0, -1)) == 2


async def test_while_there_is_no_master_it_is_said_and_afterwards_it_goes_on_by_itself(pair: Pair):
    async with client_of(pair.url) as redis:
        pair.old.follow(pair.new)
        assert "READONLY" in (await check_redis(redis) or "")
        with pytest.raises(RedisConnectionError, match="READONLY"):
            await redis.set("perennial:a", "1")
        await pair.fail_over(demote=False)
        assert await check_redis(redis) is None


@pytest.fixture
async def broker(pair: Pair) -> AsyncIterator[tuple[RedisClient, SubscriptionBroker]]:
    """A server's: its client and its broker."""
    async with client_of(pair.url) as redis:
        broker = SubscriptionBroker(redis, owner_max=3)
        yield redis, broker
        await broker.close()


def event() -> Event:
    return Event("alice", uuid4(), uuid4())


async def test_subscribers_are_told_to_begin_anew_when_redis_failed_over_and_hear_again(
    pair: Pair, broker, monkeypatch
):
    """The demoted node goes on to hold the subscription, and answers every ping."""
    monkeypatch.setattr(broker_module, "PROBE_SECONDS", 0.3)
    _, listening = broker
    async with client_of(pair.url) as worker:
        events = EventPublisher(worker)
        async with listening.subscribe(Topic.PUBLICATIONS, "alice") as subscriber:
            await pair.fail_over()
            with pytest.raises(SubscriptionInterrupted, match="interrupted"):
                await asyncio.wait_for(subscriber.changes(), 10)
        async with listening.subscribe(Topic.PUBLICATIONS, "alice") as subscriber:
            events.publish(Topic.PUBLICATIONS, [told := event()])
            assert await asyncio.wait_for(subscriber.changes(), 10) == [told.id]


async def test_an_event_is_published_where_it_is_heard_and_not_on_a_node_that_was_demoted(pair: Pair, broker):
    """A node that was demoted would take it, and tell it to nobody but its own."""
    _, listening = broker
    async with client_of(pair.url) as worker:
        await worker.ping()
        pair.old.say("REPLICAOF", "127.0.0.1", 1)  # so that nothing reaches the one by way of the other
        pair.new.lead()
        pair.forwarder.target = pair.new.port
        async with listening.subscribe(Topic.PUBLICATIONS, "alice") as subscriber:
            EventPublisher(worker).publish(Topic.PUBLICATIONS, [told := event()])
            assert await asyncio.wait_for(subscriber.changes(), 10) == [told.id]


async def test_a_subscription_whose_connection_is_dead_is_given_up(pair: Pair, broker, monkeypatch):
    """Redis still counts it; what is sent to it does not arrive."""
    monkeypatch.setattr(broker_module, "PROBE_SECONDS", 0.3)
    server, listening = broker
    async with listening.subscribe(Topic.PUBLICATIONS, "alice") as subscriber:
        pair.forwarder.generation += 1
        await server.connection_pool.disconnect(inuse_connections=False)
        with pytest.raises(SubscriptionInterrupted, match="interrupted"):
            await asyncio.wait_for(subscriber.changes(), 10)


async def test_a_subscription_that_nothing_reaches_any_more_is_given_up(pair: Pair, broker, monkeypatch):
    """The old node lives on for itself; the server's other connections are with the new one already."""
    monkeypatch.setattr(broker_module, "PROBE_SECONDS", 0.3)
    server, listening = broker
    async with listening.subscribe(Topic.PUBLICATIONS, "alice") as subscriber:
        pair.new.lead()
        pair.forwarder.target = pair.new.port
        await server.connection_pool.disconnect(inuse_connections=False)
        with pytest.raises(SubscriptionInterrupted, match="interrupted"):
            await asyncio.wait_for(subscriber.changes(), 10)
