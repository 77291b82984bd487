"""pauseAllQueues once more: what it has paused before has the new pause, and what others have paused keeps its own."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from support.api import PAUSE_ALL_QUEUES, PAUSE_QUEUE, RESUME_QUEUE, User
from support.clock import FakeClock
from support.races import Pause, meanwhile
from support.rows import set_queue
from support.ticks import HOUR, Tick, alarms, due_queue, due_queues, forget_alarms, ledger

from perennial.core.instants import instant
from perennial.core.states import QueueStatus
from perennial.db.models import RecurringQueue
from perennial.db.transactions import transaction
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.queues.owned import lock_queue
from perennial.queues.pausing import all_queues, ending
from perennial.queues.pausing.all_queues import AllQueues
from perennial.queues.pausing.pauses import Pause as OwnersPause

DAY = timedelta(days=1)
on_postgres = pytest.mark.parametrize("database", ["postgres"], indirect=True)


@pytest.fixture
async def queues(alice: User, clock: FakeClock) -> list[Any]:
    """Three of Alice's, every day from an hour hence, with an account to publish from."""
    await alice.connect("X")
    return await due_queues(alice, 3, clock.now + HOUR, interval=1)


async def pause_all(user: User, **given: Any) -> tuple[int, list[str]]:
    """How many queues were active, and the codes of the warnings."""
    answer = await user.do(PAUSE_ALL_QUEUES, input={}, **given)
    return answer["count"], [one["code"] for one in answer["warnings"]]


async def row_of(queue: Any) -> RecurringQueue:
    return await RecurringQueue.get(id=queue["id"])


def pause_of(row: RecurringQueue) -> tuple[QueueStatus, str | None, datetime | None, str | None]:
    return row.status, row.status_reason, row.paused_until, row.pause_reason


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param((5, "Rain"), (20, "Rain"), id="longer"),
        pytest.param((20, "Rain"), (5, "Rain"), id="shorter"),
        pytest.param((5, "Rain"), (None, "Rain"), id="without an end"),
        pytest.param((None, None), (5, "Rain"), id="with an end"),
        pytest.param((5, "Rain"), (5, "Snow"), id="for another reason"),
        pytest.param((5, "Rain"), (5, None), id="without a reason"),
        pytest.param((5, "Rain"), (None, None), id="for good"),
    ],
)
async def test_what_it_has_paused_before_has_the_new_pause_and_is_not_counted(
    alice: User,
    clock: FakeClock,
    tick: Tick,
    number: int,
    first: tuple[int | None, str | None],
    second: tuple[int | None, str | None],
) -> None:
    queues = await due_queues(alice, number, clock.now + HOUR, interval=1)
    start = clock.now

    def given(days: int | None, reason: str | None) -> dict[str, Any]:
        return {"until": start + days * DAY if days else None, "reason": reason}

    assert await pause_all(alice, **given(*first)) == (number, [])
    clock.advance(seconds=1)
    assert await pause_all(alice, **given(*second)) == (0, [])
    until, reason = given(*second).values()
    for queue in queues:
        row = await row_of(queue)
        assert pause_of(row) == (QueueStatus.PAUSED, "PAUSED_WITH_ALL", until, reason)
        assert row.updated_at == clock.now
    for day in (5, 20):
        clock.now = start + day * DAY
        await tick()
        expected = QueueStatus.ACTIVE if until is not None and until <= clock.now else QueueStatus.PAUSED
        assert {(await row_of(queue)).status for queue in queues} == {expected}


async def test_the_same_pause_once_more_writes_nothing(alice: User, clock: FakeClock, queues: list[Any]) -> None:
    for given in ({"until": clock.now + DAY, "reason": "Rain"}, {"until": clock.now + DAY}, {"reason": "Rain"}, {}):
        await pause_all(alice, **given)
        before = await row_of(queues[0])
        clock.advance(seconds=1)
        assert await pause_all(alice, **given) == (0, [])
        assert (await row_of(queues[0])).updated_at == before.updated_at


async def test_what_was_active_joins_those_that_were_paused_before_and_counts_alone(
    alice: User, clock: FakeClock, queues: list[Any]
) -> None:
    await pause_all(alice, until=clock.now + DAY)
    await alice.do(RESUME_QUEUE, id=queues[0]["id"], **{"from": "NEXT_SLOT"})
    assert await pause_all(alice, until=clock.now + 2 * DAY) == (1, [])
    assert {(await row_of(queue)).paused_until for queue in queues} == {clock.now + 2 * DAY}


