"""A backlog goes out sanely: what is too old is not sent, and of a queue's clones only the latest."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest
from support.api import RETRY_PUBLICATION, User
from support.clock import FakeClock
from support.publishing import account, another_process, arrived, due_post, fail, on, row
from support.rows import set_publication
from support.ticks import Tick

from perennial.core.states import PublicationStatus
from perennial.db.models import Post, Publication, RecurringQueue
from perennial.process import Process

STOPPED = {"status": 402, "times": 1000}


async def stop(sandbox: httpx2.AsyncClient, process: Process, bob: User, clock: FakeClock) -> None:
    """Trips X's breaker, by a post of Bob's."""
    await bob.connect("X")
    await due_post(bob, clock, x="Bob's")
    await fail(sandbox, "X", **STOPPED)
    await process.publisher.publish_due()


async def test_what_has_waited_for_48_hours_is_failed_and_not_sent(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Old news")
    clock.advance(hours=48)
    await process.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["errorCode"]) == ("FAILED", "EXPIRED")
    assert (await alice.post(post["id"]))["status"] == "FAILED"
    assert await arrived(sandbox) == []


async def test_what_has_waited_for_a_little_less_is_sent(alice: User, clock: FakeClock, process: Process) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="News")
    clock.advance(hours=47, minutes=59)
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"


async def test_the_hours_are_a_setting_and_zero_is_for_ever(alice: User, clock: FakeClock, process: Process) -> None:
    await alice.connect("X")
    first, second = await due_post(alice, clock, x="First"), await due_post(alice, clock, x="Second")
    clock.advance(hours=2)
    async with another_process(process, expire_after_hours=0.0) as patient:
        await set_publication(second, PublicationStatus.DRAFT, next_attempt_time=None)
        clock.advance(days=90)
        await patient.publisher.publish_due()
    assert (await on(alice, first))["status"] == "PUBLISHED"
    third = await due_post(alice, clock, x="Third")
    clock.advance(hours=2)
    async with another_process(process, expire_after_hours=1.0) as hasty:
        await hasty.publisher.publish_due()
    assert (await on(alice, third))["errorCode"] == "EXPIRED"


async def test_it_expires_while_its_platform_is_stopped(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    await stop(sandbox, process, bob, clock)
    post = await due_post(alice, clock, x="Alice's")
    clock.advance(hours=48)
    await process.publisher.publish_due()
    assert (await on(alice, post))["errorCode"] == "EXPIRED"


async def test_a_retry_by_a_person_counts_anew(alice: User, clock: FakeClock, process: Process) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Old news")
    clock.advance(hours=48)
    await process.publisher.publish_due()
    await alice.do(RETRY_PUBLICATION, id=(await on(alice, post))["id"])
    clock.advance(hours=47)
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"


async def test_one_that_may_have_been_sent_becomes_unconfirmed_instead(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("LINKEDIN")
    post = await due_post(alice, clock, linkedin="Hello")
    await fail(sandbox, "LINKEDIN", status=503)
    await process.publisher.publish_due()
    await alice.do(RETRY_PUBLICATION, id=(await on(alice, post, "LINKEDIN"))["id"])
    clock.advance(hours=48)
    await process.publisher.publish_due()
    assert (await on(alice, post, "LINKEDIN"))["status"] == "UNCONFIRMED"
    assert len(await arrived(sandbox)) == 1


async def clones(queue: Any) -> list[Publication]:
    """The publications on X of the queue's clones, oldest first."""
    posts = await Post.filter(created_by_queue_id=queue["id"]).order_by("id")
    return [await Publication.get(post_id=post.id, platform="x") for post in posts]


@pytest.fixture
async def daily(alice: User, clock: FakeClock) -> Any:
    """Alice's queue on X: every day, from an hour hence."""
    post = await alice.create_post(x="Again")
    return await alice.create_queue(post["id"], clock.now + timedelta(hours=1), interval=1)


async def four_waiting(alice: User, clock: FakeClock, queue: Any, tick: Tick) -> None:
    """Four occurrences of the queue have run, and nobody has published."""
    await alice.connect("X")
    for _ in range(4):
        await RecurringQueue.filter(id=queue["id"]).update(next_scheduled_time=clock.advance(hours=1))
        await tick()


async def test_of_a_queues_waiting_clones_the_latest_goes_out(
    alice: User, clock: FakeClock, daily: Any, tick: Tick, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await four_waiting(alice, clock, daily, tick)
    await process.publisher.publish_due()
    kept = await clones(daily)
    assert [(one.status.value, one.error_code) for one in kept] == [
        *[("failed", "SUPERSEDED")] * 3,
        ("published", None),
    ]
    assert await arrived(sandbox) == ["Again"]
    assert (await account(alice)).next_due is None


async def test_clones_of_different_queues_supersede_nothing(
    alice: User, clock: FakeClock, tick: Tick, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    for text in ("One", "Two"):
        post = await alice.create_post(x=text)
        await alice.create_queue(post["id"], clock.now + timedelta(hours=1))
    clock.advance(hours=1)
    await tick()
    await process.publisher.publish_due()
    assert sorted(await arrived(sandbox)) == ["One", "Two"]


async def test_one_that_is_not_due_yet_supersedes_nothing(
    alice: User, clock: FakeClock, daily: Any, tick: Tick, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await four_waiting(alice, clock, daily, tick)
    *_, latest = await clones(daily)
    await Publication.filter(id=latest.id).update(next_attempt_time=clock.now + timedelta(minutes=1))
    await process.publisher.publish_due()
    states = [one.status.value for one in await clones(daily)]
    assert states == ["failed", "failed", "published", "scheduled"]


async def test_what_a_person_retries_gives_way_to_nothing(
    alice: User, clock: FakeClock, daily: Any, tick: Tick, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await four_waiting(alice, clock, daily, tick)
    first, *_ = await clones(daily)
    await set_publication({"id": first.post_id}, PublicationStatus.FAILED, next_attempt_time=None)
    await alice.do(RETRY_PUBLICATION, id=str(first.id))
    await process.publisher.publish_due()
    codes = [one.error_code for one in await clones(daily)]
    assert codes == [None, "SUPERSEDED", "SUPERSEDED", "DUPLICATE_CONTENT"], "X takes no text twice"
    assert len(await arrived(sandbox)) == 2


async def test_an_owner_may_move_an_older_clone_behind_the_latest(
    alice: User, clock: FakeClock, daily: Any, tick: Tick, process: Process
) -> None:
    """What counts is the time for which it is scheduled, not when it was made."""
    await four_waiting(alice, clock, daily, tick)
    first, *_ = await clones(daily)
    await alice.schedule_post(str(first.post_id), clock.now + timedelta(minutes=5))
    clock.advance(minutes=5)
    await process.publisher.publish_due()
    states = [one.status.value for one in await clones(daily)]
    assert states == ["published", "failed", "failed", "failed"]


async def test_what_is_due_without_an_account_fails(alice: User, clock: FakeClock, process: Process) -> None:
    post = await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["errorCode"]) == ("FAILED", "ACCOUNT_MISSING")
    assert (await row(post)).next_attempt_time is None
