"""Connection and time-out errors are no fault of a queue's: they end the tick and leave its queues due.

A lock that is not to be had is no fault either, but only of some queues: the others of the batch run.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from support.api import User
from support.clock import FakeClock
from support.production.poison import poisoned
from support.stores.outages import sqlite_error
from support.ticks import HOUR, clones, due_queues
from tortoise import connections
from tortoise.exceptions import DBConnectionError

from perennial.process import Process
from perennial.queues.tick import _due_queues as work

Write = Callable[..., Awaitable[None]]


CONTENTIONS = [
    asyncpg.DeadlockDetectedError("deadlock detected"),
    asyncpg.SerializationError("could not serialize access"),
    asyncpg.LockNotAvailableError("canceling statement due to lock timeout"),
]
OUTAGES = [
    asyncpg.TooManyConnectionsError("sorry, too many clients already"),
    asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    asyncpg.InterfaceError("connection is closed"),
    DBConnectionError("cannot connect"),
    ConnectionResetError("connection reset by peer"),
    TimeoutError(),
    sqlite_error(sqlite3.SQLITE_BUSY),
]


def failing(write: Write, *errors: Exception | None) -> Write:
    """A `write` that raises these, one after the other (None: it writes), and then the last one again and again."""
    calls = list(errors)

    async def fails(*args: Any) -> None:
        if error := calls.pop(0) if len(calls) > 1 else calls[0]:
            raise error
        await write(*args)

    return fails


async def stays_due(user: User, process: Process, queues: list[Any]) -> None:
    """Nothing was written, and the next tick does all of it."""
    assert [await user.queue(queue["id"]) for queue in queues] == queues
    summary = await process.ticker.process_due_queues()
    assert (summary.due, summary.executed, summary.failed) == (len(queues), len(queues), 0)
    assert [len(await clones(user, queue)) for queue in queues] == [1] * len(queues)


@pytest.mark.one_dialect
@pytest.mark.parametrize("outage", OUTAGES, ids=lambda error: type(error).__name__)
async def test_an_outage_ends_the_tick_and_leaves_its_queues_due(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, outage: Exception
) -> None:
    await alice.connect("X")
    queues = await due_queues(alice, 3, clock.now + HOUR)
    clock.advance(hours=1)
    with monkeypatch.context() as patch:
        patch.setattr(work, "write_plans", failing(work.write_plans, outage, None))
        with pytest.raises(type(outage)):
            await process.ticker.process_due_queues()
    await stays_due(alice, process, queues)


@pytest.mark.one_dialect
@pytest.mark.parametrize("contention", CONTENTIONS, ids=lambda error: type(error).__name__)
async def test_a_batch_that_is_in_somebodys_way_is_done_queue_by_queue(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, contention: Exception
) -> None:
    await alice.connect("X")
    queues = await due_queues(alice, 3, clock.now + HOUR)
    clock.advance(hours=1)
    with monkeypatch.context() as patch:
        patch.setattr(work, "write_plans", failing(work.write_plans, contention, None))
        summary = await process.ticker.process_due_queues()
    assert (summary.executed, summary.failed) == (3, 0)
    assert [len(await clones(alice, queue)) for queue in queues] == [1] * 3


@pytest.mark.parametrize("before", [[ValueError()], [ValueError(), ValueError()]], ids=["alone", "failing"])
async def test_an_outage_while_a_queue_is_done_again_ends_the_tick_too(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, before: list[Exception]
) -> None:
    await alice.connect("X")
    queues = await due_queues(alice, 3, clock.now + HOUR)
    clock.advance(hours=1)
    with monkeypatch.context() as patch:
        patch.setattr(work, "write_plans", failing(work.write_plans, *before, TimeoutError(), None))
        with pytest.raises(TimeoutError):
            await process.ticker.process_due_queues()
    await stays_due(alice, process, queues)


async def test_what_was_done_before_the_outage_stays_done(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    first, second, third = await due_queues(alice, 3, clock.now + HOUR)
    clock.advance(hours=1)
    with monkeypatch.context() as patch:
        patch.setattr(work, "TICK_BATCH_SIZE", 1)
        patch.setattr(work, "write_plans", failing(work.write_plans, None, TimeoutError()))
        with pytest.raises(TimeoutError):
            await process.ticker.process_due_queues()
    assert (await alice.queue(first["id"]))["executionCount"] == 1
    await stays_due(alice, process, [second, third])


async def test_outages_do_not_use_up_the_places_of_the_process(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    queues = await due_queues(alice, 2, clock.now + HOUR)
    clock.advance(hours=1)
    with monkeypatch.context() as patch:
        patch.setattr(work, "write_plans", failing(work.write_plans, TimeoutError()))
        for _ in range(5):
            with pytest.raises(TimeoutError):
                await process.ticker.process_due_queues()
    await stays_due(alice, process, queues)


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_a_connection_that_the_server_ends_in_the_middle_leaves_the_queues_due(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    queues = await due_queues(alice, 3, clock.now + HOUR)
    clock.advance(hours=1)
    write = work.write_plans

    async def dies(*args: Any) -> None:
        await write(*args)
        await connections.get("default").execute_query("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patch:
        patch.setattr(work, "write_plans", dies)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, DBConnectionError, OSError)):
            await process.ticker.process_due_queues()
    await stays_due(alice, process, queues)


async def test_what_the_database_refuses_for_a_row_is_no_outage(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X")
    (queue,) = await due_queues(alice, 1, clock.now + HOUR)
    clock.advance(hours=1)
    async with poisoned("INSERT ON posts", "created_by_queue_id", queue):
        assert (await process.ticker.process_due_queues()).failed == 1
