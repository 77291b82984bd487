"""A pause that workers and its owner end at one moment: it ends once, and what the owner does meanwhile stands."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from structlog.testing import capture_logs
from support.api import (
    DELETE_QUEUE,
    PAUSE_ALL_QUEUES,
    PAUSE_QUEUE,
    RESUME_ALL_QUEUES,
    RUN_QUEUE_NOW,
    SKIP_OCCURRENCE,
    UPDATE_QUEUE,
    User,
)
from support.clock import FakeClock
from support.races import Pause, at_once
from support.ticks import HOUR, alarms, due_queue, due_queues, forget_alarms

from perennial.core.instants import instant
from perennial.core.states import QueueStatus
from perennial.db.models import QueueExecution, RecurringQueue
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.queues.pausing import ending, pauses
from perennial.queues.recurrence.columns import changed_text
from perennial.queues.tick.ticker import Ticker
from perennial.settings import CronPeriod

pytestmark = pytest.mark.parametrize("database", ["postgres"], indirect=True)
DAY = timedelta(days=1)

# Who comes first. They are stopped when they have locked the queue by this function, and have written nothing yet.
FIRST = {"a tick": "lock_ended", "a tick whose batch failed": "lock_one_ended", "the owner": "lock_ended_of"}

# What the owner does meanwhile: with the queue, whose next slot this is; and the columns that say so.
EDITS: dict[str, tuple[str, Callable[[datetime], dict[str, Any]], Callable[[datetime], dict[str, Any]]]] = {
    "pause again": (PAUSE_QUEUE, lambda slot: {"until": slot + DAY}, lambda slot: {"paused_until": slot + DAY}),
    "give a time": (
        UPDATE_QUEUE,
        lambda slot: {"input": {"nextScheduledTime": instant(slot + HOUR)}},
        lambda slot: {"next_scheduled_time": slot + HOUR},
    ),
    "skip": (
        SKIP_OCCURRENCE,
        lambda slot: {"scheduledTime": slot},
        lambda slot: {"changed_occurrences": changed_text({slot.replace(tzinfo=None): None})},
    ),
    "run": (RUN_QUEUE_NOW, lambda _: {"idempotencyKey": "by hand"}, lambda _: {"execution_count": 1}),
}


@pytest.fixture
async def queue(alice: User, clock: FakeClock) -> Any:
    """Alice's, which runs every day from an hour hence."""
    await alice.connect("X")
    return await due_queue(alice, clock.now + HOUR, {"x": "Hello"}, interval=1)


