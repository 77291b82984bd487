"""The worker: cron makes the work certain, and Redis may go, come back empty, or not have been there at all."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from redis.exceptions import RedisError
from support.api import User
from support.clock import FakeClock
from support.stores.databases import TABLES
from support.stores.own_redis import OwnRedis
from support.story import eventually
from tortoise import Tortoise

from perennial.core.ids import new_id
from perennial.db.models import IdempotencyKey
from perennial.jobs import heartbeat
from perennial.jobs.cron_periods import next_run
from perennial.jobs.redis_connection import connect_redis
from perennial.jobs.worker_functions import WorkerFunction
from perennial.outbound.http_session import HttpSession
from perennial.process import Process, assemble
from perennial.settings import CronPeriod, Settings
from perennial.worker import running as worker


async def process_queues(ctx: Any) -> None:
    """Stands for the function of that name."""


async def publish(ctx: Any) -> None:
    """Stands for the function of that name."""


FUNCTIONS = {WorkerFunction.PUBLISH: publish, WorkerFunction.PROCESS_QUEUES: process_queues}


@pytest.mark.parametrize("cron_period", CronPeriod)
@pytest.mark.parametrize(
    "now",
    [
        "2026-11-23T09:00:00.000Z",
        "2026-11-23T09:00:00.001Z",
        "2026-11-23T09:59:30Z",
        "2026-12-31T23:59:59.500Z",
    ],
)
def test_the_cron_runs_at_whole_minutes_hours_or_days_of_utc(cron_period: CronPeriod, now: str):
    """As `next_run` has it, by which alarms are armed for what falls due before."""
    queues, posts = worker._cron_jobs(cron_period, FUNCTIONS)
    moment = datetime.fromisoformat(now)
    for job, period in ((queues, cron_period), (posts, CronPeriod.MINUTE)):
        job.calculate_next(moment)
        assert job.next_run == next_run(period, moment)
        assert job.next_run.utcoffset() == timedelta()


@pytest.mark.parametrize(
    ("cron_period", "first", "second"),
    [
        (CronPeriod.MINUTE, "2026-11-23T09:31:00Z", "2026-11-23T09:32:00Z"),
        (CronPeriod.HOUR, "2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z"),
        (CronPeriod.DAY, "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"),
    ],
)
def test_the_next_runs_of_process_due_queues(cron_period: CronPeriod, first: str, second: str):
    job, _ = worker._cron_jobs(cron_period, FUNCTIONS)
    job.calculate_next(datetime(2026, 11, 23, 9, 30, 15, 250_000, tzinfo=UTC))
    assert job.next_run == datetime.fromisoformat(first)
    job.calculate_next(job.next_run)
    assert job.next_run == datetime.fromisoformat(second)


def test_both_functions_run_once_when_a_worker_starts_and_one_worker_alone_takes_a_slot():
    jobs = worker._cron_jobs(CronPeriod.DAY, FUNCTIONS)
    assert [(job.run_at_startup, job.unique, job.max_tries) for job in jobs] == [(True, True, 1)] * 2


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[OwnRedis]:
    own = OwnRedis(tmp_path / "redis")
    own.start()
    yield own
    own.stop()


@pytest.fixture
async def process(
    database: str, settings: Settings, sandbox: httpx2.AsyncClient, redis: OwnRedis
) -> AsyncIterator[Process]:
    """The open parts on a Redis of their own."""
    for table in TABLES:
        await Tortoise.get_connection("default").execute_query(f"DELETE FROM {table}")
    own = settings.model_copy(update={"redis_url": SecretStr(redis.url), "process_queues_every": CronPeriod.DAY})
    client = connect_redis(own)
    async with HttpSession() as session:
        yield assemble(own, session, client)
    await client.aclose(close_connection_pool=True)


@asynccontextmanager
async def working(process: Process) -> AsyncIterator[None]:
    """A worker for as long as the block lasts; how it ends is a part of the claim."""
    running = replace(process, stopping=asyncio.Event())
    task = asyncio.create_task(worker.run(running))
    try:
        yield
        assert not task.done()
    finally:
        running.stopping.set()
        await task


async def queue_a_text(alice: User, clock: FakeClock, text: str) -> Any:
    post = await alice.create_post(x=text)
    return await alice.create_queue(post["id"], clock.now + timedelta(hours=1))


def is_out(published: Callable[[], Any], *texts: str) -> Callable[[], Any]:
    async def look() -> bool:
        return await published() == [("X", "alice", text) for text in texts]

    return look


async def test_what_fell_due_while_no_worker_was_there_is_done_when_one_starts(process, alice, clock, published):
    """Redis has lost its alarms too, and the cron is daily: nothing but the start calls."""
    await alice.connect("X")
    queue = await queue_a_text(alice, clock, "Late")
    await process.redis.flushdb()
    clock.advance(hours=2)
    async with working(process):
        await eventually(is_out(published, "Late"), "the post is out")
    assert (await alice.queue(queue["id"]))["executionCount"] == 1


async def test_a_worker_survives_a_restart_of_its_redis(process, redis, alice, clock, published):
    await alice.connect("X")
    await queue_a_text(alice, clock, "Before")
    await queue_a_text(alice, clock, "After")
    async with working(process):
        await eventually(lambda: heartbeat.is_alive(process.redis), "the worker is up")
        redis.stop()
        with pytest.raises((RedisError, OSError)):
            await heartbeat.is_alive(process.redis)
        clock.advance(hours=2)
        redis.start()
        await process.alarms.enqueue(WorkerFunction.PROCESS_QUEUES)
        await eventually(lambda: both_out(published), "the posts are out")


async def both_out(published: Callable[[], Any]) -> bool:
    return {text for _, _, text in await published()} == {"Before", "After"}


async def test_a_worker_that_starts_without_redis_waits_for_it(process, redis, alice, clock, published):
    await alice.connect("X")
    await queue_a_text(alice, clock, "Patience")
    clock.advance(hours=2)
    redis.stop()
    async with working(process):
        await asyncio.to_thread(redis.start)
        await eventually(is_out(published, "Patience"), "the post is out")


async def test_a_worker_removes_idempotency_keys_that_are_too_old_to_count(process, clock):
    await IdempotencyKey.create(
        clerk_user_id="alice", key="one", fingerprint="", result_id=new_id(), created_at=clock.now - timedelta(days=1)
    )
    async with working(process):
        await eventually(no_key_is_left, "the key is gone")


async def no_key_is_left() -> bool:
    return not await IdempotencyKey.exists()


@pytest.mark.parametrize("name", ["_tidy", "_prune"])
def test_keys_and_old_rows_are_looked_after_every_minute_by_one_worker_alone(process, name):
    (job,) = [one for one in worker._worker(process, process.redis).cron_jobs if one.coroutine.__name__ == name]
    assert job.name == f"cron:{name}"
    job.calculate_next(datetime(2026, 11, 23, 9, 30, 15, tzinfo=UTC))
    assert job.next_run == datetime(2026, 11, 23, 9, 31, tzinfo=UTC)
    assert (job.unique, job.max_tries) == (True, 1)


async def test_the_cron_goes_by_utc_wherever_the_machine_is(process, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert worker._worker(process, process.redis).timezone == UTC
    finally:
        monkeypatch.undo()
        time.tzset()


async def test_a_worker_that_stops_leaves_the_heartbeat_of_the_others(process):
    async with working(process):
        await eventually(lambda: heartbeat.is_alive(process.redis), "the worker is up")
    assert await heartbeat.is_alive(process.redis)


async def test_a_worker_without_redis_can_be_stopped(process, redis):
    async with working(process):
        await eventually(lambda: heartbeat.is_alive(process.redis), "the worker is up")
        redis.stop()
