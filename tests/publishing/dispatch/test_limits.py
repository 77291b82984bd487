"""Caps on requests in flight: what hangs, platform or account, holds up no other; wake-ups and helpers lose nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2
import pytest
from support.api import User
from support.clock import FakeClock
from support.publishing import HANGING, another_process, arrived, due_post, eventually, fail, on

from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import Publication
from perennial.jobs import alarms
from perennial.jobs.alarms import Alarms
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.publishing.dispatch import dispatcher


@pytest.fixture
async def patient(process: Process) -> AsyncIterator[Process]:
    """A process whose requests may hang: they are broken off when the test is over, and so are its runs."""
    runs = asyncio.all_tasks()
    async with another_process(process, platform_requests_max=8, account_requests_max=2) as patient:
        yield patient
    started = asyncio.all_tasks() - runs
    await asyncio.wait_for(asyncio.gather(*(run for run in started if run.get_name() == "run")), 30)


@pytest.fixture
def helped(monkeypatch: pytest.MonkeyPatch) -> list[WorkerFunction]:
    """The calls for help."""
    calls: list[WorkerFunction] = []

    async def enqueue(self: Alarms, wanted: WorkerFunction, *_: object) -> None:
        calls.append(wanted)

    monkeypatch.setattr(Alarms, "enqueue", enqueue)
    return calls


def start(process: Process) -> "asyncio.Task[object]":
    """A run that goes on in the background."""
    return asyncio.create_task(process.publisher.publish_due(), name="run")


def is_now(user: User, post: object, status: str, platform: str = "X") -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        shown = await on(user, post, platform)
        return shown["status"] == status

    return look


def has_arrived(sandbox: httpx2.AsyncClient, *texts: str) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return set(texts) <= set(await arrived(sandbox))

    return look


async def test_a_platform_whose_places_all_hang_does_not_hold_up_the_other(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X", "LINKEDIN")
    await fail(sandbox, "X", **HANGING)
    posts = [await due_post(alice, clock, x=f"Text {number}", linkedin=f"Text {number}") for number in range(5)]
    async with another_process(process, platform_requests_max=3, account_requests_max=5) as small:
        run = start(small)
        for post in posts:
            await eventually(is_now(alice, post, "PUBLISHED", "LINKEDIN"))
        assert not run.done()
        assert len(await arrived(sandbox, "X")) == 3
        small.stopping.set()
    await run


async def test_an_account_that_hangs_does_not_hold_up_the_others(
    alice: User, bob: User, clock: FakeClock, patient: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    await bob.connect("X")
    await fail(sandbox, "X", user="alice", **HANGING)
    for number in range(12):
        await due_post(alice, clock, x=f"Alice's {number}")
    bobs = [await due_post(bob, clock, x=f"Bob's {number}") for number in range(5)]
    run = start(patient)
    for post in bobs:
        await eventually(is_now(bob, post, "PUBLISHED"))
    assert not run.done()
    assert sum(text.startswith("Alice's") for text in await arrived(sandbox)) == 2


async def test_an_account_with_more_due_than_a_look_reads_does_not_hide_the_others(
    alice: User, bob: User, clock: FakeClock, patient: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    await bob.connect("X")
    await fail(sandbox, "X", user="alice", **HANGING)
    for number in range(patient.publisher.limits.room(Platform.X) + 1):
        await due_post(alice, clock, x=f"Alice's {number}")
    bobs = await due_post(bob, clock, x="Bob's")
    run = start(patient)
    await eventually(is_now(bob, bobs, "PUBLISHED"))
    assert not run.done()
    assert await Publication.filter(status=PublicationStatus.UNCONFIRMED).count() == 0  # nothing came back before


async def test_what_falls_due_while_a_run_is_at_work_is_found_by_it(
    alice: User, bob: User, clock: FakeClock, patient: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X", "LINKEDIN")
    await bob.connect("X")
    await fail(sandbox, "X", user="alice", **HANGING)
    for number in range(2):
        await due_post(alice, clock, x=f"Alice's {number}")
        start(patient)
        await eventually(has_arrived(sandbox, f"Alice's {number}"))
    post = await due_post(bob, clock, x="Bob's")
    assert not await patient.publisher.publish_due()  # it wakes the run that claims, and returns
    await eventually(is_now(bob, post, "PUBLISHED"))
    assert sorted(await arrived(sandbox)) == ["Alice's 0", "Alice's 1", "Bob's"]


async def test_a_wake_up_that_no_run_notices_becomes_a_call_again(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, helped: list[WorkerFunction]
) -> None:
    await alice.connect("X")
    await fail(sandbox, "X", **HANGING)
    async with another_process(process) as ending:
        runs = []
        for number in range(2):
            await due_post(alice, clock, x=f"Alice's {number}")
            runs.append(start(ending))
            await eventually(has_arrived(sandbox, f"Alice's {number}"))
        ending.stopping.set()
        assert not await ending.publisher.publish_due()
    await asyncio.gather(*runs)
    assert helped == [WorkerFunction.PUBLISH]


async def test_a_process_that_is_stopping_claims_nothing_new_and_records_what_is_under_way(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    await bob.connect("X")
    await fail(sandbox, "X", user="alice", delay_seconds=0.5)
    under_way = await due_post(alice, clock, x="Under way")
    run = start(process)
    await eventually(has_arrived(sandbox, "Under way"))
    process.stopping.set()
    later = await due_post(bob, clock, x="Later")
    assert not await process.publisher.publish_due()
    assert await run == {"published": 1}
    assert (await on(alice, under_way))["status"] == "PUBLISHED"
    assert (await on(bob, later))["status"] == "SCHEDULED"


async def test_full_batches_call_for_help_once_in_a_while(
    alice: User, clock: FakeClock, process: Process, helped: list[WorkerFunction], monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X", "LINKEDIN")
    for number in range(6):
        await due_post(alice, clock, x=f"Text {number}", linkedin=f"Text {number}")
    helped.clear()
    monkeypatch.setattr(alarms, "FAN_OUT_SECONDS", 1_000.0)
    async with another_process(process, platform_requests_max=2) as small:
        assert await small.publisher.publish_due() == {"published": 12}
    assert helped == [WorkerFunction.PUBLISH]


async def test_a_batch_that_is_not_full_calls_nobody(
    alice: User, clock: FakeClock, process: Process, helped: list[WorkerFunction]
) -> None:
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    assert helped == []


async def test_a_run_whose_time_for_claiming_is_over_hands_over(
    alice: User, clock: FakeClock, process: Process, helped: list[WorkerFunction], monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    monkeypatch.setattr(dispatcher, "CLAIMING_SECONDS", -1.0)
    await process.publisher.publish_due()
    # At once, for whoever has time; and in a while, when the places that this run holds are free again.
    assert helped == [WorkerFunction.PUBLISH, WorkerFunction.PUBLISH]
    assert (await on(alice, post))["status"] in {"SCHEDULED", "PUBLISHED"}, "it keeps no claim"


async def test_one_call_goes_on_until_an_accounts_whole_backlog_is_out(
    alice: User, clock: FakeClock, process: Process
) -> None:
    """It is more than may be claimed of an account at a time: claims follow as its places become free."""
    await alice.connect("X")
    for number in range(30):
        await due_post(alice, clock, x=f"Text {number}")
    assert await process.publisher.publish_due() == {"published": 30}
