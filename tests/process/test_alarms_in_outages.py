"""An alarm that rings while the database is away fails nobody; one rings again every second, however many did."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any

import asyncpg
import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from support.api import User
from support.clock import FakeClock
from support.publishing import due_post, on
from support.stores.outages import sqlite_error
from support.ticks import alarms, forget_alarms, work_of
from tortoise.exceptions import DBConnectionError, OperationalError

from perennial.core import clock as clock_module
from perennial.jobs import alarms as alarms_module
from perennial.jobs import redis_client
from perennial.jobs.worker_functions import FUNCTIONS, WorkerFunction
from perennial.process import Process

SECOND_MS = 1_800_000_000_000
Break = Callable[[BaseException], None]


OUTAGES = [
    asyncpg.CannotConnectNowError("the database system is starting up"),
    asyncpg.AdminShutdownError("terminating connection due to administrator command"),
    asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.DiskFullError("No space left on device"),
    DBConnectionError("cannot connect"),
    ConnectionRefusedError("Connect call failed"),
    TimeoutError(),
    sqlite_error(sqlite3.SQLITE_BUSY),
    sqlite_error(sqlite3.SQLITE_FULL),
]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """This machine's clock, by which arq's jobs are set; it stands still at so many milliseconds past a second."""

    def set_to(milliseconds: int) -> None:
        for module in (alarms_module, redis_client):
            monkeypatch.setattr(module, "machine_milliseconds", lambda: SECOND_MS + milliseconds)

    set_to(0)
    return set_to


@pytest.fixture
def breaks(process: Process, monkeypatch: pytest.MonkeyPatch) -> Break:
    """Makes the first question to the database fail with that."""

    def with_error(error: BaseException) -> None:
        async def fails(*_: Any) -> datetime:
            raise error

        monkeypatch.setattr(clock_module, "now", fails)

    return with_error


async def times(process: Process) -> dict[str, int]:
    """When the waiting jobs ring, in milliseconds from the second at which the machine's clock stands."""
    jobs = await process.redis.zrange(process.redis.queue, 0, -1, withscores=True)
    return {job.decode().removeprefix(process.redis.name("")): int(score) - SECOND_MS for job, score in jobs}


@pytest.mark.one_dialect
@pytest.mark.parametrize("call", WorkerFunction)
@pytest.mark.parametrize("at", [None, datetime.fromisoformat("2026-11-23T12:00:00Z")], ids=["due", "at"])
@pytest.mark.parametrize("outage", OUTAGES, ids=lambda error: type(error).__name__)
async def test_an_outage_is_no_failure_and_it_rings_again(
    process: Process, machine: Any, breaks: Break, call: WorkerFunction, at: datetime | None, outage: Exception
) -> None:
    breaks(outage)
    await process.run_function(call, at)
    [job] = await times(process)
    assert job.startswith(f"{call}:second:")
    assert await work_of(process, job) == (FUNCTIONS[call], {})


@pytest.mark.one_dialect
@pytest.mark.parametrize(("past", "rings"), [(0, 2000), (1, 2000), (500, 2000), (999, 2000), (1000, 3000)])
async def test_it_rings_in_more_than_a_second_and_in_two_at_most(
    process: Process, machine: Callable[[int], None], breaks: Break, past: int, rings: int
) -> None:
    machine(past)
    breaks(TimeoutError())
    await process.run_function(WorkerFunction.PUBLISH, None)
    assert list((await times(process)).values()) == [rings]


@pytest.mark.one_dialect
async def test_however_many_fail_one_is_set_a_second_for_each_function(
    process: Process, machine: Callable[[int], None], breaks: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms_module, "ARM_SECONDS", 30.0)  # forty at once, on a busy machine
    breaks(asyncpg.CannotConnectNowError("the database system is starting up"))
    for past in (0, 300, 999, 1000, 1001, 2500):
        machine(past)
        await asyncio.gather(*(process.run_function(call, None) for call in WorkerFunction for _ in range(20)))
    found = await times(process)
    assert sorted(found.values()) == [2000, 2000, 3000, 3000, 4000, 4000]
    assert len(await alarms(process, WorkerFunction.PUBLISH)) == 3


@pytest.mark.one_dialect
@pytest.mark.parametrize("call", WorkerFunction)
@pytest.mark.parametrize(
    "bug", [ValueError("a bug"), KeyError("a bug"), OperationalError("syntax error"), asyncpg.UniqueViolationError("x")]
)
async def test_a_bug_is_raised_and_sets_no_alarm(
    process: Process, machine: Any, breaks: Break, call: WorkerFunction, bug: Exception
) -> None:
    breaks(bug)
    with pytest.raises(type(bug)):
        await process.run_function(call, None)
    assert await times(process) == {}


@pytest.mark.one_dialect
async def test_being_cancelled_is_no_outage(process: Process, machine: Any, breaks: Break) -> None:
    breaks(asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await process.run_function(WorkerFunction.PUBLISH, None)
    assert await times(process) == {}


@pytest.mark.one_dialect
async def test_with_redis_away_as_well_it_is_left_to_the_cron(
    process: Process, machine: Any, breaks: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: Any) -> Any:
        raise RedisConnectionError("away")

    breaks(TimeoutError())
    monkeypatch.setattr(process.redis, "pipeline", away)
    await process.run_function(WorkerFunction.PUBLISH, None)


async def test_what_rings_again_does_the_work_once_the_database_is_back(
    alice: User, process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await forget_alarms(process)
    with monkeypatch.context() as patch:
        patch.setattr(clock_module, "now", _away)
        await process.run_function(WorkerFunction.PUBLISH, None)
    assert (await on(alice, post))["status"] == "SCHEDULED"
    [job] = await alarms(process, WorkerFunction.PUBLISH)
    assert await work_of(process, f"publish:{job}") == ("publish_due", {})
    await process.run_function(WorkerFunction.PUBLISH, None)
    assert (await on(alice, post))["status"] == "PUBLISHED"


async def _away() -> datetime:
    raise asyncpg.CannotConnectNowError("the database system is starting up")
