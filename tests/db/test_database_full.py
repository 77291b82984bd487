"""A SQLite that can grow no more: clear errors, nothing lost that was acknowledged; it heals once there is room."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from support.api import CREATE_POST, User
from support.clock import FakeClock
from support.publishing import arrived, due_post, on
from support.ticks import due_queue, ledger
from tortoise import Tortoise

from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.publishing.claims import CLAIM_LEASE

# PostgreSQL is not told how far it may grow: to it a full disk is an outage as any other.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

LONG = {"publications": [{"platform": "LINKEDIN", "content": "word " * 500}]}
HOUR = timedelta(hours=1)


async def pragma(statement: str) -> int:
    rows = await Tortoise.get_connection("default").execute_query_dict(f"PRAGMA {statement}")
    return int(next(iter(rows[0].values())))


class Disk:
    """The room that the database's file has."""

    async def fill(self, user: User) -> list[Any]:
        """Leaves no room but what is there; writes until nothing more goes in. Returns what was acknowledged."""
        await pragma(f"max_page_count = {await pragma('page_count')}")
        made: list[Any] = []
        while "errors" not in (answer := await user.execute(CREATE_POST, input=LONG)):
            made.append(answer["data"]["createPost"]["post"])
        return made

    async def grow(self) -> None:
        await pragma("max_page_count = 1000000")


@pytest.fixture
async def disk(process: Process) -> AsyncIterator[Disk]:
    yield Disk()
    await Disk().grow()


async def test_it_says_so_keeps_what_it_acknowledged_and_heals(alice: User, disk: Disk) -> None:
    made = await disk.fill(alice)
    refusal = await alice.refused(CREATE_POST, input=LONG)
    assert (refusal.code, refusal.message) == ("UNAVAILABLE", "The database is full.")
    assert all([await alice.post(post["id"]) == post for post in made]), "reading goes on"
    await disk.grow()
    later = await alice.do(CREATE_POST, input=LONG)
    assert all([await alice.post(post["id"]) == post for post in [*made, later]])


async def test_what_was_refused_does_not_come_back_when_there_is_room(alice: User, disk: Disk) -> None:
    made = await disk.fill(alice)
    await disk.grow()
    later = await alice.do(CREATE_POST, input=LONG)
    rows = await Tortoise.get_connection("default").execute_query_dict("SELECT id FROM posts ORDER BY id")
    assert [row["id"] for row in rows] == [post["id"] for post in [*made, later]]


async def test_a_tick_on_a_full_disk_leaves_its_queues_due_and_runs_them_once_there_is_room(
    alice: User, clock: FakeClock, process: Process, disk: Disk
) -> None:
    await alice.connect("X", "LINKEDIN")
    texts = {"x": "Hello", "linkedin": "word " * 500}
    queues = [await due_queue(alice, clock.now + HOUR, texts) for _ in range(20)]
    await disk.fill(alice)
    clock.now += HOUR
    for _ in range(3):
        await process.run_function(WorkerFunction.PROCESS_QUEUES, None)
    assert [await ledger(alice, queue) for queue in queues] == [[]] * 20
    await disk.grow()
    await process.ticker.process_due_queues()
    assert [await ledger(alice, queue) for queue in queues] == [[("EXECUTED", None)]] * 20


async def test_publishing_on_a_full_disk_sends_nothing_twice(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, disk: Disk
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await disk.fill(alice)
    for _ in range(3):
        await process.run_function(WorkerFunction.PUBLISH, None)
        clock.now += CLAIM_LEASE
    await disk.grow()
    for _ in range(3):
        await process.run_function(WorkerFunction.PUBLISH, None)
        clock.now += CLAIM_LEASE
    assert len(await arrived(sandbox)) == 1
    assert (await on(alice, post))["status"] == "PUBLISHED"
