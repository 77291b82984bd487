"""A pause that has a time ends then, whoever comes first and however late."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs
from support.api import DELETE_POST, PAUSE_QUEUE, PAUSE_QUEUES, RESUME_QUEUE, User
from support.clock import FakeClock
from support.races import Pause, meanwhile
from support.rows import add_executions, set_queue
from support.ticks import HOUR, Rotation, Tick, alarms, clones, due_queue, due_queues, forget_alarms, ledger

from perennial.core.instants import instant
from perennial.core.states import MissedRuns, QueueStatus
from perennial.db import bulk, sql
from perennial.db.models import QueueExecution, RecurringQueue
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.queues import _batches
from perennial.queues.pausing import ended_pauses, ending
from perennial.queues.tick import _due_queues
from perennial.queues.tick.ticker import Ticker
from perennial.settings import CronPeriod

DAY = timedelta(days=1)
on_postgres = pytest.mark.parametrize("database", ["postgres"], indirect=True)


@pytest.fixture
async def daily(alice: User, clock: FakeClock) -> Any:
    """Alice's queue: every day from an hour hence, with an account to publish from."""
    await alice.connect("X")
    return await due_queue(alice, clock.now + HOUR, {"x": "Hello"}, interval=1)


async def row_of(queue: Any) -> RecurringQueue:
    return await RecurringQueue.get(id=queue["id"])


async def test_the_queue_goes_on_with_its_first_slot_after_the_pause(
    alice: User, clock: FakeClock, daily: Any, tick: Tick
) -> None:
    first = clock.now + HOUR
    until = first + 2 * DAY + HOUR
    paused = await alice.do(PAUSE_QUEUE, id=daily["id"], until=until, reason="On holiday")
    assert (paused["status"], paused["pausedUntil"], paused["pauseReason"]) == ("PAUSED", instant(until), "On holiday")
    clock.now = until - timedelta(milliseconds=1)
    await tick()
    assert await alice.queue(daily["id"]) == paused
    clock.now = until
    assert (await tick()).due == 0
    resumed = await alice.queue(daily["id"])
    assert (resumed["status"], resumed["pausedUntil"], resumed["pauseReason"]) == ("ACTIVE", None, None)
    assert resumed["nextScheduledTime"] == instant(first + 3 * DAY)
    (passed,) = await QueueExecution.filter(queue_id=daily["id"])
    assert (passed.reason, passed.scheduled_time, passed.until, passed.missed_count) == (
        "PAUSED",
        first,
        first + 2 * DAY,
        3,
    )


async def test_what_falls_due_at_the_very_end_runs(alice: User, clock: FakeClock, daily: Any, tick: Tick) -> None:
    first = clock.now + HOUR
    await alice.do(PAUSE_QUEUE, id=daily["id"], until=first + DAY)
    clock.now = first + DAY
    assert (await tick()).executed == 1
    rows = await QueueExecution.filter(queue_id=daily["id"]).order_by("scheduled_time")
    assert [(row.scheduled_time, row.reason) for row in rows] == [(first, "PAUSED"), (first + DAY, None)]


@pytest.mark.parametrize(("policy", "ran"), [(MissedRuns.RUN_LATEST, 1), (MissedRuns.SKIP, 0)])
async def test_what_falls_due_after_the_pause_and_before_a_late_tick_was_missed_not_paused(
    alice: User, clock: FakeClock, daily: Any, tick: Tick, policy: MissedRuns, ran: int
) -> None:
    first = clock.now + HOUR
    await set_queue(daily, missed_runs=policy)
    await alice.do(PAUSE_QUEUE, id=daily["id"], until=first + HOUR)
    clock.now = first + DAY + HOUR
    assert (await tick()).executed == ran
    rows = await QueueExecution.filter(queue_id=daily["id"]).order_by("scheduled_time")
    reasons = [(row.scheduled_time, row.reason) for row in rows]
    assert reasons == [(first, "PAUSED"), (first + DAY, None if ran else "MISSED")]


