"""Batch after batch, with the help of others, until nothing is due."""

import asyncio
from typing import Any

import pytest
from support.api import User
from support.clock import FakeClock
from support.ticks import HOUR, alarms, clones, due_queue, due_queues, forget_alarms

from perennial.core.instants import instant
from perennial.jobs import alarms as alarm_clock
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.queues.tick import _due_queues as work
from perennial.queues.tick import ticker as tick


async def fresh_calls(process: Process) -> int:
    """How many calls wait that are for no instant."""
    return sum(one.startswith("now:") for one in await alarms(process, WorkerFunction.PROCESS_QUEUES))


@pytest.mark.parametrize(("seconds", "calls"), [(1_000.0, 1), (0.0, 3)])
async def test_a_tick_processes_batch_after_batch_and_calls_for_help_once_in_a_while(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, seconds: float, calls: int
) -> None:
    monkeypatch.setattr(work, "TICK_BATCH_SIZE", 2)
    monkeypatch.setattr(alarm_clock, "FAN_OUT_SECONDS", seconds)
    await alice.connect("X")
    queues = await due_queues(alice, 7, clock.now + HOUR)
    clock.advance(hours=1)
    summary = await process.ticker.process_due_queues()
    assert (summary.due, summary.executed) == (7, 7)
    assert [len(await clones(alice, queue)) for queue in queues] == [1] * 7
    assert await fresh_calls(process) == calls


async def test_a_batch_that_is_not_full_calls_for_no_help(alice: User, process: Process, clock: FakeClock) -> None:
    await alice.connect("X")
    await due_queues(alice, 3, clock.now + HOUR)
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    assert await fresh_calls(process) == 0


async def test_the_longest_due_queues_come_first_and_the_rest_is_handed_over_when_the_time_is_up(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "TICK_BATCH_SIZE", 2)
    monkeypatch.setattr(tick, "TICK_SECONDS_MAX", -1.0)
    await alice.connect("X")
    last = await due_queue(alice, clock.now + 3 * HOUR, {"x": "Hello"})
    middle = await due_queue(alice, clock.now + 2 * HOUR, {"x": "Hello"})
    first = await due_queue(alice, clock.now + HOUR, {"x": "Hello"})
    clock.advance(hours=3)
    assert (await process.ticker.process_due_queues()).executed == 2
    assert [len(await clones(alice, queue)) for queue in (first, middle, last)] == [1, 1, 0]
    assert await fresh_calls(process) == 1
    assert (await process.ticker.process_due_queues()).executed == 1


async def test_a_tick_that_is_told_to_stop_hands_its_work_over(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "TICK_BATCH_SIZE", 2)
    await alice.connect("X")
    await due_queues(alice, 3, clock.now + HOUR)
    clock.advance(hours=1)
    write = work.write_plans

    async def stops(*args: Any) -> None:
        await write(*args)
        process.stopping.set()

    monkeypatch.setattr(work, "write_plans", stops)
    assert (await process.ticker.process_due_queues()).executed == 2
    await forget_alarms(process)
    assert (await process.ticker.process_due_queues()).due == 0
    assert await fresh_calls(process) == 1


async def test_a_third_call_only_wakes_the_others_and_even_those_that_were_leaving_do_its_work(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    leaving: asyncio.Queue[None] = asyncio.Queue()
    may_leave = asyncio.Event()
    first = work.earliest

    async def finds_nothing(*args: Any) -> Any:
        found = await first(*args)
        leaving.put_nowait(None)
        await may_leave.wait()
        return found

    monkeypatch.setattr(work, "earliest", finds_nothing)
    two = [asyncio.create_task(process.ticker.process_due_queues()) for _ in range(2)]
    for _ in two:
        await leaving.get()
    queue = await due_queue(alice, clock.now + HOUR, {"x": "Hello"})
    clock.advance(hours=1)
    assert (await process.ticker.process_due_queues()).due == 0
    assert await clones(alice, queue) == []
    may_leave.set()
    assert sum([(await one).executed for one in two]) == 1
    assert len(await clones(alice, queue)) == 1


async def test_what_falls_due_while_a_tick_is_leaving_is_called_for(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    due = clock.now + HOUR
    await due_queue(alice, due, {"x": "Hello"})
    await forget_alarms(process)
    clock.advance(minutes=59, seconds=59, milliseconds=990)
    first = work.earliest

    async def looks_in_vain(*args: Any) -> Any:
        found = await first(*args)
        clock.advance(milliseconds=20)
        return found

    monkeypatch.setattr(work, "earliest", looks_in_vain)
    assert (await process.ticker.process_due_queues()).due == 0
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == [instant(due)]