@pytest.fixture
def begin(alice: User, process: Process, queue: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets one of FIRST begin to end the pause; returns where it is stopped, and what it does."""

    def begin(first: str) -> tuple[Pause, Awaitable[Any]]:
        if first == "a tick whose batch failed":
            monkeypatch.setattr(ending, "end_pauses_at_their_time", failing_once(ending.end_pauses_at_their_time))
        pause = Pause(getattr(ending, FIRST[first]))
        monkeypatch.setattr(ending, FIRST[first], pause)
        if first == "the owner":
            return pause, alice.do(UPDATE_QUEUE, id=queue["id"], input={"maxExecutions": 9})
        return pause, process.ticker.process_due_queues()

    return begin


@pytest.fixture(params=[False, True], ids=["in a batch", "one by one, as the batch failed"])
def resume_all(alice: User, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets Alice begin to resume all queues; returns where that is stopped: the queues are locked, and as they were."""

    async def nothing() -> None: ...

    def begin() -> tuple[Pause, Awaitable[Any]]:
        end_pauses, pause, calls = ending.end_pauses, Pause(nothing), count()

        async def stopped(*given: Any) -> Any:
            if request.param and not next(calls):
                raise RuntimeError("a bug")
            await pause()
            return await end_pauses(*given)

        monkeypatch.setattr(ending, "end_pauses", stopped)
        return pause, alice.do(RESUME_ALL_QUEUES, input={"from": "NEXT_SLOT"})

    return begin


def failing_once(function: Any) -> Any:
    """The function, of which the first call fails."""
    calls = list[Any]()

    async def failing(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 1:
            raise RuntimeError("a bug")
        return await function(*given)

    return failing


def name_of(queue: Any, edit: str) -> dict[str, str]:
    """The queue, as the edit names it."""
    return {"queueId" if edit == "skip" else "id": queue["id"]}


def another_tick(process: Process) -> Awaitable[Any]:
    """That of another worker."""
    return Ticker(process.alarms, process.events, CronPeriod.MINUTE, asyncio.Event()).process_due_queues()


async def reasons() -> list[str | None]:
    """Those of all rows of the ledger, in the order of their times."""
    return [row.reason for row in await QueueExecution.all().order_by("scheduled_time")]


def nothing_failed(first: str, log: list[Any]) -> bool:
    """Whether nothing went wrong, but for the batch that fails on purpose."""
    errors = [line["event"] for line in log if line["log_level"] == "error"]
    return errors == (["pauses.failed"] if first == "a tick whose batch failed" else [])


@pytest.mark.parametrize("passed", [0, 1])
@pytest.mark.parametrize("first", FIRST)
async def test_it_ends_once_and_what_falls_due_at_its_end_runs_once(
    alice: User, process: Process, clock: FakeClock, queue: Any, begin: Any, first: str, passed: int
) -> None:
    """Whether or not something has fallen due meanwhile, which only one could write into the ledger."""
    end = clock.now + HOUR + passed * DAY
    await alice.do(PAUSE_QUEUE, id=queue["id"], until=end)
    clock.now = end
    with capture_logs() as log:
        await at_once(*begin(first), another_tick(process))
        await another_tick(process)
    assert await reasons() == ["PAUSED"] * passed + [None]
    row = await RecurringQueue.get()
    assert (row.execution_count, row.next_scheduled_time) == (1, end + DAY)
    assert [line["event"] for line in log if line["event"] == "queue.resumed"] == ["queue.resumed"]
    assert nothing_failed(first, log)


@pytest.mark.parametrize("passed", [0, 1])
@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("first", FIRST)
async def test_what_the_owner_does_meanwhile_stands(
    alice: User, clock: FakeClock, queue: Any, begin: Any, first: str, edit: str, passed: int
) -> None:
    slot = clock.now + HOUR + passed * DAY
    await alice.do(PAUSE_QUEUE, id=queue["id"], until=slot - HOUR / 2)
    clock.now = slot - HOUR / 2
    mutation, given, wanted = EDITS[edit]
    with capture_logs() as log:
        await at_once(*begin(first), alice.do(mutation, **name_of(queue, edit), **given(slot)))
    columns = dict(await RecurringQueue.get())
    assert columns == columns | wanted(slot) | ({"max_executions": 9} if first == "the owner" else {})
    assert await reasons() == ["PAUSED"] * passed + [None] * (edit == "run")
    assert nothing_failed(first, log)


@pytest.mark.parametrize("passed", [0, 1])
@pytest.mark.parametrize("first", ["a tick", "a tick whose batch failed"])
async def test_a_queue_that_is_deleted_meanwhile_is_gone(
    alice: User, clock: FakeClock, queue: Any, begin: Any, first: str, passed: int
) -> None:
    end = clock.now + passed * DAY + HOUR / 2
    await alice.do(PAUSE_QUEUE, id=queue["id"], until=end)
    clock.now = end
    with capture_logs() as log:
        await at_once(*begin(first), alice.do(DELETE_QUEUE, id=queue["id"]))
    assert await RecurringQueue.exists() is False
    assert await reasons() == []
    assert nothing_failed(first, log)


@pytest.mark.parametrize("passed", [0, 1])
@pytest.mark.parametrize("edit", EDITS)
async def test_what_the_owner_does_while_all_are_resumed_stands(
    alice: User, clock: FakeClock, queue: Any, resume_all: Any, edit: str, passed: int
) -> None:
    slot = clock.now + HOUR + passed * DAY
    await alice.do(PAUSE_ALL_QUEUES, input={})
    clock.now = slot - HOUR / 2
    mutation, given, wanted = EDITS[edit]
    await at_once(*resume_all(), alice.do(mutation, **name_of(queue, edit), **given(slot)))
    columns = dict(await RecurringQueue.get())
    assert columns == columns | wanted(slot)
    assert await reasons() == ["PAUSED"] * passed + [None] * (edit == "run")


@pytest.mark.parametrize("passed", [0, 1])
async def test_two_who_resume_all_resume_each_once(
    alice: User, clock: FakeClock, queue: Any, resume_all: Any, passed: int
) -> None:
    await alice.do(PAUSE_ALL_QUEUES, input={})
    clock.advance(minutes=30, days=passed)
    counts = list[int]()

    async def resumed(by: Awaitable[Any]) -> None:
        counts.append((await by)["count"])

    pause, first = resume_all()
    await at_once(pause, resumed(first), resumed(alice.do(RESUME_ALL_QUEUES, input={"from": "NEXT_SLOT"})))
    assert sorted(counts) == [0, 1]
    assert await reasons() == ["PAUSED"] * passed


async def test_a_tick_waits_for_none_that_somebody_has_and_is_called_for_again(
    alice: User, process: Process, clock: FakeClock, queue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner began to pause it for longer before the end."""
    (other,) = await due_queues(alice, 1, clock.now + HOUR)
    end = clock.now + HOUR / 2
    for one in (queue, other):
        await alice.do(PAUSE_QUEUE, id=one["id"], until=end)
    pause = Pause(pauses.lock_queue)
    monkeypatch.setattr(pauses, "lock_queue", pause)
    await forget_alarms(process)

    async def tick_at_the_end() -> None:
        clock.now = end
        await another_tick(process)

    longer = alice.do(PAUSE_QUEUE, id=queue["id"], until=end + DAY)
    assert await at_once(pause, longer, tick_at_the_end()) == (None, False)
    rows = {str(row.id): (row.status, row.paused_until) for row in await RecurringQueue.all()}
    assert rows == {queue["id"]: (QueueStatus.PAUSED, end + DAY), other["id"]: (QueueStatus.ACTIVE, None)}
    (again,) = await alarms(process, WorkerFunction.PROCESS_QUEUES)
    assert instant(end + timedelta(seconds=1)) <= again <= instant(end + timedelta(seconds=2))
