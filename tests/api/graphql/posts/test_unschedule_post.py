"""unschedulePost: what is scheduled is a draft again, and its alarm fires on nothing."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from support.api import SCHEDULE_POST, UNSCHEDULE_POST, User
from support.clock import FakeClock
from support.rows import set_publication

from perennial.core.instants import instant
from perennial.core.states import PublicationStatus
from perennial.process import Process

Published = Callable[[], Awaitable[list[tuple[str, str, str]]]]


async def test_everything_is_as_before_it_was_scheduled(alice: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    await alice.schedule_post(post["id"], clock.now + timedelta(hours=1))
    assert await alice.do(UNSCHEDULE_POST, id=post["id"]) == post


async def test_what_is_unscheduled_does_not_go_out(
    alice: User, clock: FakeClock, process: Process, published: Published
) -> None:
    await alice.connect("X")
    taken_back, kept = await alice.create_post(x="Taken back"), await alice.create_post(x="Kept")
    for post in (taken_back, kept):
        await alice.schedule_post(post["id"], clock.now + timedelta(hours=1))
    await alice.do(UNSCHEDULE_POST, id=taken_back["id"])
    clock.advance(hours=1)
    await process.publisher.publish_due()
    assert await published() == [("X", "alice", "Kept")]
    assert (await alice.post(taken_back["id"]))["status"] == "DRAFT"


async def test_a_draft_stays_a_draft(alice: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello")
    assert await alice.do(UNSCHEDULE_POST, id=post["id"]) == post


async def test_what_has_ended_stays_as_it_is(alice: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    await alice.schedule_post(post["id"], clock.now + timedelta(hours=1))
    await set_publication(post, PublicationStatus.PUBLISHED, "X", published_time=clock.now)
    ended: Any = (await alice.post(post["id"]))["publications"][0]
    unscheduled = await alice.do(UNSCHEDULE_POST, id=post["id"])
    assert unscheduled["publications"][0] == ended
    assert (unscheduled["publications"][1]["status"], unscheduled["status"]) == ("DRAFT", "PARTIALLY_PUBLISHED")


@pytest.mark.parametrize(
    "state", sorted(set(PublicationStatus) - {PublicationStatus.DRAFT, PublicationStatus.SCHEDULED})
)
async def test_what_is_out_or_may_be_cannot_be_unscheduled(
    alice: User, clock: FakeClock, state: PublicationStatus
) -> None:
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    await alice.schedule_post(post["id"], clock.now + timedelta(hours=1))
    await set_publication(post, state)
    before = await alice.post(post["id"])
    time = instant(clock.now + timedelta(hours=2))
    for document, given in ((UNSCHEDULE_POST, {}), (SCHEDULE_POST, {"scheduledTime": time})):
        assert (await alice.refused(document, id=post["id"], **given)).code == "CONFLICT"
    assert await alice.post(post["id"]) == before


async def test_a_clone_that_a_queue_made_can_be_stopped(
    alice: User, clock: FakeClock, queue: Any, process: Process, published: Published
) -> None:
    await alice.connect("X", "LINKEDIN")
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    (execution,) = (await alice.queue(queue["id"]))["executions"]["nodes"]
    stopped = await alice.do(UNSCHEDULE_POST, id=execution["post"]["id"])
    await process.publisher.publish_due()
    assert (stopped["status"], await published()) == ("DRAFT", [])
