"""A Redis that others use too: another product with arq on its default queue, and another Perennial with its prefix."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from arq.connections import ArqRedis
from arq.worker import Worker, func
from support.api import User
from support.clock import FakeClock
from support.story import eventually
from support.ticks import due_queue
from support.workers import working

from perennial.events.publisher import Event, Topic
from perennial.jobs import heartbeat
from perennial.jobs.alarms import Alarms
from perennial.jobs.redis_connection import connect_redis
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process, assemble

pytestmark = pytest.mark.one_dialect

OTHERS = 20


@asynccontextmanager
async def others_worker(process: Process, done: list[int]) -> AsyncIterator[ArqRedis]:
    """Another product: arq as it comes out of the box, with pickled jobs, and with functions that have our names."""

    async def publish_due(_ctx: Any, number: int) -> None:
        done.append(number)

    pool = ArqRedis(connection_pool=process.redis.connection_pool)
    worker = Worker([func(publish_due, name="publish_due")], redis_pool=pool, handle_signals=False, poll_delay=0.01)
    task = asyncio.create_task(worker.async_run())
    yield pool
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_another_product_with_arq_loses_nothing_to_us_nor_we_to_it(
    alice: User, clock: FakeClock, process: Process
):
    await alice.connect("X")
    done: list[int] = []
    async with others_worker(process, done) as pool, working(own := replace(process, stopping=asyncio.Event())):
        await eventually(lambda: heartbeat.is_alive(process.redis), "our worker is up")
        queues = []
        for number in range(OTHERS):
            await pool.enqueue_job("publish_due", number)
            if number % 5 == 0:
                queues.append(await due_queue(alice, clock.now + timedelta(hours=1), {"x": f"Hello {number}"}))
        clock.advance(hours=1)
        await own.alarms.enqueue(WorkerFunction.PROCESS_QUEUES)
        await eventually(lambda: _have_run(alice, queues), "our queues have run")
        await eventually(lambda: _is_whole(done), "their jobs are done")
    assert sorted(done) == list(range(OTHERS))


async def test_all_that_we_leave_in_redis_has_our_name(alice: User, clock: FakeClock, process: Process):
    await alice.connect("X")
    async with working(replace(process, stopping=asyncio.Event())):
        await eventually(lambda: heartbeat.is_alive(process.redis), "our worker is up")
        await due_queue(alice, clock.now + timedelta(seconds=50))
        keys = {key.decode() for key in await process.redis.keys("*")}
        channels = {name.decode() for name in await process.redis.pubsub_channels()}
    beginnings = ("perennial:", "arq:job:perennial:", "arq:in-progress:perennial:", "arq:retry:perennial:")
    assert [name for name in keys | channels if not name.startswith(beginnings)] == []
    assert {"perennial:queue", "perennial:worker"} <= keys


@pytest.fixture
async def other(process: Process) -> AsyncIterator[Process]:
    """Another Perennial on the same Redis, with its own prefix."""
    settings = process.settings.model_copy(update={"redis_prefix": "perennial2"})
    async with AsyncExitStack() as stack:
        redis = connect_redis(settings)
        stack.push_async_callback(redis.aclose, close_connection_pool=True)
        other = assemble(settings, None, redis)  # type: ignore[arg-type]
        stack.push_async_callback(other.broker.close)
        yield other


async def test_two_perennials_with_two_prefixes_do_not_see_each_other(
    process: Process, other: Process, clock: FakeClock
):
    time = clock.now + timedelta(seconds=20)
    await process.alarms.arm(WorkerFunction.PUBLISH, [time], clock.now)
    assert (await process.alarms.pending())[0] == 1
    assert (await other.alarms.pending())[0] == 0
    await other.alarms.arm(WorkerFunction.PUBLISH, [time, time + timedelta(seconds=1)], clock.now)
    assert (await Alarms(process.redis).pending())[0] == 1
    await process.redis.set(process.redis.name(heartbeat.HEARTBEAT), "alive")
    assert not await heartbeat.is_alive(other.redis)


async def test_the_events_of_one_are_not_heard_by_the_other(process: Process, other: Process):
    ours, theirs = Event("alice", uuid4(), uuid4()), Event("alice", uuid4(), uuid4())
    async with process.broker.subscribe(Topic.PUBLICATIONS, "alice") as subscriber:
        other.events.publish(Topic.PUBLICATIONS, [theirs])
        await other.events.close()  # it is sent
        process.events.publish(Topic.PUBLICATIONS, [ours])
        assert await asyncio.wait_for(subscriber.changes(), 10) == [ours.id]


async def _have_run(alice: User, queues: list[Any]) -> bool:
    return all([(await alice.queue(queue["id"]))["executionCount"] == 1 for queue in queues])


async def _is_whole(done: list[int]) -> bool:
    return len(done) == OTHERS
