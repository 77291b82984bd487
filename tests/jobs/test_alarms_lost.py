"""An alarm may ring early, be lost, or never be set: the work is done all the same."""

from datetime import timedelta

import pytest
from arq.constants import job_key_prefix
from support.api import User
from support.clock import FakeClock
from support.ticks import HOUR, alarms, clones, due_queue, forget_alarms, work_of

from perennial.core.instants import instant
from perennial.jobs.alarms import Alarms
from perennial.jobs.redis_client import RedisClient
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.queues.queues import Queues
from perennial.queues.tick.ticker import Ticker
from perennial.settings import CronPeriod

SECOND = timedelta(seconds=1)


async def test_a_lost_alarm_is_made_good_by_the_next_call(alice: User, process: Process, midday: FakeClock) -> None:
    await alice.connect("X")
    time = midday.now + 20 * SECOND
    queue = await due_queue(alice, time, {"x": "Hello"})
    await forget_alarms(process)
    await process.ticker.process_due_queues()
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == [instant(time)]
    await forget_alarms(process)
    midday.advance(days=1)
    await process.ticker.process_due_queues()
    assert len(await clones(alice, queue)) == 1


@pytest.mark.parametrize("lost", ["zset", "job"])
async def test_half_an_alarm_is_made_whole_when_it_is_set_again(process: Process, midday: FakeClock, lost: str) -> None:
    time = midday.now + 20 * SECOND
    job_id = f"publish:{instant(time)}"
    await process.alarms.arm(WorkerFunction.PUBLISH, [time], midday.now)
    await process.redis.delete(process.redis.queue if lost == "zset" else job_key_prefix + process.redis.name(job_id))
    await process.alarms.arm(WorkerFunction.PUBLISH, [time], midday.now)
    assert await alarms(process, WorkerFunction.PUBLISH) == [instant(time)]
    assert await work_of(process, job_id) == ("publish_due", {"at": instant(time)})


@pytest.mark.parametrize("call", WorkerFunction)
async def test_an_alarm_that_rings_ahead_of_the_clock_is_set_again_for_its_instant(
    alice: User, process: Process, midday: FakeClock, call: WorkerFunction
) -> None:
    await alice.connect("X")
    time = midday.now + 20 * SECOND
    queue = await due_queue(alice, time, {"x": "Hello"})
    midday.advance(seconds=19, milliseconds=990)
    await forget_alarms(process)
    await process.run_function(call, time)
    (again,) = await alarms(process, call)
    assert again.startswith("now:")  # the alarm's own id is still running
    assert (await work_of(process, f"{call}:{again}"))[1] == {"at": instant(time)}
    assert await clones(alice, queue) == []


@pytest.mark.parametrize("lateness", [timedelta(), SECOND])
async def test_an_alarm_that_rings_in_time_does_the_work(
    alice: User, process: Process, midday: FakeClock, lateness: timedelta
) -> None:
    await alice.connect("X")
    time = midday.now + 20 * SECOND
    queue = await due_queue(alice, time, {"x": "Hello"})
    midday.now = time + lateness
    await process.run_function(WorkerFunction.PROCESS_QUEUES, time)
    assert len(await clones(alice, queue)) == 1


async def test_without_redis_a_tick_and_a_mutation_succeed_all_the_same(
    alice: User, process: Process, midday: FakeClock, dead_redis: RedisClient
) -> None:
    await alice.connect("X")
    queue = await due_queue(alice, midday.now + HOUR, {"x": "Hello"}, interval=1)
    time = midday.now + 20 * SECOND
    deaf = Alarms(dead_redis)
    changed = await Queues(deaf, process.events).update("alice", queue["id"], {"next_scheduled_time": time}, midday.now)
    assert changed.queue.next_scheduled_time == time
    midday.advance(seconds=20)
    summary = await Ticker(deaf, process.events, CronPeriod.MINUTE, process.stopping).process_due_queues()
    assert summary.executed == 1
    assert len(await clones(alice, queue)) == 1
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == []
