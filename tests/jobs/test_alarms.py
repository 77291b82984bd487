"""Alarms make the work exact: who sets them, for which instants, and that losing them costs nothing."""

from datetime import datetime, timedelta

import pytest
from support.api import PAUSE_QUEUE, RESUME_QUEUE, UPDATE_QUEUE, User
from support.clock import FakeClock
from support.ticks import HOUR, alarms, clones, due_queue, due_queues, forget_alarms, work_of

from perennial.core.instants import instant
from perennial.jobs.alarms import Alarms
from perennial.jobs.cron_periods import alarm_horizon
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.queues.queues import Queues
from perennial.queues.tick.ticker import Ticker
from perennial.settings import CronPeriod

SECOND = timedelta(seconds=1)


async def test_a_tick_sets_an_alarm_for_the_next_queue_due_before_the_cron(
    alice: User, process: Process, midday: FakeClock
) -> None:
    first, second = midday.now + 20 * SECOND, midday.now + 30 * SECOND
    for time in (second, first, midday.now + HOUR):
        await due_queue(alice, time)
    await forget_alarms(process)
    await process.ticker.process_due_queues()
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == [instant(first)]
    assert await work_of(process, f"process-queues:{instant(first)}") == (
        "process_due_queues",
        {"at": instant(first)},
    )


@pytest.mark.parametrize(("late", "armed"), [(timedelta(), True), (timedelta(milliseconds=1), False)])
async def test_alarms_are_set_to_the_end_of_the_period_after_this_one_and_no_further(
    alice: User, process: Process, midday: FakeClock, late: timedelta, armed: bool
) -> None:
    time = alarm_horizon(CronPeriod.MINUTE, midday.now) + late
    await due_queue(alice, time)
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == ([instant(time)] if armed else [])
    await forget_alarms(process)
    await process.ticker.process_due_queues()
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == ([instant(time)] if armed else [])


async def test_the_alarm_rings_when_the_queue_falls_due(alice: User, process: Process, midday: FakeClock) -> None:
    time = midday.now + 20 * SECOND
    before = datetime.now(time.tzinfo).timestamp()
    await due_queue(alice, time)
    after = datetime.now(time.tzinfo).timestamp()
    ((_, score),) = await process.redis.zrange(process.redis.queue, 0, -1, withscores=True)
    assert int(before * 1000) + 20_000 <= score <= after * 1000 + 20_000


async def test_every_mutation_that_sets_such_a_time_sets_its_alarm(
    alice: User, process: Process, midday: FakeClock
) -> None:
    times = [midday.now + seconds * SECOND for seconds in (10, 20, 30)]
    queue = await due_queue(alice, times[0])
    await alice.do(UPDATE_QUEUE, id=queue["id"], input={"nextScheduledTime": instant(times[1])})
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    await alice.do(RESUME_QUEUE, id=queue["id"], nextScheduledTime=times[2])
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == [instant(time) for time in times]


async def test_no_mutation_sets_an_alarm_beyond_the_next_run_of_the_cron(
    alice: User, process: Process, midday: FakeClock
) -> None:
    queue = await due_queue(alice, midday.now + HOUR)
    await alice.do(UPDATE_QUEUE, id=queue["id"], input={"nextScheduledTime": instant(midday.now + 2 * HOUR)})
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    await alice.do(RESUME_QUEUE, id=queue["id"])
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == []


async def test_a_paused_queue_gets_no_alarm(alice: User, process: Process, midday: FakeClock) -> None:
    queue = await due_queue(alice, midday.now + 20 * SECOND)
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    await forget_alarms(process)
    await alice.do(UPDATE_QUEUE, id=queue["id"], input={"nextScheduledTime": instant(midday.now + 30 * SECOND)})
    await process.ticker.process_due_queues()
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == []


async def test_queues_that_fall_due_at_one_instant_share_one_alarm(
    alice: User, process: Process, midday: FakeClock
) -> None:
    time = midday.now + 20 * SECOND
    await due_queues(alice, 5, time)
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == [instant(time)]


async def test_what_a_clone_publishes_later_has_an_alarm_and_what_it_publishes_now_one_fresh_call(
    alice: User, process: Process, midday: FakeClock
) -> None:
    await alice.connect("X", "LINKEDIN")
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    first = midday.now + timedelta(days=2)
    await alice.schedule_post(post["id"], first, linkedin=first + 90 * SECOND)
    for _ in range(3):
        await alice.create_queue(post["id"], midday.now + 20 * SECOND)
    now = midday.advance(seconds=20)
    await forget_alarms(process)
    await process.ticker.process_due_queues()
    fresh, later = await alarms(process, WorkerFunction.PUBLISH)
    assert fresh.startswith("now:")
    assert later == instant(now + 90 * SECOND)
    assert await work_of(process, f"publish:{fresh}") == ("publish_due", {})
    assert await work_of(process, f"publish:{later}") == ("publish_due", {"at": later})


async def test_with_an_hourly_cron_the_alarms_and_the_clones_go_by_the_hour(
    alice: User, process: Process, midday: FakeClock
) -> None:
    await alice.connect("X")
    hourly = Alarms(process.redis, CronPeriod.HOUR)
    ticker = Ticker(hourly, process.events, CronPeriod.HOUR, process.stopping)
    due = midday.now + timedelta(minutes=10)
    late = await due_queue(alice, due, {"x": "Hello"})
    await due_queue(alice, midday.now + HOUR)
    await ticker.process_due_queues()
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == [instant(due)]
    midday.now = due + HOUR
    await ticker.process_due_queues()
    (clone,) = await clones(alice, late)
    assert clone["publications"][0]["scheduledTime"] == instant(due)
    (fresh,) = await alarms(process, WorkerFunction.PUBLISH)
    assert fresh.startswith("now:")


async def test_with_an_hourly_cron_a_new_queue_of_this_hour_gets_its_alarm(
    alice: User, process: Process, midday: FakeClock
) -> None:
    queues = Queues(Alarms(process.redis, CronPeriod.HOUR), process.events)
    queue = await due_queue(alice, midday.now + HOUR)
    time = midday.now + timedelta(minutes=30)
    changed = await queues.update("alice", queue["id"], {"next_scheduled_time": time}, midday.now)
    assert changed.queue.next_scheduled_time == time
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == [instant(time)]
