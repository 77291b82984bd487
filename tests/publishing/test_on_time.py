"""publish_due: what is scheduled goes out at its time on its platforms, and nothing else does."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx2
import pytest
from support.api import DELETE_POST, UNSCHEDULE_POST, User
from support.clock import FakeClock
from support.publishing import another_process, arrived, due_post, on

from perennial.core.instants import instant
from perennial.jobs.worker_functions import WorkerFunction, alarm_id
from perennial.process import Process

Published = Callable[[], Awaitable[list[tuple[str, str, str]]]]


@pytest.fixture(autouse=True)
async def _connected(alice: User, bob: User, clock: FakeClock) -> None:
    await alice.connect("X", "LINKEDIN")
    await bob.connect("X", "LINKEDIN")


async def test_a_due_post_goes_out_on_both_platforms(
    alice: User, clock: FakeClock, process: Process, published: Published
) -> None:
    await due_post(alice, clock, x="Hello", linkedin="Hello there (and there)")
    results = await process.publisher.publish_due()
    assert sorted(await published()) == [
        ("LINKEDIN", "alice", "Hello there (and there)"),
        ("X", "alice", "Hello"),
    ]
    assert results == {"published": 2}


async def test_what_went_out_has_its_receipt_its_url_and_its_time(
    alice: User, clock: FakeClock, process: Process, published: Published
) -> None:
    post = await due_post(alice, clock, x="Hello", linkedin="Hello there")
    await process.publisher.publish_due()
    shown = await alice.post(post["id"])
    assert shown["status"] == "PUBLISHED"
    on_x, on_linkedin = shown["publications"]
    assert on_x["url"] == f"https://x.com/alice/status/{on_x['remoteId']}"
    assert on_linkedin["url"] == f"https://www.linkedin.com/feed/update/{on_linkedin['remoteId']}"
    for one in shown["publications"]:
        assert one["status"] == "PUBLISHED"
        assert one["publishedTime"] == instant(clock.now)
        assert (one["attempts"], one["errorCode"], one["errorMessage"]) == (1, None, None)


async def test_the_url_is_the_one_under_which_the_platform_shows_the_post(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await due_post(alice, clock, x="Hello", linkedin="Hello there")
    await process.publisher.publish_due()
    shown = {one["url"] for one in (await alice.post(post["id"]))["publications"]}
    assert shown == {one["url"] for one in (await sandbox.get("/posts")).json()}


async def test_the_scheduler_id_names_the_planned_instant_and_stays(
    alice: User, clock: FakeClock, process: Process
) -> None:
    post = await due_post(alice, clock, x="Hello")
    planned = alarm_id(WorkerFunction.PUBLISH, clock.now)
    assert (await on(alice, post))["schedulerId"] == planned
    clock.advance(minutes=5)
    await process.publisher.publish_due()
    assert (await on(alice, post))["schedulerId"] == planned


async def test_nothing_goes_out_before_its_time(
    alice: User, clock: FakeClock, process: Process, published: Published
) -> None:
    post = await alice.create_post(x="Hello")
    await alice.schedule_post(post["id"], clock.now + timedelta(hours=1))
    clock.advance(minutes=59, seconds=59, milliseconds=999)
    assert not await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "SCHEDULED"
    clock.advance(milliseconds=1)
    await process.publisher.publish_due()
    assert await published() == [("X", "alice", "Hello")]


async def test_linkedin_goes_out_at_its_own_later_time(
    alice: User, clock: FakeClock, process: Process, published: Published
) -> None:
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    on_x = clock.now + timedelta(hours=1)
    await alice.schedule_post(post["id"], on_x, linkedin=on_x + timedelta(minutes=90))
    clock.advance(hours=1)
    await process.publisher.publish_due()
    assert await published() == [("X", "alice", "Hello")]
    assert (await alice.post(post["id"]))["status"] == "SCHEDULED"
    clock.advance(minutes=90)
    await process.publisher.publish_due()
    assert (await published())[1:] == [("LINKEDIN", "alice", "Hello there")]
    assert (await alice.post(post["id"]))["status"] == "PUBLISHED"


async def test_what_is_published_is_not_published_again(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await due_post(alice, clock, x="Hello")
    for _ in range(3):
        await process.publisher.publish_due()
        clock.advance(hours=1)
    assert await arrived(sandbox) == ["Hello"]


async def test_a_post_that_was_unscheduled_never_goes_out(
    alice: User, clock: FakeClock, process: Process, published: Published
) -> None:
    post = await due_post(alice, clock, x="Hello", linkedin="Hello there")
    await alice.do(UNSCHEDULE_POST, id=post["id"])
    clock.advance(days=1)
    assert not await process.publisher.publish_due()
    assert await published() == []
    assert (await alice.post(post["id"]))["status"] == "DRAFT"


async def test_a_post_that_was_deleted_never_goes_out(
    alice: User, clock: FakeClock, process: Process, published: Published
) -> None:
    deleted = await due_post(alice, clock, x="Hello")
    await due_post(alice, clock, x="Something else")
    await alice.do(DELETE_POST, id=deleted["id"])
    await process.publisher.publish_due()
    assert await published() == [("X", "alice", "Something else")]


async def test_a_draft_never_goes_out(alice: User, clock: FakeClock, process: Process, published: Published) -> None:
    await alice.create_post(x="Hello")
    clock.advance(days=1)
    assert not await process.publisher.publish_due()
    assert await published() == []


async def test_each_users_post_goes_out_from_their_own_account(
    alice: User, bob: User, clock: FakeClock, process: Process, published: Published
) -> None:
    await due_post(alice, clock, x="Hello")
    await due_post(bob, clock, x="Hello")
    await process.publisher.publish_due()
    assert sorted(await published()) == [("X", "alice", "Hello"), ("X", "bob", "Hello")]


async def test_what_is_due_for_longest_goes_out_first(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    late = await alice.create_post(x="Later")
    early = await alice.create_post(x="Earlier")
    await alice.schedule_post(early["id"], clock.now + timedelta(hours=1))
    await alice.schedule_post(late["id"], clock.now + timedelta(hours=2))
    clock.advance(hours=3)
    async with another_process(process, platform_requests_max=1) as one_at_a_time:
        await one_at_a_time.publisher.publish_due()
    assert await arrived(sandbox) == ["Earlier", "Later"]
