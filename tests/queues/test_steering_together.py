"""Owners who steer a queue while a tick has it, and the other way round: nothing is lost, and nothing runs twice."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from support.api import (
    MOVE_OCCURRENCE,
    PAUSE_QUEUE,
    RESTORE_OCCURRENCE,
    RUN_QUEUE_NOW,
    SKIP_OCCURRENCE,
    Refusal,
    User,
)
from support.clock import FakeClock
from support.races import Pause, meanwhile
from support.ticks import HOUR, alarms, clones, due_queue, forget_alarms, ledger

from perennial.core.instants import instant
from perennial.db.models import QueueExecution, RecurringQueue
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.queues import steering
from perennial.queues.pausing import pauses
from perennial.queues.tick import _due_queues as work

pytestmark = pytest.mark.parametrize("database", ["postgres"], indirect=True)
DAY = timedelta(days=1)


@pytest.fixture
async def daily(alice: User, clock: FakeClock) -> Any:
    """Alice's queue, which is due now and every day from then on."""
    await alice.connect("X")
    queue = await due_queue(alice, clock.now + HOUR, {"x": "Hello"}, interval=1)
    clock.advance(hours=1)
    return queue


async def row_of(queue: Any) -> RecurringQueue:
    return await RecurringQueue.get(id=queue["id"])


@pytest.mark.parametrize("steer", [SKIP_OCCURRENCE, MOVE_OCCURRENCE, RESTORE_OCCURRENCE])
async def test_an_occurrence_that_a_tick_has_claimed_is_not_ahead_any_more(
    alice: User, process: Process, clock: FakeClock, daily: Any, monkeypatch: pytest.MonkeyPatch, steer: str
) -> None:
    pause = Pause(work.write_plans)
    monkeypatch.setattr(work, "write_plans", pause)
    to = {"to": instant(clock.now + HOUR)} if steer == MOVE_OCCURRENCE else {}
    edit = alice.refused(steer, queueId=daily["id"], scheduledTime=clock.now, input=to)
    refusal: Refusal = await meanwhile(pause, process.ticker.process_due_queues(), edit)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "scheduledTime")
    assert await ledger(alice, daily) == [("EXECUTED", None)]
    row = await row_of(daily)
    assert (row.next_scheduled_time, row.changed_occurrences) == (clock.now + DAY, None)


async def test_the_next_one_is_moved_although_a_tick_has_the_queue(
    alice: User, process: Process, clock: FakeClock, daily: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = Pause(work.write_plans)
    monkeypatch.setattr(work, "write_plans", pause)
    following, to = clock.now + DAY, clock.now + HOUR
    edit = alice.do(MOVE_OCCURRENCE, queueId=daily["id"], scheduledTime=following, to=to)
    moved = await meanwhile(pause, process.ticker.process_due_queues(), edit)
    assert (moved["executionCount"], moved["nextScheduledTime"]) == (1, instant(to))
    clock.now = to
    assert (await process.ticker.process_due_queues()).executed == 1
    assert await QueueExecution.filter(queue_id=daily["id"], scheduled_time=following, moved_to=to).count() == 1


async def held_by_an_edit(process: Process, monkeypatch: pytest.MonkeyPatch, module: Any, edit: Any) -> None:
    """A tick comes while the edit has the queue's row: it passes by, and is called for again."""
    pause = Pause(module.lock_queue)
    monkeypatch.setattr(module, "lock_queue", pause)
    await forget_alarms(process)
    editing = asyncio.create_task(edit)
    await pause.reached.wait()
    assert (await process.ticker.process_due_queues()).executed == 0
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES)
    pause.go_on.set()
    await editing


@pytest.mark.parametrize("to", [None, HOUR])
async def test_a_tick_sees_what_an_edit_that_came_first_has_done(
    alice: User, process: Process, clock: FakeClock, daily: Any, monkeypatch: pytest.MonkeyPatch, to: timedelta | None
) -> None:
    due: datetime = clock.now
    steer, given = (MOVE_OCCURRENCE, {"to": instant(due + to)}) if to else (SKIP_OCCURRENCE, {})
    edit = alice.do(steer, queueId=daily["id"], scheduledTime=due, input=given)
    await held_by_an_edit(process, monkeypatch, steering, edit)
    await process.ticker.process_due_queues()
    assert await clones(alice, daily) == []
    assert await ledger(alice, daily) == ([] if to else [("SKIPPED", "SKIPPED_BY_OWNER")])
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    assert len(await clones(alice, daily)) == (1 if to else 0)


async def test_a_tick_sees_a_pause_that_came_first(
    alice: User, process: Process, clock: FakeClock, daily: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await held_by_an_edit(process, monkeypatch, pauses, alice.do(PAUSE_QUEUE, id=daily["id"]))
    assert (await process.ticker.process_due_queues()).due == 0
    assert await ledger(alice, daily) == []


async def test_a_run_by_hand_waits_for_the_tick_and_both_count(
    alice: User, process: Process, clock: FakeClock, daily: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = Pause(work.write_plans)
    monkeypatch.setattr(work, "write_plans", pause)
    by_hand = alice.execute(RUN_QUEUE_NOW, id=daily["id"], idempotencyKey="once")
    answer = await meanwhile(pause, process.ticker.process_due_queues(), by_hand)
    assert answer["data"]["runQueueNow"]["queue"]["executionCount"] == 2
    rows = await QueueExecution.filter(queue_id=daily["id"]).order_by("scheduled_time")
    assert [(row.extra, row.scheduled_time - clock.now) for row in rows] == [
        (False, timedelta()),
        (True, timedelta(milliseconds=1)),
    ]


async def test_two_requests_with_one_key_at_the_same_moment_run_the_queue_once(alice: User, daily: Any) -> None:
    given = {"id": daily["id"], "idempotencyKey": "once"}
    answers = await asyncio.gather(*(alice.execute(RUN_QUEUE_NOW, **given) for _ in range(4)))
    ids = {answer["data"]["runQueueNow"]["execution"]["id"] for answer in answers}
    assert (len(ids), len(await clones(alice, daily))) == (1, 1)