async def test_a_pending_occurrence_behind_the_pause_stays(
    alice: User, clock: FakeClock, daily: Any, tick: Tick
) -> None:
    await alice.do(PAUSE_QUEUE, id=daily["id"], until=clock.now + HOUR / 2)
    clock.advance(minutes=30)
    await tick()
    resumed = await row_of(daily)
    assert (resumed.status, resumed.next_scheduled_time) == (QueueStatus.ACTIVE, clock.now + HOUR / 2)
    assert await ledger(alice, daily) == []


async def test_an_alarm_is_set_for_the_end_and_again_by_a_tick(
    alice: User, clock: FakeClock, daily: Any, tick: Tick, process: Process
) -> None:
    until = clock.now + timedelta(seconds=30)
    for mutation, given in ((PAUSE_QUEUE, {"id": daily["id"]}), (PAUSE_QUEUES, {"ids": [daily["id"]]})):
        await forget_alarms(process)
        await alice.do(mutation, **given, until=until)
        assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == [instant(until)]
    await forget_alarms(process)
    await tick()
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == [instant(until)]


async def test_a_new_pause_takes_the_place_of_the_old_one(
    alice: User, clock: FakeClock, daily: Any, tick: Tick
) -> None:
    await alice.do(PAUSE_QUEUE, id=daily["id"], until=clock.now + HOUR, reason="For an hour")
    paused = await alice.do(PAUSE_QUEUE, id=daily["id"], until=clock.now + DAY)
    assert (paused["pausedUntil"], paused["pauseReason"]) == (instant(clock.now + DAY), None)
    paused = await alice.do(PAUSE_QUEUE, id=daily["id"])
    assert paused["pausedUntil"] is None
    clock.advance(days=2)
    await tick()
    assert (await row_of(daily)).status == QueueStatus.PAUSED


async def test_resuming_ends_the_pause_before_its_time(alice: User, clock: FakeClock, daily: Any, tick: Tick) -> None:
    await alice.do(PAUSE_QUEUE, id=daily["id"], until=clock.now + DAY, reason="On holiday")
    resumed = await alice.do(RESUME_QUEUE, id=daily["id"])
    assert (resumed["pausedUntil"], resumed["pauseReason"]) == (None, None)


@pytest.mark.parametrize("until", ["2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "soon"])
async def test_a_time_that_cannot_be_is_refused(alice: User, daily: Any, until: str) -> None:
    for mutation, given in ((PAUSE_QUEUE, {"id": daily["id"]}), (PAUSE_QUEUES, {"ids": [daily["id"]]})):
        refusal = await alice.refused(mutation, **given, until=until)
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "until")
    assert (await row_of(daily)).status == QueueStatus.ACTIVE


@pytest.mark.parametrize("reason", ["", " ", "x" * 256, "one\ntwo", "\x00"])
async def test_a_reason_is_one_line(alice: User, daily: Any, reason: str) -> None:
    refusal = await alice.refused(PAUSE_QUEUE, id=daily["id"], reason=reason)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "reason")


async def test_a_queue_with_nothing_to_repeat_is_completed(
    alice: User, clock: FakeClock, daily: Any, tick: Tick
) -> None:
    await alice.do(PAUSE_QUEUE, id=daily["id"], until=clock.now + HOUR)
    await alice.do(DELETE_POST, id=daily["originalPostId"])
    clock.advance(hours=1)
    await tick()
    completed = await row_of(daily)
    assert (completed.status, completed.status_reason) == (QueueStatus.COMPLETED, "ORIGINAL_POST_DELETED")
    assert (completed.paused_until, completed.pause_reason) == (None, None)


