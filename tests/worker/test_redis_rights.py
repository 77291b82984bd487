"""The ACL line of docs/production.md: servers and workers do all their work under it, and it allows nothing else."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from support.api import User
from support.clock import FakeClock
from support.http import client_in
from support.metrics import LOOPBACK
from support.protocols import hashed, told, whole
from support.stores.databases import empty_all_tables
from support.stores.redis_servers import NO_SENTINEL, RedisServer, client_of, debians_program, redis_server
from support.story import eventually
from support.ticks import HOUR, due_queue
from support.workers import working

from perennial.api.app import create_app
from perennial.events import broker as broker_module
from perennial.events.publisher import Topic
from perennial.jobs.redis_check import check_redis
from perennial.jobs.redis_connection import connect_redis
from perennial.jobs.worker_functions import WorkerFunction
from perennial.outbound.http_session import HttpSession
from perennial.process import Process, assemble
from perennial.settings import Settings

pytestmark = pytest.mark.one_dialect

PAGE = (Path(__file__).parents[2] / "docs/production.md").read_text()
(LINE,) = re.findall(r"^user perennial (on .*)$", PAGE, re.MULTILINE)
# Sent where a connection is new or idle, or ends while arq is watching a key.
SELDOM = {"ping", "select", "unwatch"}


@pytest.fixture(params=["packaged", "Debian's"])
def redis(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis with this user, whose prefix is another one than the default; nobody else may do anything but look."""
    program = debians_program() if request.param == "Debian's" else None
    if program is None and request.param == "Debian's":
        pytest.skip(NO_SENTINEL)
    with redis_server(tmp_path, program=(program, "redis-server") if program else None) as server:
        rules = LINE.replace("PASSWORD", "hunter2").replace("perennial:", "garden:").split()
        server.say("ACL", "SETUSER", "gardener", *rules)
        yield server


@pytest.fixture
async def process(
    database: str, settings: Settings, forgetful_sandbox: str, redis: RedisServer
) -> AsyncIterator[Process]:
    """The open parts, as that user."""
    await empty_all_tables()
    url = SecretStr(f"redis://gardener:hunter2@127.0.0.1:{redis.port}/2")
    client = connect_redis(own := settings.model_copy(update={"redis_url": url, "redis_prefix": "garden"}))
    async with HttpSession() as session:
        yield (process := assemble(own, session, client))
        await process.broker.close()
        await process.events.close()
    await client.aclose(close_connection_pool=True)


async def test_all_work_is_done_under_the_line_and_it_allows_nothing_else(
    alice: User, clock: FakeClock, process: Process, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(broker_module, "PROBE_SECONDS", 2.0)
    await alice.connect("X")
    assert await check_redis(process.redis) is None
    worker = replace(process, stopping=asyncio.Event())
    async with working(worker), process.broker.subscribe(Topic.PUBLICATIONS, "alice") as subscriber:
        queue = await due_queue(alice, clock.now + HOUR, {"x": "Hello"})
        clock.advance(hours=1)
        await process.alarms.enqueue(WorkerFunction.PROCESS_QUEUES)
        await eventually(lambda: _is_out(alice, queue), "the post is out")
        assert await asyncio.wait_for(subscriber.changes(), 10)
        sent = _published(redis)
        await eventually(lambda: _goes_on(redis, sent + 2), "a second probe is sent: the first was heard")
        async with client_in(create_app(worker)) as http:
            assert (await http.get("/readyz")).json()["missing"] == []
            for body in (hashed("{ __typename }"), whole("{ __typename }")):
                await told(User("alice", http, alice.token), body)
            assert "perennial_alarms " in (await http.get("/metrics", headers=LOOPBACK)).text
    assert redis.say("ACL", "LOG") == [], "something was refused"
    allowed = {rule.removeprefix("+") for rule in LINE.split() if rule.startswith("+")}
    assert allowed - SELDOM <= _commands(redis)


async def test_a_user_that_may_too_little_is_told_so(redis: RedisServer):
    """Before it is called ready, not when the first alarm rings."""
    url = f"redis://gardener:hunter2@127.0.0.1:{redis.port}"
    all_but = [("-psetex", "+psetex"), ("resetchannels", "&garden:*"), ("resetkeys ~garden:*", "~arq:*:garden:*")]
    async with client_of(url, redis_prefix="garden") as client:
        for taken, given in all_but:
            assert await check_redis(client) is None
            redis.say("ACL", "SETUSER", "gardener", *taken.split())
            assert "its user may not do what is needed (Command #" in (await check_redis(client) or "")
            redis.say("ACL", "SETUSER", "gardener", given)
    async with client_of(url, redis_prefix="perennial") as client:
        assert "its user may not do what is needed" in (await check_redis(client) or "")


async def _is_out(alice: User, queue: Any) -> bool:
    executions = (await alice.queue(queue["id"]))["executions"]["nodes"]
    return bool(executions) and executions[0]["post"]["status"] == "PUBLISHED"


async def _goes_on(redis: RedisServer, published: int) -> bool:
    return _published(redis) >= published


def _published(redis: RedisServer) -> int:
    return int(redis.say("INFO", "commandstats")["cmdstat_publish"]["calls"])


def _commands(redis: RedisServer) -> set[str]:
    """The commands that were sent."""
    return {name.removeprefix("cmdstat_").partition("|")[0] for name in redis.say("INFO", "commandstats")}
