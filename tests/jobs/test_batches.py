"""Batches of one call: until nothing is left, alone in their process, and not for ever."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from support.ticks import alarms, forget_alarms

from perennial.jobs import batches
from perennial.jobs.single_flight import SingleFlight
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process

Batch = Callable[[], Awaitable[object]]


class Calls:
    """Calls that find so many batches to do, in a process that nobody stops yet."""

    def __init__(self, process: Process, left: int) -> None:
        self.process, self.left = process, left
        self.single_flight, self.stopping = SingleFlight(1), asyncio.Event()

    async def batch(self) -> bool:
        """One of them; whether there was one."""
        self.left -= 1
        return self.left >= 0

    async def call(self, batch: Batch | None = None) -> bool:
        """One of the calls."""
        found = (self.process.alarms, self.single_flight, self.stopping)
        return await batches.do_batches(batch or self.batch, WorkerFunction.PUBLISH, *found)


@pytest.fixture
async def calls(process: Process) -> Calls:
    """Calls that find three batches to do, where nothing else is called for."""
    await forget_alarms(process)
    return Calls(process, 3)


async def test_a_call_does_all_and_says_so(calls: Calls, process: Process) -> None:
    assert await calls.call()
    assert calls.left == -1
    assert await alarms(process, WorkerFunction.PUBLISH) == []


async def test_a_second_call_does_nothing_but_makes_the_first_look_again(calls: Calls) -> None:
    """What it was made for may have come when the first had looked already."""
    seen = list[bool]()

    async def batch() -> bool:
        if not seen:
            calls.left = 0
            seen.append(await calls.call())
        return await calls.batch()

    assert await calls.call(batch)
    assert (seen, calls.left) == ([False], -2)


async def test_one_that_is_to_stop_leaves_the_rest(calls: Calls) -> None:
    calls.stopping.set()
    assert not await calls.call()
    assert calls.left == 3
    calls.stopping.clear()
    assert await calls.call(), "its place is free again"


async def test_one_that_has_taken_long_enough_has_another_go_on(
    calls: Calls, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCHES_SECONDS_MAX", -1.0)
    assert not await calls.call()
    assert calls.left == 2
    assert len(await alarms(process, WorkerFunction.PUBLISH)) == 1
