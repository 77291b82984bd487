"""Several workers at once, and owners who change their queues meanwhile: nothing is done twice, nothing is lost."""

import asyncio
from contextvars import copy_context
from datetime import timedelta
from typing import Any

import pytest
from support.api import DELETE_POST, DELETE_QUEUE, PAUSE_QUEUE, UPDATE_QUEUE, User
from support.clock import FakeClock
from support.races import Pause, meanwhile
from support.ticks import HOUR, alarms, clones, due_queue, due_queues, forget_alarms, ledger

from perennial.core.instants import instant
from perennial.db import bulk
from perennial.db.models import ConnectedAccount
from perennial.db.sql import run_sql
from perennial.db.transactions import transaction
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.queues import queues as owners
from perennial.queues.tick import _due_queues as work
from perennial.queues.tick import ticker as tick
from perennial.queues.tick.ticker import Ticker
from perennial.settings import CronPeriod

on_postgres = pytest.mark.parametrize("database", ["postgres"], indirect=True)


async def test_several_tickers_at_once_never_double(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "TICK_BATCH_SIZE", 3)
    await alice.connect("X")
    queues = await due_queues(alice, 20, clock.now + HOUR)
    clock.advance(hours=1)
    tickers = [Ticker(process.alarms, process.events, CronPeriod.MINUTE, asyncio.Event()) for _ in range(8)]
    summaries = await asyncio.gather(*(ticker.process_due_queues() for ticker in tickers for _ in range(2)))
    assert sum(one.executed for one in summaries) == sum(one.due for one in summaries) == 20
    for queue in queues:
        assert len(await clones(alice, queue)) == 1
        assert await ledger(alice, queue) == [("EXECUTED", None)]
        assert (await alice.queue(queue["id"]))["executionCount"] == 1


