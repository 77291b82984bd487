"""An owner who comes just after a pause has ended, before a tick has, finds the queue as a tick would have left it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from support.api import (
    PAUSE_ALL_QUEUES,
    PAUSE_QUEUE,
    PAUSE_QUEUES,
    RESUME_ALL_QUEUES,
    RESUME_QUEUE,
    RESUME_QUEUES,
    RUN_QUEUE_NOW,
    SKIP_OCCURRENCE,
    UPDATE_QUEUE,
    User,
)
from support.clock import FakeClock
from support.rows import set_queue
from support.ticks import HOUR, Tick, alarms, due_queue, due_queues, forget_alarms

from perennial.core.instants import instant
from perennial.core.states import QueueStatus
from perennial.db import bulk
from perennial.db.models import QueueExecution, RecurringQueue
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.queues import _batches

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)

# What an owner does with a queue a second after its pause has ended at that time.
OPERATIONS: dict[str, tuple[str, Callable[[str, datetime], dict[str, Any]]]] = {
    "resume": (RESUME_QUEUE, lambda queue, _: {"id": queue}),
    "resume several": (RESUME_QUEUES, lambda queue, _: {"ids": [queue]}),
    "resume all": (RESUME_ALL_QUEUES, lambda *_: {"input": {}}),
    "update": (UPDATE_QUEUE, lambda queue, _: {"id": queue, "input": {"interval": 2}}),
    "skip": (SKIP_OCCURRENCE, lambda queue, end: {"queueId": queue, "scheduledTime": end + DAY}),
    "pause": (PAUSE_QUEUE, lambda queue, _: {"id": queue}),
    "pause several": (PAUSE_QUEUES, lambda queue, _: {"ids": [queue]}),
    "pause all": (PAUSE_ALL_QUEUES, lambda *_: {"input": {}}),
}


@pytest.fixture
async def end(alice: User, clock: FakeClock) -> datetime:
    """When the pauses end: at a queue's second slot."""
    await alice.connect("X")
    return clock.now + HOUR + DAY


@pytest.fixture
async def paused(alice: User, end: datetime) -> Any:
    """A daily queue of Alice's that is paused until its second slot."""
    queue = await due_queue(alice, end - DAY, {"x": "Hello"}, interval=1)
    await alice.do(PAUSE_QUEUE, id=queue["id"], until=end)
    return queue


async def row_of(queue: Any) -> RecurringQueue:
    return await RecurringQueue.get(id=queue["id"])


async def reasons(queue: Any) -> list[tuple[datetime, str | None]]:
    rows = await QueueExecution.filter(queue_id=queue["id"]).order_by("scheduled_time")
    return [(row.scheduled_time, row.reason) for row in rows]


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_slot_at_the_very_end_is_not_of_the_pause(
    alice: User, clock: FakeClock, end: datetime, paused: Any, tick: Tick, operation: str
) -> None:
    mutation, given = OPERATIONS[operation]
    clock.now = end + SECOND
    await alice.do(mutation, **given(paused["id"], end))
    assert await reasons(paused) == [(end - DAY, "PAUSED")]
    is_paused = operation.startswith("pause")
    row = await row_of(paused)
    assert (row.status, row.next_scheduled_time) == (QueueStatus.PAUSED if is_paused else QueueStatus.ACTIVE, end)
    assert (await tick()).executed == (0 if is_paused else 1)


async def test_a_run_by_hand_leaves_a_slot_at_the_very_end_to_the_tick(
    alice: User, clock: FakeClock, end: datetime, paused: Any, tick: Tick
) -> None:
    clock.now = end + SECOND
    await alice.do(RUN_QUEUE_NOW, id=paused["id"], idempotencyKey="by hand")
    assert await reasons(paused) == [(end - DAY, "PAUSED"), (end + SECOND, None)]
    row = await row_of(paused)
    assert (row.status, row.next_scheduled_time) == (QueueStatus.ACTIVE, end)
    assert (await tick()).executed == 1


async def test_the_end_is_announced_as_by_a_tick(
    alice: User, clock: FakeClock, end: datetime, paused: Any, process: Process
) -> None:
    clock.now = end + SECOND
    await forget_alarms(process)
    with capture_logs() as log:
        await alice.do(RESUME_QUEUE, id=paused["id"])
    assert [one["queue"] for one in log if one["event"] == "queue.resumed"] == [paused["id"]]
    assert [one["reason"] for one in log if one["event"] == "queue.executed"] == ["PAUSED"]
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES)


async def test_all_are_paused_again_with_those_that_no_tick_has_woken(
    alice: User, clock: FakeClock, end: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are, and though a row of the ledger fills a batch."""
    monkeypatch.setattr(_batches, "LEDGER_ROWS_MAX", 1)
    queues = await due_queues(alice, 3, end - DAY, interval=1)
    await alice.do(PAUSE_ALL_QUEUES, until=end)
    clock.now = end + SECOND
    answer = await alice.do(PAUSE_ALL_QUEUES, input={})
    assert (answer["count"], [one["code"] for one in answer["warnings"]]) == (3, ["PENDING_TIME_GIVEN_UP"])
    assert {(await row_of(queue)).paused_until for queue in queues} == {None}
    assert [len(await reasons(queue)) for queue in queues] == [1, 1, 1]


async def test_one_that_fails_holds_up_no_other(
    alice: User, clock: FakeClock, end: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays paused, so it is not counted, and has the pause of all others: no tick ends it meanwhile."""
    queues = await due_queues(alice, 3, end - DAY, interval=1)
    await alice.do(PAUSE_ALL_QUEUES, until=end)
    clock.now = end + SECOND
    insert = bulk.insert

    async def failing(model: Any, rows: Any) -> None:
        if any(str(getattr(row, "queue_id", "")) == queues[1]["id"] for row in rows):
            raise RuntimeError("a bug")
        await insert(model, rows)

    monkeypatch.setattr(bulk, "insert", failing)
    assert (await alice.do(PAUSE_ALL_QUEUES, input={}))["count"] == 2
    assert [len(await reasons(queue)) for queue in queues] == [1, 0, 1]
    assert [(await row_of(queue)).paused_until for queue in queues] == [None, None, None]


async def test_one_that_this_version_cannot_read_stays_as_it_is(
    alice: User, clock: FakeClock, end: datetime, paused: Any
) -> None:
    await set_queue(paused, timezone="Moon/Tranquility")
    clock.now = end + SECOND
    assert (await alice.do(PAUSE_ALL_QUEUES, input={}))["count"] == 0
    assert (await row_of(paused)).paused_until == end


async def test_other_owners_pauses_are_the_ticks(
    alice: User, bob: User, clock: FakeClock, end: datetime, paused: Any
) -> None:
    clock.now = end + SECOND
    await bob.do(RESUME_ALL_QUEUES, input={})
    assert (await bob.refused(RESUME_QUEUE, id=paused["id"])).code == "NOT_FOUND"
    assert (await row_of(paused)).paused_until == end
    assert instant(end) == (await alice.queue(paused["id"]))["pausedUntil"]
