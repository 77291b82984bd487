"""A queue that blows up costs itself alone."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import structlog
from support.api import User
from support.clock import FakeClock
from support.production.poison import make_unreadable, poisoned
from support.rows import set_queue
from support.ticks import HOUR, clones, due_queue, due_queues, ledger

from perennial.core.instants import instant
from perennial.db.models import Post, Publication, QueueExecution
from perennial.process import Process
from perennial.queues import _batches
from perennial.queues.tick import ticker as tick
from perennial.queues.tick._due import Due
from perennial.queues.tick._planning import Plan


async def test_one_queue_of_a_hundred_blows_up_and_the_other_99_are_executed(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X")
    due = clock.now + HOUR
    queues = await due_queues(alice, 100, due, interval=7)
    clock.advance(hours=1)
    async with poisoned("INSERT ON posts", "created_by_queue_id", queues[41]):
        summary = await process.ticker.process_due_queues()
    assert (summary.due, summary.executed, summary.skipped, summary.failed) == (100, 99, 0, 1)
    made = await Post.filter(created_by_queue_id__not_isnull=True).values_list("created_by_queue_id", flat=True)
    assert sorted(map(str, made)) == sorted(queue["id"] for queue in queues if queue != queues[41])
    ((outcome, reason),) = await ledger(alice, queues[41])
    assert outcome == "FAILED"
    assert reason is not None
    assert reason.startswith("INTERNAL_ERROR:")
    poisonous = await alice.queue(queues[41]["id"])
    assert (poisonous["executionCount"], poisonous["lastExecutedTime"]) == (0, None)
    assert (poisonous["status"], poisonous["nextScheduledTime"]) == ("ACTIVE", instant(due + timedelta(days=7)))


async def test_a_queue_that_we_cannot_plan_costs_itself_alone(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    queues = await due_queues(alice, 5, clock.now + HOUR)
    plan = tick._planning.plan

    def planned(due: Due, *rest: Any) -> Plan:
        if str(due.queue.id) == queues[2]["id"]:
            raise ZeroDivisionError
        return plan(due, *rest)

    monkeypatch.setattr(tick._planning, "plan", planned)
    clock.advance(hours=1)
    summary = await process.ticker.process_due_queues()
    assert (summary.due, summary.executed, summary.failed) == (5, 4, 1)
    assert await ledger(alice, queues[2]) == [("FAILED", "INTERNAL_ERROR:ZeroDivisionError")]


async def test_a_poisoned_queue_fails_once_an_interval_and_runs_again_once_it_is_healed(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X")
    (queue,) = await due_queues(alice, 1, clock.now + HOUR, interval=1)
    clock.advance(hours=1)
    async with poisoned("INSERT ON posts", "created_by_queue_id", queue):
        failed = [(await process.ticker.process_due_queues()).failed for _ in range(2)]
        clock.advance(days=1)
        failed.append((await process.ticker.process_due_queues()).failed)
    assert failed == [1, 0, 1]
    clock.advance(days=1)
    assert (await process.ticker.process_due_queues()).executed == 1
    outcomes = [outcome for outcome, _ in await ledger(alice, queue)]
    assert outcomes == ["EXECUTED", "FAILED", "FAILED"]


@pytest.mark.parametrize(
    ("what", "column"), [("INSERT ON queue_executions", "queue_id"), ("UPDATE ON recurring_queues", "id")]
)
async def test_where_not_even_the_failure_can_be_written_the_tick_goes_past_it(
    alice: User, process: Process, clock: FakeClock, what: str, column: str
) -> None:
    await alice.connect("X")
    due = clock.now + HOUR
    poisonous, *others = await due_queues(alice, 4, due)
    later = await due_queue(alice, due + HOUR, {"x": "Hello"})
    clock.advance(hours=1)
    async with poisoned(what, column, poisonous):
        first = await process.ticker.process_due_queues()
        clock.advance(hours=1)
        second = await process.ticker.process_due_queues()
    assert (first.due, first.executed, first.failed) == (4, 3, 0)
    assert (second.due, second.executed, second.failed) == (2, 1, 0)
    assert [len(await clones(alice, queue)) for queue in (*others, later)] == [1, 1, 1, 1]
    untouched = await alice.queue(poisonous["id"])
    assert (untouched["nextScheduledTime"], untouched["executions"]["nodes"]) == (instant(due), [])
    assert (await process.ticker.process_due_queues()).executed == 1
    assert len(await clones(alice, poisonous)) == 1


async def test_poisoned_queues_at_the_front_do_not_hold_up_those_behind(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tick._due_queues, "TICK_BATCH_SIZE", 2)
    await alice.connect("X")
    poisonous = await due_queue(alice, clock.now + timedelta(minutes=1), {"x": "Hello"})
    await due_queues(alice, 5, clock.now + HOUR)
    clock.advance(hours=1)
    async with poisoned("INSERT ON queue_executions", "queue_id", poisonous):
        summary = await process.ticker.process_due_queues()
    assert (summary.due, summary.executed, summary.failed) == (6, 5, 0)


async def test_a_queue_that_cannot_even_be_read_holds_nobody_up(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X")
    unreadable, *others = await due_queues(alice, 4, clock.now + HOUR)
    await make_unreadable(unreadable)
    clock.advance(hours=1)
    summary = await process.ticker.process_due_queues()
    assert (summary.due, summary.executed, summary.failed) == (4, 3, 0)
    assert [len(await clones(alice, queue)) for queue in others] == [1, 1, 1]


@pytest.mark.parametrize("columns", [{"timezone": "Mars/Olympus"}, {"rule": "FREQ=FORTNIGHTLY", "interval": None}])
async def test_a_zone_or_rule_that_is_unknown_here_leaves_the_batch_whole_and_its_queue_to_a_newer_worker(
    alice: User, process: Process, clock: FakeClock, columns: dict[str, Any]
) -> None:
    await alice.connect("X")
    due = clock.now + HOUR
    newer, *others = await due_queues(alice, 4, due)
    await set_queue(newer, **columns)
    clock.advance(hours=1)
    with structlog.testing.capture_logs() as log:
        summary = await process.ticker.process_due_queues()
    assert (summary.due, summary.executed, summary.failed) == (4, 3, 0)
    assert {one["event"] for one in log if one["log_level"] in {"error", "critical"}} == set()
    ((queue_id, owner),) = [(one["queue"], one["owner"]) for one in log if one["event"] == "queue.passed"]
    assert (queue_id, owner) == (newer["id"], "alice")
    assert [len(await clones(alice, queue)) for queue in others] == [1, 1, 1]
    await set_queue(newer, timezone=None, rule=None, interval=7)
    assert (await process.ticker.process_due_queues()).executed == 1
    assert (await alice.queue(newer["id"]))["executions"]["nodes"][0]["scheduledTime"] == instant(due)


async def test_a_queue_that_cannot_be_read_stays_aside_where_another_breaks_its_batch(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X")
    newer, poisonous, *others = await due_queues(alice, 4, clock.now + HOUR)
    await set_queue(newer, timezone="Mars/Olympus")
    clock.advance(hours=1)
    async with poisoned("INSERT ON posts", "created_by_queue_id", poisonous):
        with structlog.testing.capture_logs() as log:
            summary = await process.ticker.process_due_queues()
    assert (summary.due, summary.executed, summary.failed) == (4, 2, 1)
    assert [one["queue"] for one in log if one["event"] == "queue.failed"] == [poisonous["id"]]
    assert [one["queue"] for one in log if one["event"] == "queue.passed"] == [newer["id"]]
    assert [len(await clones(alice, queue)) for queue in others] == [1, 1]


async def test_a_queue_that_cannot_be_read_is_a_warning_also_where_its_batch_broke_before_it_was_looked_at(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_batches, "LEDGER_ROWS_MAX", 1)
    await alice.connect("X")
    poisonous, newer, sound = [await due_queue(alice, clock.now + one * HOUR, {"x": "Hello"}) for one in (1, 2, 3)]
    await make_unreadable(newer)
    clock.advance(hours=3)
    async with poisoned("INSERT ON posts", "created_by_queue_id", poisonous):
        with structlog.testing.capture_logs() as log:
            summary = await process.ticker.process_due_queues()
    assert (summary.due, summary.executed, summary.failed) == (3, 1, 1)
    assert [(one["queue"], one["log_level"]) for one in log if one["event"] == "queue.passed"] == [
        (newer["id"], "warning")
    ]
    assert [one["queue"] for one in log if one["event"] == "queue.failed"] == [poisonous["id"]]
    assert len(await clones(alice, sound)) == 1


async def test_what_failed_leaves_no_half_of_a_clone(alice: User, process: Process, clock: FakeClock) -> None:
    await alice.connect("X", "LINKEDIN")
    queue = await due_queue(alice, clock.now + HOUR)
    clock.advance(hours=1)
    async with poisoned("UPDATE ON recurring_queues", "id", queue):
        await process.ticker.process_due_queues()
    counts: Sequence[int] = [await table.all().count() for table in (Post, Publication, QueueExecution)]
    assert counts == [1, 2, 0]
