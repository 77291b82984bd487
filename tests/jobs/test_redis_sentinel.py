"""Redis behind real Sentinels: the master is found by its name, and found again when another one takes over."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from support.processes import ROOT, free_port, until
from support.stores.redis_servers import (
    NO_SENTINEL,
    RedisServer,
    client_of,
    debians_program,
    redis_sentinel,
    redis_server,
)
from support.story import eventually

from perennial.core.errors import SubscriptionInterrupted
from perennial.events import broker as broker_module
from perennial.events.broker import SubscriptionBroker
from perennial.events.publisher import Event, EventPublisher, Topic
from perennial.jobs.redis_check import check_redis
from perennial.jobs.redis_client import RedisClient
from perennial.jobs.redis_connection import connect_redis, connect_worker_redis

PAGE = ROOT / "docs" / "production.md"
USERS = ("--masterauth", "hunter2", "--requirepass", "hunter2")


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[RedisServer, RedisServer, int]]:
    """A master with a password, its replica, and a Sentinel of both with a password of its own."""
    program = debians_program()
    if program is None:
        pytest.skip(NO_SENTINEL)
    with ExitStack() as stack:
        old = stack.enter_context(redis_server(tmp_path / "a", *USERS))
        new = stack.enter_context(redis_server(tmp_path / "b", *USERS, "--replicaof", "127.0.0.1", str(old.port)))
        until(lambda: new.follows, "the replica follows")  # the Sentinel looks every ten seconds
        lines = ("sentinel auth-pass main hunter2", "requirepass hunter3")
        yield old, new, stack.enter_context(redis_sentinel(tmp_path / "s", old, "main", *lines))


@pytest.fixture
async def clients(servers: tuple[RedisServer, RedisServer, int]) -> AsyncIterator[list[RedisClient]]:
    """The clients of a process and of its worker; the first Sentinel of their URL is not there."""
    hosts = f"127.0.0.1:{free_port()},127.0.0.1:{servers[2]}"
    url = f"redis+sentinel://:hunter2@{hosts}/main/3?sentinel_password=hunter3"
    async with client_of(url, connect_redis) as process, client_of(url, connect_worker_redis) as worker:
        yield [process, worker]


async def port_of(redis: RedisClient) -> int:
    """The port of the Redis to which the client leads; it has taken a write."""
    await redis.set(redis.name("here"), "1")
    return int((await redis.config_get("port"))["port"])


async def test_the_master_is_found_and_found_again_when_the_sentinels_have_another_take_over(servers, clients):
    old, new, sentinel = servers
    assert [await port_of(redis) for redis in clients] == [old.port] * 2
    await eventually(lambda: _is_replica_known(sentinel), "the Sentinel knows the replica")
    old.process.kill()
    for redis in clients:
        await eventually(lambda redis=redis: _is_up(redis), "there is a master again")
        assert await port_of(redis) == new.port
        assert await redis.write_jobs("publish_due", {redis.name("one"): (timedelta(), {})}) in (0, 1)


async def test_a_connection_to_a_dead_master_is_one_to_the_next_in_the_end(servers, clients):
    """The Sentinels are asked before each attempt: a worker that begins now would go on trying the dead one."""
    old, new, sentinel = servers
    worker = clients[1]
    await eventually(lambda: _is_replica_known(sentinel), "the Sentinel knows the replica")
    old.process.kill()
    assert await port_of(worker) == new.port


async def test_a_switch_that_an_operator_asks_for_is_followed_as_well(servers, clients, monkeypatch):
    """The old master takes writes for some seconds more: one new connection tells that the others have to go over."""
    monkeypatch.setattr(broker_module, "PROBE_SECONDS", 0.5)
    old, new, sentinel = servers
    process = clients[0]
    assert await port_of(process) == old.port
    broker = SubscriptionBroker(process, owner_max=3)
    async with broker.subscribe(Topic.PUBLICATIONS, "alice") as subscriber:
        await eventually(lambda: _takes(sentinel, "SENTINEL", "FAILOVER", "main"), "the Sentinel begins")
        await eventually(lambda: _is_master(sentinel, new), "the Sentinel knows the new master")
        await asyncio.gather(*(process.ping() for _ in range(8)))
        assert await port_of(process) == new.port
        with pytest.raises(SubscriptionInterrupted, match="interrupted"):
            await asyncio.wait_for(subscriber.changes(), 30)
    async with broker.subscribe(Topic.PUBLICATIONS, "alice") as subscriber:
        EventPublisher(process).publish(Topic.PUBLICATIONS, [told := Event("alice", uuid4(), uuid4())])
        assert await asyncio.wait_for(subscriber.changes(), 10) == [told.id]
    await broker.close()


async def test_a_user_of_the_sentinels_needs_one_command(servers):
    """The one that docs/production.md names; without it the master is not found."""
    old, _, sentinel = servers
    (right,) = re.findall(r"The Sentinels' user\s+needs `(.+?)`", PAGE.read_text())
    url = f"redis+sentinel://:hunter2@127.0.0.1:{sentinel}/main?sentinel_username=bob&sentinel_password=hunter4"
    await _ask(sentinel, "ACL", "SETUSER", "bob", "on", ">hunter4", "-@all", right)
    async with client_of(url) as redis:
        assert await port_of(redis) == old.port
    await _ask(sentinel, "ACL", "SETUSER", "bob", "-@all")
    async with client_of(url) as redis:
        assert await check_redis(redis) is not None


async def test_what_is_wrong_with_the_sentinels_is_told(servers):
    for rest, words in (
        (f"127.0.0.1:{servers[2]}/other?sentinel_password=hunter3", "its Sentinels know no such master"),
        (f"127.0.0.1:{servers[2]}/main?sentinel_password=hunter4", "its Sentinels"),
        (f"127.0.0.1:{servers[2]}/main?sentinel_password=hunter3", "it wants a password"),
    ):
        async with client_of(f"redis+sentinel://{rest}") as redis:
            sentence = await check_redis(redis) or ""
        assert words in sentence
        assert "hunter" not in sentence


async def _ask(port: int, *command: str) -> Any:
    async with Redis(port=port, password="hunter3", decode_responses=True) as sentinel:
        return await sentinel.execute_command(*command)


async def _takes(port: int, *command: str) -> bool:
    try:
        return bool(await _ask(port, *command))
    except ResponseError:  # it does not know the replica well enough yet
        return False


async def _is_master(sentinel: int, server: RedisServer) -> bool:
    async with Redis(port=sentinel, password="hunter3") as client:
        master = (await client.sentinel_masters())["main"]
    return bool(master["port"] == server.port and master["is_master"])


async def _is_replica_known(sentinel: int) -> bool:
    (replicas,) = [await _ask(sentinel, "SENTINEL", "REPLICAS", "main")]
    return "'ok'" in str(replicas)  # its link to the master


async def _is_up(redis: RedisClient) -> bool:
    return await check_redis(redis) is None