@on_postgres
async def test_ticks_with_an_owner_in_common_work_side_by_side(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first has written all but the heads; the second, and a claim, which raises the head, pass it by."""
    monkeypatch.setattr(work, "TICK_BATCH_SIZE", 1)
    await alice.connect("X")
    for text in ("Hello", "Good evening"):
        await due_queue(alice, clock.now + HOUR, {"x": text})
    clock.advance(hours=1)
    pause = Pause(bulk.update)
    monkeypatch.setattr(bulk, "update", pause)
    first = asyncio.create_task(process.ticker.process_due_queues())
    await pause.reached.wait()
    another = Ticker(process.alarms, process.events, CronPeriod.MINUTE, asyncio.Event())
    assert (await another.process_due_queues()).executed == 1
    assert await process.publisher.publish_due() == {"published": 1}
    assert (await ConnectedAccount.get()).next_due is None
    pause.go_on.set()
    assert (await first).executed == 1
    assert (await ConnectedAccount.get()).next_due == clock.now
    assert await process.publisher.publish_due() == {"published": 1}


@on_postgres
async def test_an_owner_whose_account_somebody_holds_holds_up_no_other(
    alice: User, bob: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor are that owner's occurrences failures: they run once it is let go."""
    monkeypatch.setattr(tick, "TICK_LOCK_SECONDS", 0.05)
    for user in (alice, bob):
        await user.connect("X")
    queues = [await due_queue(user, clock.now + HOUR, {"x": "Hello"}) for user in (alice, alice, bob)]
    clock.advance(hours=1)
    outside = copy_context()  # what is asked in here would be in our transaction
    async with transaction():
        await run_sql("SELECT id FROM connected_accounts WHERE clerk_user_id = 'alice' FOR UPDATE")
        summary = await asyncio.create_task(process.ticker.process_due_queues(), context=outside)
        assert (summary.executed, summary.failed) == (1, 0)
    assert await ledger(bob, queues[2]) == [("EXECUTED", None)]
    assert (await process.ticker.process_due_queues()).executed == 2
    for queue in queues[:2]:
        assert await ledger(alice, queue) == [("EXECUTED", None)]


async def race(alice: User, process: Process, patch: pytest.MonkeyPatch, mutation: str, **variables: Any) -> Any:
    """The mutation comes while a tick has written and not yet committed."""
    pause = Pause(work.write_plans)
    patch.setattr(work, "write_plans", pause)
    return await meanwhile(pause, process.ticker.process_due_queues(), alice.do(mutation, **variables))


@on_postgres
async def test_an_owner_who_changes_a_queue_during_a_tick_loses_nothing(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    due = clock.now + HOUR
    queue = await due_queue(alice, due, {"x": "Hello"}, interval=7, maxExecutions=1)
    clock.advance(hours=1)
    changes = {"interval": 2, "maxExecutions": 9, "nextScheduledTime": instant(due + timedelta(days=3))}
    await race(alice, process, monkeypatch, UPDATE_QUEUE, id=queue["id"], input=changes)
    queue = await alice.queue(queue["id"])
    assert (queue["interval"], queue["maxExecutions"]) == (2, 9)
    assert queue["nextScheduledTime"] == instant(due + timedelta(days=3))
    assert (queue["executionCount"], queue["lastExecutedTime"]) == (1, instant(due))


@on_postgres
async def test_an_owner_who_pauses_a_queue_during_a_tick_finds_it_paused_after_its_run(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    queue = await due_queue(alice, clock.now + HOUR, {"x": "Hello"})
    clock.advance(hours=1)
    await race(alice, process, monkeypatch, PAUSE_QUEUE, id=queue["id"])
    queue = await alice.queue(queue["id"])
    assert (queue["status"], queue["executionCount"]) == ("PAUSED", 1)
    assert len(await clones(alice, queue)) == 1


@on_postgres
async def test_a_queue_that_is_deleted_during_a_tick_is_gone_and_its_clone_is_left_alone(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    queue = await due_queue(alice, clock.now + HOUR, {"x": "Hello"})
    clock.advance(hours=1)
    await race(alice, process, monkeypatch, DELETE_QUEUE, id=queue["id"])
    assert await alice.queue(queue["id"]) is None
    (clone,) = await clones(alice, queue)
    assert clone["status"] == "SCHEDULED"


@on_postgres
async def test_an_original_that_is_deleted_during_a_tick_leaves_the_clone(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    queue = await due_queue(alice, clock.now + HOUR, {"x": "Hello"}, interval=1)
    clock.advance(hours=1)
    await race(alice, process, monkeypatch, DELETE_POST, id=queue["originalPostId"])
    assert (await alice.queue(queue["id"]))["executionCount"] == 1
    assert len(await clones(alice, queue)) == 1
    clock.advance(days=1)
    await process.ticker.process_due_queues()
    assert (await alice.queue(queue["id"]))["statusReason"] == "ORIGINAL_POST_DELETED"


@on_postgres
async def test_a_queue_its_owner_is_just_changing_is_left_alone_and_called_for_again(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    held, other = await due_queues(alice, 2, clock.now + HOUR)
    now = clock.advance(hours=1)
    await forget_alarms(process)
    pause = Pause(owners.write_queue)
    monkeypatch.setattr(owners, "write_queue", pause)
    change = asyncio.create_task(alice.do(UPDATE_QUEUE, id=held["id"], input={"maxExecutions": 5}))
    await pause.reached.wait()
    assert (await process.ticker.process_due_queues()).executed == 1
    assert [len(await clones(alice, queue)) for queue in (held, other)] == [0, 1]
    (again,) = await alarms(process, WorkerFunction.PROCESS_QUEUES)
    assert instant(now + timedelta(seconds=1)) <= again <= instant(now + timedelta(seconds=2))
    pause.go_on.set()
    await change
    assert (await process.ticker.process_due_queues()).executed == 1
    queue = await alice.queue(held["id"])
    assert (queue["maxExecutions"], queue["executionCount"]) == (5, 1)
