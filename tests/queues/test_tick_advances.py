"""What a run makes of its queue (criteria 5 and 6 of the founding story, and its Task 10)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from support.api import DELETE_QUEUE, MOVE_OCCURRENCE, PAUSE_QUEUE, RESUME_QUEUE, UPDATE_QUEUE, User
from support.clock import FakeClock
from support.rows import add_executions, set_queue
from support.ticks import HOUR, clones, due_queue, ledger

from perennial.core.instants import instant
from perennial.db.models import QueueExecution
from perennial.process import Process
from perennial.queues.tick.ticker import TickSummary


async def test_after_a_run_next_is_last_plus_interval_and_the_count_has_grown(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X", "LINKEDIN")
    due = clock.now + HOUR
    queue = await due_queue(alice, due, interval=7)
    ran = clock.advance(hours=1, seconds=20)
    await process.ticker.process_due_queues()
    queue = await alice.queue(queue["id"])
    assert queue["executionCount"] == 1
    assert queue["lastExecutedTime"] == instant(due)
    assert queue["nextScheduledTime"] == instant(due + timedelta(days=7))
    assert queue["status"] == "ACTIVE"
    (row,) = queue["executions"]["nodes"]
    assert (row["scheduledTime"], row["executedTime"]) == (instant(due), instant(ran))
    assert (row["outcome"], row["reason"], row["missedCount"]) == ("EXECUTED", None, 0)
    assert row["post"]["createdByQueueId"] == queue["id"]


async def test_after_execution_counts_from_the_moment_of_running(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X", "LINKEDIN")
    due = clock.now + HOUR
    queue = await due_queue(alice, due, interval=2, cadence="AFTER_EXECUTION")
    ran = clock.advance(days=9)
    await process.ticker.process_due_queues()
    queue = await alice.queue(queue["id"])
    assert queue["lastExecutedTime"] == instant(ran)
    assert queue["nextScheduledTime"] == instant(ran + timedelta(days=2))
    (row,) = queue["executions"]["nodes"]
    assert (row["scheduledTime"], row["missedCount"]) == (instant(due), 0)


async def test_three_due_times_with_a_maximum_of_three_give_three_clones_and_a_completed_queue(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X", "LINKEDIN")
    queue = await due_queue(alice, clock.now + HOUR, interval=7, maxExecutions=3)
    clock.advance(hours=1)
    states = []
    for _ in range(4):
        await process.ticker.process_due_queues()
        states.append((await alice.queue(queue["id"]))["status"])
        clock.advance(days=7)
    assert states == ["ACTIVE", "ACTIVE", "COMPLETED", "COMPLETED"]
    assert len(await clones(alice, queue)) == 3
    queue = await alice.queue(queue["id"])
    assert (queue["executionCount"], queue["statusReason"]) == (3, "MAX_EXECUTIONS_REACHED")


async def test_a_queue_that_is_not_due_is_skipped(alice: User, process: Process, clock: FakeClock) -> None:
    await alice.connect("X", "LINKEDIN")
    queue = await due_queue(alice, clock.now + HOUR)
    clock.advance(minutes=59, seconds=59, milliseconds=999)
    summary = await process.ticker.process_due_queues()
    assert replace(summary, seconds=0) == TickSummary(due=0, executed=0, skipped=0, failed=0, seconds=0)
    assert await alice.queue(queue["id"]) == queue
    clock.advance(milliseconds=1)
    assert (await process.ticker.process_due_queues()).executed == 1


async def test_a_paused_queue_is_skipped_and_runs_once_it_is_resumed(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X", "LINKEDIN")
    queue = await due_queue(alice, clock.now + HOUR)
    paused = await alice.do(PAUSE_QUEUE, id=queue["id"])
    clock.advance(days=1)
    await process.ticker.process_due_queues()
    assert await alice.queue(queue["id"]) == paused
    assert await clones(alice, queue) == []
    await alice.do(RESUME_QUEUE, id=queue["id"], nextScheduledTime=clock.now + HOUR)
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    assert len(await clones(alice, queue)) == 1


async def test_a_completed_queue_is_skipped(alice: User, process: Process, clock: FakeClock) -> None:
    await alice.connect("X", "LINKEDIN")
    queue = await due_queue(alice, clock.now + HOUR)
    await set_queue(queue, status="completed", status_reason="MAX_EXECUTIONS_REACHED")
    clock.advance(days=1)
    assert (await process.ticker.process_due_queues()).due == 0
    assert await clones(alice, queue) == []


async def test_a_queue_whose_count_has_reached_its_maximum_is_completed_and_not_run(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X", "LINKEDIN")
    queue = await due_queue(alice, clock.now + HOUR, maxExecutions=3)
    await set_queue(queue, execution_count=3)
    clock.advance(hours=1)
    summary = await process.ticker.process_due_queues()
    assert (summary.due, summary.executed) == (1, 0)
    queue = await alice.queue(queue["id"])
    assert (queue["status"], queue["statusReason"]) == ("COMPLETED", "MAX_EXECUTIONS_REACHED")
    assert queue["executionCount"] == 3
    assert await ledger(alice, queue) == [("SKIPPED", "MAX_EXECUTIONS_REACHED")]
    assert await clones(alice, queue) == []


async def test_occurrences_missed_for_three_days_run_once(alice: User, process: Process, clock: FakeClock) -> None:
    await alice.connect("X", "LINKEDIN")
    due = clock.now + HOUR
    queue = await due_queue(alice, due, interval=1)
    clock.advance(days=3, hours=2)
    for _ in range(2):
        await process.ticker.process_due_queues()
    assert len(await clones(alice, queue)) == 1
    queue = await alice.queue(queue["id"])
    (row,) = queue["executions"]["nodes"]
    assert (row["missedCount"], row["scheduledTime"]) == (3, instant(due + timedelta(days=3)))
    assert queue["executionCount"] == 1
    assert queue["lastExecutedTime"] == instant(due + timedelta(days=3))
    assert queue["nextScheduledTime"] == instant(due + timedelta(days=4))


@pytest.mark.parametrize("cadence", ["FIXED", "AFTER_EXECUTION"])
async def test_an_occurrence_that_is_in_the_ledger_advances_the_queue_without_a_clone(
    alice: User, process: Process, clock: FakeClock, cadence: str
) -> None:
    await alice.connect("X", "LINKEDIN")
    due = clock.now + HOUR
    queue = await due_queue(alice, due, interval=7, cadence=cadence)
    await add_executions(queue, [due])
    clock.advance(hours=1)
    summary = await process.ticker.process_due_queues()
    assert (summary.due, summary.executed, summary.skipped, summary.failed) == (1, 0, 0, 0)
    queue = await alice.queue(queue["id"])
    assert queue["nextScheduledTime"] == instant(due + timedelta(days=7))
    assert (queue["executionCount"], queue["lastExecutedTime"]) == (0, None)
    assert await ledger(alice, queue) == [("EXECUTED", None)]
    assert await clones(alice, queue) == []


@pytest.mark.parametrize("hours", [5, -1])
@pytest.mark.parametrize("row", ["of an older version", "of an extra run", "of an occurrence that was moved away"])
async def test_a_moved_occurrence_that_an_older_version_ran_does_not_run_again(
    alice: User, process: Process, clock: FakeClock, row: str, hours: int
) -> None:
    """An older version knows it by the time to which it was moved. What else may be there is another's row."""
    await alice.connect("X", "LINKEDIN")
    due = clock.now + 2 * HOUR
    to = due + hours * HOUR
    queue = await due_queue(alice, due, interval=1)
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=due, to=to)
    await add_executions(queue, [to])
    columns = {"of an extra run": {"extra": True}, "of an occurrence that was moved away": {"moved_to": to - HOUR}}
    await QueueExecution.filter(queue_id=queue["id"]).update(**columns.get(row, {"extra": False}))
    clock.now = to
    summary = await process.ticker.process_due_queues()
    assert (summary.due, summary.executed) == (1, 0 if row == "of an older version" else 1)
    assert (await alice.queue(queue["id"]))["nextScheduledTime"] == instant(due + timedelta(days=1))


async def test_a_new_interval_counts_from_the_next_run_on(alice: User, process: Process, clock: FakeClock) -> None:
    await alice.connect("X", "LINKEDIN")
    due = clock.now + HOUR
    queue = await due_queue(alice, due, interval=7)
    await alice.do(UPDATE_QUEUE, id=queue["id"], input={"interval": 2})
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    assert (await alice.queue(queue["id"]))["nextScheduledTime"] == instant(due + timedelta(days=2))


async def test_a_deleted_queue_runs_no_more(alice: User, process: Process, clock: FakeClock) -> None:
    await alice.connect("X", "LINKEDIN")
    queue = await due_queue(alice, clock.now + HOUR)
    await alice.do(DELETE_QUEUE, id=queue["id"])
    clock.advance(hours=1)
    assert (await process.ticker.process_due_queues()).due == 0
    assert await clones(alice, queue) == []
