"""Redis fails over: the old master becomes a replica and keeps its clients, and new connections lead to the new one."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from support.api import User
from support.processes import free_port, until
from support.production.seeds import connect
from support.production.stage import Stage
from support.production.truth import assert_nothing_twice
from support.stores.redis_servers import (
    NO_SENTINEL,
    Forwarder,
    RedisServer,
    debians_program,
    redis_sentinel,
    redis_server,
)
from support.story import eventually, soon

EXECUTED = "subscription { queueExecuted { outcome scheduledTime } }"
PATIENCE = 200.0
# What would be logged by whoever stayed with the old one.
LOST = ("alarm.missed", "points.not_counted", "events.lost")


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[RedisServer, RedisServer]]:
    """A master and its replica."""
    with ExitStack() as stack:
        old = stack.enter_context(redis_server(tmp_path / "old"))
        new = stack.enter_context(redis_server(tmp_path / "new", "--replicaof", "127.0.0.1", str(old.port)))
        yield old, new


@pytest.fixture
async def forwarder(servers: tuple[RedisServer, RedisServer], stage: Stage) -> AsyncIterator[Forwarder]:
    """The address at which all processes find their Redis; it leads to the old one at first."""
    forwarder = Forwarder(servers[0].port)
    async with forwarder.listening() as port:
        stage.environment["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        yield forwarder
        stage.close()  # before what they are connected to goes


async def test_queues_run_on_their_alarms_again_and_nobody_has_to_restart_anything(
    stage: Stage, servers: tuple[RedisServer, RedisServer], forwarder: Forwarder
):
    old, new = servers
    await connect(stage, ["alice"])
    server, worker, alice = await stage.server(), await stage.ready_worker(), stage.user("alice")
    heard: set[str] = set()
    listening = asyncio.create_task(listen(stage, alice, heard))
    await eventually(lambda: is_ready(stage.http), "all is up")
    await eventually(lambda: hears(stage, alice, heard), "the subscription stands", PATIENCE)
    await stage.settled()

    old.follow(new)  # for a moment there is no master
    new.lead()
    assert "READONLY" in await eventually(lambda: missing(stage.http), "the old one is said to take no writes")
    forwarder.target = new.port
    await eventually(lambda: is_ready(stage.http), "all is up again")
    await run_on_time(stage, alice, "after")
    await eventually(lambda: hears(stage, alice, heard), "the subscription has gone on", PATIENCE)
    listening.cancel()
    assert (server.poll(), worker.poll()) == (None, None)
    await stage.settled()
    await assert_nothing_twice(stage)
    logs = "".join(log.read_text() for log in stage.folder.glob("*.log"))
    assert [event for event in LOST if event in logs] == []


async def test_with_sentinels_queues_run_on_their_alarms_again_after_the_master_was_killed(
    stage: Stage, servers: tuple[RedisServer, RedisServer], tmp_path: Path
):
    if debians_program() is None:
        pytest.skip(NO_SENTINEL)
    old, new = servers
    until(lambda: new.follows, "the replica follows")
    with redis_sentinel(tmp_path / "sentinel", old, "main") as port:
        stage.environment["REDIS_URL"] = f"redis+sentinel://127.0.0.1:{free_port()},127.0.0.1:{port}/main/0"
        await connect(stage, ["alice"])
        server, worker, alice = await stage.server(), await stage.ready_worker(), stage.user("alice")
        await run_on_time(stage, alice, "before")
        old.process.kill()
        await eventually(lambda: is_master(new), "the Sentinel has the other one take over")
        await eventually(lambda: is_ready(stage.http), "all is up again")
        await run_on_time(stage, alice, "after")
        assert (server.poll(), worker.poll()) == (None, None)
        await stage.settled()
        await assert_nothing_twice(stage)
        stage.close()


async def is_master(server: RedisServer) -> bool:
    return bool(server.say("ROLE")[0] == "master")


async def run_on_time(stage: Stage, alice: User, text: str) -> str:
    """A queue that falls due in the middle of a minute, and has run before the cron looks again; its due time."""
    due = soon(6)
    if due.second > 40 or due.second < 2:
        due = due.replace(second=3, microsecond=0) + timedelta(minutes=due.second > 40)
    post: Any = await alice.create_post(x=text)
    queue = await alice.create_queue(post["id"], due)
    executed = await eventually(lambda: _executed(stage, queue["id"]), "it has run", 90)
    assert executed.replace(second=0, microsecond=0) == due.replace(second=0, microsecond=0), "the cron has found it"
    return due.isoformat(timespec="seconds")[:19]


async def _executed(stage: Stage, queue_id: str) -> datetime | None:
    sql = "SELECT executed_time FROM queue_executions WHERE queue_id = $1"
    found: datetime | None = await stage.one(sql, queue_id)
    return found


async def listen(stage: Stage, alice: User, heard: set[str]) -> None:
    """Hears of executions, and subscribes again whenever the subscription ends."""
    headers = {"Authorization": f"Bearer {alice.token}", "Accept": "text/event-stream"}
    while True:
        with suppress(httpx2.TransportError):
            async with stage.http.stream("POST", "/graphql", json={"query": EXECUTED}, headers=headers) as answer:
                async for line in answer.aiter_lines():
                    if "scheduledTime" in line:
                        heard.add(line.partition('"scheduledTime":"')[2][:19])
        await asyncio.sleep(0.1)


async def hears(stage: Stage, alice: User, heard: set[str]) -> bool:
    """Whether the subscription hears of the next queue that runs; what runs while it begins is lost."""
    time = await run_on_time(stage, alice, f"heard of {uuid4()}")
    for _ in range(50):
        if time in heard:
            return True
        await asyncio.sleep(0.1)
    return False


async def is_ready(http: httpx2.AsyncClient) -> bool:
    return (await http.get("/readyz")).status_code == 200


async def missing(http: httpx2.AsyncClient) -> str:
    """What /readyz says is missing."""
    return " ".join((await http.get("/readyz")).json()["missing"])
