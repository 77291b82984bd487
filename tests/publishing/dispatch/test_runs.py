"""One run of a process claims at a time; as long as there is enough to do it calls for help."""

import asyncio
from collections.abc import Callable

import httpx2
import pytest
import structlog
from support.api import User
from support.clock import FakeClock
from support.publishing import HANGING, another_process, arrived, claim_due, due_post, eventually, fail, on, row

from perennial.jobs import alarms
from perennial.jobs.alarms import Alarms
from perennial.jobs.worker_functions import WorkerFunction
from perennial.platforms.transport import Receipt
from perennial.process import Process
from perennial.publishing.claims import CLAIM_LEASE
from perennial.publishing.dispatch import dispatcher
from perennial.publishing.outcomes import published


@pytest.fixture(autouse=True)
async def _connected(alice: User, bob: User) -> None:
    await alice.connect("X")
    await bob.connect("X")


@pytest.fixture
def helped(monkeypatch: pytest.MonkeyPatch) -> list[WorkerFunction]:
    """The calls for help."""
    calls: list[WorkerFunction] = []

    async def enqueue(self: Alarms, wanted: WorkerFunction, *_: object) -> None:
        calls.append(wanted)

    monkeypatch.setattr(Alarms, "enqueue", enqueue)
    return calls


async def test_a_run_that_starts_while_another_claims_only_wakes_it(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await fail(sandbox, "X", user="alice", **HANGING)
    async with another_process(process) as patient:
        await due_post(alice, clock, x="Slow")
        run = asyncio.create_task(patient.publisher.publish_due())
        await eventually(lambda: arrived(sandbox))
        bobs = await due_post(bob, clock, x="Bob's")
        assert not await patient.publisher.publish_due()

        async def is_out() -> bool:
            return (await on(bob, bobs))["status"] == "PUBLISHED"

        await eventually(is_out)
        assert not run.done()
    await run


async def test_a_run_that_has_stopped_claiming_lets_the_next_one_in_while_it_waits(
    alice: User,
    bob: User,
    clock: FakeClock,
    process: Process,
    sandbox: httpx2.AsyncClient,
    helped: list[WorkerFunction],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await fail(sandbox, "X", user="alice", **HANGING)
    async with another_process(process) as patient:
        await due_post(alice, clock, x="Slow")
        monkeypatch.setattr(dispatcher, "CLAIMING_SECONDS", 1.0)
        run = asyncio.create_task(patient.publisher.publish_due())
        await eventually(lambda: arrived(sandbox))

        async def has_handed_over() -> bool:
            await patient.publisher.publish_due()
            return bool(helped)

        await eventually(has_handed_over)
        monkeypatch.setattr(dispatcher, "CLAIMING_SECONDS", 30.0)
        await due_post(bob, clock, x="Bob's")
        assert await patient.publisher.publish_due() == {"published": 1}
        assert not run.done()
    await run


async def test_help_is_called_again_and_again_as_long_as_batches_are_full(
    alice: User,
    bob: User,
    clock: FakeClock,
    process: Process,
    helped: list[WorkerFunction],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where no place is ever taken for long: whoever is idle does not see that."""
    monkeypatch.setattr(alarms, "FAN_OUT_SECONDS", 0.0)
    for number in range(3):
        await due_post(alice, clock, x=f"Alice's {number}")
        await due_post(bob, clock, x=f"Bob's {number}")
    helped.clear()
    async with another_process(process, platform_requests_max=1) as small:
        assert await small.publisher.publish_due() == {"published": 6}
    assert set(helped) == {WorkerFunction.PUBLISH}
    assert len(helped) >= 3, "once for each batch that is full, of two at most"


async def test_what_an_answer_says_of_an_account_is_known_to_the_next_claim(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await fail(sandbox, "X", status=429, user="alice", times=100)
    for number in range(4):
        await due_post(alice, clock, x=f"Alice's {number}")
    async with another_process(process, account_requests_max=1) as careful:
        assert await careful.publisher.publish_due() == {"scheduled": 1}
    assert await arrived(sandbox) == ["Alice's 0"]


async def test_a_receipt_that_is_written_with_others_leaves_what_it_is_to_be_published(
    alice: User, clock: FakeClock, process: Process
) -> None:
    """Their statement says it on its own: it must not come to say something else."""
    post = await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    kept = await row(post)
    assert kept.remote_id is not None
    assert kept.url is not None
    columns = published(Receipt(kept.remote_id, kept.url), clock.now)
    assert {name: getattr(kept, name) for name in columns} == columns


async def test_a_run_that_fails_logs_its_end_with_what_it_recorded_and_rescued(
    alice: User, clock: FakeClock, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    await due_post(alice, clock, x="Hello")
    assert await claim_due(clock)
    clock.now += CLAIM_LEASE
    run = dispatcher.Dispatcher.run

    async def run_and_fail(self: dispatcher.Dispatcher, on_claimed: Callable[[], None]) -> None:
        await run(self, on_claimed)
        raise RuntimeError("broken")

    monkeypatch.setattr(dispatcher.Dispatcher, "run", run_and_fail)
    with structlog.testing.capture_logs() as log, pytest.raises(RuntimeError, match="broken"):
        await process.publisher.publish_due()
    (ended,) = [line for line in log if line["event"] == "publish.done"]
    assert ended == {"event": "publish.done", "log_level": "warning", "rescued": 1, "published": 1}
