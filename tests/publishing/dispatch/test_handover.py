"""What a run of publish_due leaves behind: a call for what it had no place for, and the receipts it holds."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from support.api import User
from support.clock import FakeClock
from support.publishing import WAIT_SECONDS

from perennial.core.states import Platform
from perennial.process import Process
from perennial.publishing import _steps
from perennial.publishing.dispatch import dispatcher
from perennial.publishing.limits import Limits


@pytest.fixture
async def due(alice: User, clock: FakeClock, process: Process) -> str:
    """The id of a post of Alice's that is due on X, without any alarm for it."""
    await alice.connect("X")
    post = await alice.create_post(x="Due now")
    await alice.schedule_post(post["id"], clock.now + timedelta(seconds=1))
    clock.advance(seconds=1)
    await process.redis.flushdb()
    return str(post["id"])


@dataclass(frozen=True)
class Other:
    """What another call of the process has claimed, and is sending."""

    platform: Platform = Platform.X
    account_id: UUID = field(default_factory=uuid4)


def take_all_places(limits: Limits) -> list[Other]:
    """For claims, and for requests."""
    taken = []
    while limits.room(Platform.X):
        taken.append(one := Other())
        limits.claim(one)
        limits.start(one)
    return taken


async def test_who_finds_all_places_taken_for_long_has_publish_due_called_again_at_once_and_in_a_second(
    alice: User, process: Process, due: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "CLAIMING_SECONDS", 0.1)
    take_all_places(process.publisher.limits)
    await process.publisher.publish_due()
    jobs = await process.redis.zrange(process.redis.queue, 0, -1, withscores=True)
    assert all(job.startswith(b"perennial:publish:now:") for job, _ in jobs)
    (_, at_once), (_, later) = jobs
    assert later >= at_once + 1000
    assert (await alice.post(due))["status"] == "SCHEDULED"


async def test_who_finds_all_places_taken_goes_on_as_soon_as_there_is_one(
    alice: User, process: Process, due: str
) -> None:
    """The other call tells nobody that its places are free."""
    limits = process.publisher.limits
    taken = take_all_places(limits)
    run = asyncio.create_task(process.publisher.publish_due())
    await asyncio.wait([run], timeout=0.1)
    assert (await alice.post(due))["status"] == "SCHEDULED"
    for one in taken:
        limits.finish(one)
        limits.release(one)
    assert await asyncio.wait_for(run, WAIT_SECONDS) == {"published": 1}


async def test_who_has_sent_everything_calls_for_nothing(process: Process, due: str) -> None:
    await process.publisher.publish_due()
    assert await process.redis.zrange(process.redis.queue, 0, -1) == []


async def test_a_run_that_is_cancelled_while_it_records_loses_no_receipt(
    alice: User, process: Process, due: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, recording = _steps.record, asyncio.Event()

    async def held_up_once(settled):
        if not recording.is_set():
            recording.set()
            await asyncio.Event().wait()
        return await record(settled)

    monkeypatch.setattr(_steps, "record", held_up_once)
    run = asyncio.create_task(process.publisher.publish_due())
    await recording.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert (await alice.post(due))["status"] == "PUBLISHED"