async def test_what_was_paused_by_itself_or_by_the_service_or_is_somebody_elses_stays_as_it_is(
    alice: User, bob: User, clock: FakeClock, queues: list[Any]
) -> None:
    alone, stopped, completed = queues
    his = await due_queue(bob, clock.now + HOUR)
    await pause_all(bob, until=clock.now + DAY, reason="His")
    await pause_all(alice, until=clock.now + DAY)
    await alice.do(PAUSE_QUEUE, id=alone["id"], until=clock.now + DAY, reason="Alone")
    await set_queue(stopped, status_reason="REPEATED_FAILURES")
    await set_queue(completed, status=QueueStatus.COMPLETED, status_reason="ENDED", paused_until=None)
    before = [await row_of(queue) for queue in (*queues, his)]
    clock.advance(seconds=1)
    assert await pause_all(alice, until=clock.now + 2 * DAY, reason="New") == (0, ["PAUSES_THAT_END"])
    after = [await row_of(queue) for queue in (*queues, his)]
    assert [pause_of(row) for row in after] == [pause_of(row) for row in before]
    assert [row.updated_at for row in after] == [row.updated_at for row in before]


async def test_who_ends_before_the_new_end_is_told_and_an_alarm_is_set_for_it(
    alice: User, clock: FakeClock, queues: list[Any], process: Process
) -> None:
    await set_queue(queues[0], ends_at=clock.now + DAY)
    assert await pause_all(alice, until=clock.now + HOUR) == (3, [])
    await forget_alarms(process)
    soon = clock.now + timedelta(seconds=30)
    assert await pause_all(alice, until=soon) == (0, [])
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == [instant(soon)]
    assert await pause_all(alice, until=clock.now + 2 * DAY) == (0, ["ENDS_WITH_PAUSE"])


async def test_what_falls_due_in_the_longer_pause_does_not_run(
    alice: User, clock: FakeClock, queues: list[Any], tick: Tick
) -> None:
    await pause_all(alice, until=clock.now + DAY)
    await pause_all(alice, until=clock.now + 2 * DAY)
    for _ in range(2):
        clock.advance(days=1)
        await tick()
    clock.advance(hours=1)
    await tick()
    assert await ledger(alice, queues[0]) == [("EXECUTED", None), ("SKIPPED", "PAUSED")]
    assert (await row_of(queues[0])).execution_count == 1


@on_postgres
async def test_a_tick_that_ends_the_pauses_comes_first_and_they_are_paused_anew(
    alice: User, clock: FakeClock, queues: list[Any], process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call began before the pause was over, so it ends none itself."""
    until = clock.now + DAY
    await pause_all(alice, until=until)
    lock, one = Pause(ending.lock_ended), AllQueues(process.alarms, process.events, "alice", 1.0)
    monkeypatch.setattr(ending, "lock_ended", lock)
    clock.now = until
    again = one.pause(OwnersPause(until + DAY), until - timedelta(seconds=1), hold_scheduled=False)
    done = await meanwhile(lock, process.ticker.process_due_queues(), again)
    assert done.count == 3
    for queue in queues:
        assert pause_of(await row_of(queue)) == (QueueStatus.PAUSED, "PAUSED_WITH_ALL", until + DAY, None)
        assert await ledger(alice, queue) == [("SKIPPED", "PAUSED")]


@on_postgres
async def test_a_tick_that_comes_second_ends_no_pause(
    alice: User, clock: FakeClock, queues: list[Any], process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = clock.now + DAY
    await pause_all(alice, until=until)
    read, one = Pause(all_queues.read_overdue), AllQueues(process.alarms, process.events, "alice", 1.0)
    monkeypatch.setattr(all_queues, "read_overdue", read)
    clock.now = until
    again = asyncio.ensure_future(
        one.pause(OwnersPause(until + DAY), until - timedelta(seconds=1), hold_scheduled=False)
    )
    await read.reached.wait()
    await process.ticker.process_due_queues()
    read.go_on.set()
    assert (await again).count == 0
    await process.ticker.process_due_queues()
    assert {(await row_of(queue)).paused_until for queue in queues} == {until + DAY}


@on_postgres
async def test_calls_at_once_leave_one_pause_and_do_not_wait_in_a_circle(
    alice: User, clock: FakeClock, queues: list[Any]
) -> None:
    """Of which some find queues that others have paused already."""
    await pause_all(alice, until=clock.now + DAY)
    await alice.do(RESUME_QUEUE, id=queues[1]["id"], **{"from": "NEXT_SLOT"})
    results = await asyncio.gather(*(pause_all(alice, until=clock.now + days * DAY) for days in range(1, 7)))
    assert sorted(count for count, _ in results) == [0] * 5 + [1]
    assert len({(await row_of(queue)).paused_until for queue in queues}) == 1


@on_postgres
async def test_those_paused_before_and_those_that_are_active_are_locked_together_in_the_order_of_ids(
    alice: User, clock: FakeClock, queues: list[Any]
) -> None:
    """Somebody else who has the first, and then takes the second, gets it."""
    first, second, _ = sorted(UUID(queue["id"]) for queue in queues)
    await pause_all(alice, until=clock.now + DAY)
    await alice.do(RESUME_QUEUE, id=str(second), **{"from": "NEXT_SLOT"})
    lock = Pause(lock_queue)

    async def take_both() -> None:
        async with transaction():
            await lock("alice", first)
            await lock_queue("alice", second)

    assert await meanwhile(lock, take_both(), pause_all(alice)) == (1, [])