async def test_a_queue_that_names_no_post_goes_on_with_those_that_it_has(
    alice: User, clock: FakeClock, tick: Tick
) -> None:
    """As where a version without rotations has deleted the post whose turn it was."""
    await alice.connect("X")
    rotation = await Rotation.start(alice, clock, tick, "AB")
    await alice.do(PAUSE_QUEUE, id=rotation.queue["id"], until=clock.now + HOUR / 4)
    await set_queue(rotation.queue, original_post_id=None)
    clock.advance(minutes=15)
    await tick()
    assert (await row_of(rotation.queue)).status == QueueStatus.ACTIVE
    await rotation.run(2)
    assert await rotation.ran() == "AB"


async def test_a_long_pause_reads_nothing_of_the_ledgers_but_what_it_may_add(
    alice: User, clock: FakeClock, tick: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger of the other has the row that is due and thirty before it."""
    await alice.connect("X")
    long_paused, other = await due_queues(alice, 2, clock.now + HOUR, interval=1)
    first = clock.now + HOUR
    await alice.do(PAUSE_QUEUE, id=long_paused["id"], until=first + 30 * DAY + HOUR)
    await set_queue(other, next_scheduled_time=first + 30 * DAY)
    await alice.do(PAUSE_QUEUE, id=other["id"], until=first + 30 * DAY + HOUR)
    await add_executions(other, [first + day * DAY for day in range(31)])
    read, original = list[Any](), sql.fetch

    async def fetch(statement: str, values: Any) -> Any:
        rows = await original(statement, values)
        read.extend(rows if "queue_executions" in statement else [])
        return rows

    monkeypatch.setattr(sql, "fetch", fetch)
    monkeypatch.setattr(bulk, "fetch", fetch)
    clock.now = first + 30 * DAY + HOUR
    await tick()
    assert len(read) == 1
    assert await ledger(alice, long_paused) == [("SKIPPED", "PAUSED")]
    assert ("SKIPPED", "PAUSED") not in await ledger(alice, other)


async def test_a_queue_that_has_ended_meanwhile_is_completed(
    alice: User, clock: FakeClock, daily: Any, tick: Tick
) -> None:
    await set_queue(daily, ends_at=clock.now + 2 * HOUR)
    await alice.do(PAUSE_QUEUE, id=daily["id"], until=clock.now + DAY)
    clock.advance(days=2)
    await tick()
    completed = await row_of(daily)
    assert (completed.status, completed.status_reason) == (QueueStatus.COMPLETED, "ENDED")
    assert await ledger(alice, daily) == [("SKIPPED", "PAUSED")]


async def test_many_end_in_batches_and_several_workers_end_each_once(
    alice: User, clock: FakeClock, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "PAUSES_BATCH_SIZE", 3)
    await alice.connect("X")
    queues = await due_queues(alice, 10, clock.now + HOUR)
    await alice.do(PAUSE_QUEUES, ids=[queue["id"] for queue in queues], until=clock.now + 2 * HOUR)
    clock.advance(hours=2)
    tickers = [Ticker(process.alarms, process.events, CronPeriod.MINUTE, asyncio.Event()) for _ in range(4)]
    await asyncio.gather(*(ticker.process_due_queues() for ticker in tickers))
    for queue in queues:
        assert (await row_of(queue)).status == QueueStatus.ACTIVE
        assert await ledger(alice, queue) == [("SKIPPED", "PAUSED")]


async def test_a_pause_that_ends_while_a_tick_works_is_ended_by_it(
    alice: User, clock: FakeClock, daily: Any, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_due_queues, "TICK_BATCH_SIZE", 1)
    await due_queues(alice, 4, clock.now + HOUR)
    await alice.do(PAUSE_QUEUE, id=daily["id"], until=clock.now + HOUR + HOUR)
    clock.advance(hours=1)
    lock_due, locked = _due_queues.lock_due, list[int]()

    async def until_the_third(*given: Any) -> Any:
        locked.append(len(locked))
        if len(locked) == 3:
            clock.advance(hours=1)
        return await lock_due(*given)

    monkeypatch.setattr(_due_queues, "lock_due", until_the_third)
    assert (await process.ticker.process_due_queues()).executed == 4
    assert (await row_of(daily)).status == QueueStatus.ACTIVE


async def test_a_tick_with_nothing_to_do_asks_the_database_once(
    alice: User, clock: FakeClock, daily: Any, tick: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements, fetch = list[str](), sql.fetch

    async def counted(statement: str, values: Any) -> Any:
        statements.append(statement)
        return await fetch(statement, values)

    await alice.do(PAUSE_QUEUE, id=daily["id"], until=clock.now + HOUR)
    monkeypatch.setattr(sql, "fetch", counted)
    assert (await tick()).due == 0
    assert len(statements) == 1


async def test_one_that_cannot_be_read_is_set_aside_and_the_others_stay_a_batch(
    alice: User, clock: FakeClock, tick: Tick, process: Process
) -> None:
    await alice.connect("X")
    queues = await due_queues(alice, 4, clock.now + HOUR)
    await alice.do(PAUSE_QUEUES, ids=[one["id"] for one in queues], until=clock.now + HOUR / 2)
    ruled, zoned, policed, sound = queues
    await set_queue(ruled, rule="FREQ=HOURLY", interval=None)
    await set_queue(zoned, timezone="Europe/Atlantis", next_local_time="2026-12-01T09:00:00")
    await sql.run_sql("UPDATE recurring_queues SET missed_runs = 'run_twice' WHERE id = $1", UUID(policed["id"]))
    clock.advance(hours=1)
    with capture_logs() as lines:
        assert (await tick()).executed == 1
    assert len(await clones(alice, sound)) == 1
    assert (await row_of(ruled)).status == (await row_of(zoned)).status == QueueStatus.PAUSED
    assert sorted(line["queue"] for line in lines if line["event"] == "queue.passed") == sorted(
        one["id"] for one in (ruled, zoned, policed)
    )
    assert [line for line in lines if line["log_level"] == "error"] == []


async def test_many_rows_of_many_queues_are_written_in_batches(
    alice: User, clock: FakeClock, tick: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each queue every second date is excluded, so it makes a row for each of its days."""
    monkeypatch.setattr(_batches, "LEDGER_ROWS_MAX", 6)
    await alice.connect("X")
    first = clock.now + HOUR
    excluded = [str((first + number * DAY).date()) for number in range(0, 6, 2)]
    queues = await due_queues(alice, 5, first, interval=1, excludedDates=excluded)
    written, insert = list[int](), bulk.insert

    async def counted(model: Any, rows: Any) -> None:
        if model is QueueExecution:
            written.append(len(rows))
        await insert(model, rows)

    monkeypatch.setattr(bulk, "insert", counted)
    await alice.do(PAUSE_QUEUES, ids=[one["id"] for one in queues], until=first + 5 * DAY)
    clock.now = first + 5 * DAY
    assert (await tick()).executed == 5
    assert await QueueExecution.filter(reason="EXCLUDED_DATE").count() == 15
    assert (max(written), sum(written)) == (10, 30)
    for one in queues:
        await set_queue(one, next_scheduled_time=first, execution_count=0)
    await QueueExecution.all().delete()
    written.clear()
    assert (await tick()).executed == 5
    assert written == [8, 8, 4]


@on_postgres
async def test_an_owner_who_pauses_again_at_the_end_is_heard(
    alice: User, clock: FakeClock, daily: Any, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tick has ended the pause and not yet committed: the owner's waits for it, and the queue is paused."""
    await alice.do(PAUSE_QUEUE, id=daily["id"], until=clock.now + HOUR)
    clock.advance(hours=1)
    pause = Pause(ending.end_pauses_at_their_time)
    monkeypatch.setattr(ended_pauses.ending, "end_pauses_at_their_time", pause)
    await meanwhile(pause, process.ticker.process_due_queues(), alice.do(PAUSE_QUEUE, id=daily["id"]))
    row = await row_of(daily)
    assert (row.status, row.paused_until) == (QueueStatus.PAUSED, None)
