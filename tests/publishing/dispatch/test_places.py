"""However a run of publish_due ends, it leaves no place taken: a lane full of nothing would be shut for good."""

import asyncio

import httpx2
import pytest
from support.api import User
from support.clock import FakeClock
from support.publishing import another_process, arrived, due_post, eventually, fail, on

from perennial.core.states import Platform
from perennial.process import Process
from perennial.publishing._steps import PublishingSteps
from perennial.publishing.dispatch.steps import Taken


async def test_a_run_that_breaks_and_is_then_cancelled_leaves_its_places(
    alice: User,
    bob: User,
    clock: FakeClock,
    process: Process,
    sandbox: httpx2.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The database went away while a request was out, and the job's time is over before the answer is there."""
    await alice.connect("X")
    await bob.connect("X")
    await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", user="alice", status=503, delay_seconds=60)
    claim = PublishingSteps.claim

    async def breaks(self: PublishingSteps, platform: Platform, room: int) -> Taken:
        if platform == Platform.X:
            return await claim(self, platform, room)
        await eventually(lambda: arrived(sandbox))
        raise OSError("the database is away")

    async with another_process(process, platform_requests_max=1) as narrow:
        with monkeypatch.context() as broken:
            broken.setattr(PublishingSteps, "claim", breaks)
            with pytest.raises((TimeoutError, OSError)):
                await asyncio.wait_for(narrow.publisher.publish_due(), 1.0)
        later = await due_post(bob, clock, x="Later")
        await narrow.publisher.publish_due()
    assert (await on(bob, later))["status"] == "PUBLISHED"
