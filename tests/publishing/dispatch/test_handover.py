"""What a run of publish_due leaves behind: a call for what it had no place for, and the receipts it holds."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from arq.constants import default_queue_name
from support.api import User
from support.clock import FakeClock

from perennial.core.states import Platform
from perennial.process import Process
from perennial.publishing.claims import Candidate
from perennial.publishing.dispatch import _record


@pytest.fixture
async def due(alice: User, clock: FakeClock, process: Process) -> str:
    """The id of a post of Alice's that is due on X, without any alarm for it."""
    await alice.connect("X")
    post = await alice.create_post(x="Due now")
    await alice.schedule_post(post["id"], clock.now + timedelta(seconds=1))
    clock.advance(seconds=1)
    await process.redis.flushdb()
    return str(post["id"])


async def test_who_finds_all_places_taken_has_publish_due_called_again_in_a_second(
    alice: User, process: Process, due: str
) -> None:
    taken = [Candidate(uuid4(), uuid4(), Platform.X, f"user-{number}") for number in range(300)]
    assert process.publisher.traffic.admit(taken) == taken
    before, _ = await process.redis.time()
    await process.publisher.publish_due()
    ((job, score),) = await process.redis.zrange(default_queue_name, 0, -1, withscores=True)
    assert job.startswith(b"publish:now:")
    assert score >= (before + 1) * 1000
    assert (await alice.post(due))["status"] == "SCHEDULED"


async def test_who_has_sent_everything_calls_for_nothing(process: Process, due: str) -> None:
    await process.publisher.publish_due()
    assert await process.redis.zrange(default_queue_name, 0, -1) == []


async def test_a_run_that_is_cancelled_while_it_records_loses_no_receipt(
    alice: User, process: Process, due: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, recording = _record.record, asyncio.Event()

    async def held_up_once(settled):
        if not recording.is_set():
            recording.set()
            await asyncio.Event().wait()
        return await record(settled)

    monkeypatch.setattr(_record, "record", held_up_once)
    run = asyncio.create_task(process.publisher.publish_due())
    await recording.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert (await alice.post(due))["status"] == "PUBLISHED"
