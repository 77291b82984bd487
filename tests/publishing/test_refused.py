"""publish_due, where a platform will not have a post: it failed there, in the platform's words, and nowhere else."""

from collections.abc import Awaitable, Callable

import httpx2
import pytest
from support.api import DISCONNECT_ACCOUNT, User
from support.clock import FakeClock
from support.publishing import account_status, arrived, due_post, fail, on

from perennial.process import Process

Published = Callable[[], Awaitable[list[tuple[str, str, str]]]]


async def test_a_refusal_on_x_leaves_linkedin_alone(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, published: Published
) -> None:
    await alice.connect("X", "LINKEDIN")
    post = await due_post(alice, clock, x="Hello", linkedin="Hello there")
    await fail(sandbox, "X", status=403)
    results = await process.publisher.publish_due()
    assert await published() == [("LINKEDIN", "alice", "Hello there")]
    assert (await alice.post(post["id"]))["status"] == "PARTIALLY_PUBLISHED"
    assert (await on(alice, post, "LINKEDIN"))["status"] == "PUBLISHED"
    assert results == {"failed": 1, "published": 1}


async def test_a_refusal_is_told_in_the_platforms_own_words(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X", "LINKEDIN")
    post = await due_post(alice, clock, x="Hello", linkedin="Hello there")
    for platform in ("X", "LINKEDIN"):
        await fail(sandbox, platform, status=403)
    await process.publisher.publish_due()
    on_x, on_linkedin = await on(alice, post, "X"), await on(alice, post, "LINKEDIN")
    assert (on_x["status"], on_x["errorCode"]) == ("FAILED", "REFUSED")
    assert on_x["errorMessage"] == "You are not permitted to perform this action."
    assert (on_linkedin["status"], on_linkedin["errorCode"]) == ("FAILED", "PERMISSION_DENIED")
    assert on_linkedin["errorMessage"] == "Not enough permissions to access: partnerApiPostsExternal.CREATE"
    assert on_x["url"] is on_x["remoteId"] is on_x["publishedTime"] is None


async def test_a_post_that_no_platform_takes_failed_and_is_not_sent_again(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", status=400)
    for _ in range(3):
        await process.publisher.publish_due()
        clock.advance(hours=1)
    assert (await alice.post(post["id"]))["status"] == "FAILED"
    assert (await on(alice, post))["attempts"] == 1
    assert await arrived(sandbox) == ["Hello"]


@pytest.mark.parametrize("platform", ["X", "LINKEDIN"])
async def test_the_same_text_once_more_is_refused_as_a_duplicate(
    alice: User, clock: FakeClock, process: Process, platform: str, published: Published
) -> None:
    await alice.connect(platform)
    await due_post(alice, clock, **{platform.lower(): "Hello"})
    await process.publisher.publish_due()
    again = await due_post(alice, clock, **{platform.lower(): "Hello"})
    await process.publisher.publish_due()
    shown = await on(alice, again, platform)
    assert (shown["status"], shown["errorCode"]) == ("FAILED", "DUPLICATE_CONTENT")
    assert "duplicate" in shown["errorMessage"]
    assert await published() == [(platform, "alice", "Hello")]


async def test_without_an_account_a_post_fails_and_says_so(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello", linkedin="Hello there")
    await process.publisher.publish_due()
    shown = await on(alice, post, "LINKEDIN")
    assert (shown["status"], shown["errorCode"]) == ("FAILED", "ACCOUNT_MISSING")
    assert (await on(alice, post, "X"))["status"] == "PUBLISHED"
    assert (await alice.post(post["id"]))["status"] == "PARTIALLY_PUBLISHED"
    assert await arrived(sandbox, "LINKEDIN") == []


async def test_an_account_that_was_disconnected_publishes_nothing_more(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    (account,) = await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await alice.do(DISCONNECT_ACCOUNT, id=account["id"])
    await process.publisher.publish_due()
    assert (await on(alice, post))["errorCode"] == "ACCOUNT_MISSING"
    assert await arrived(sandbox) == []


async def test_mallorys_account_does_not_publish_alices_posts(
    alice: User, mallory: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await mallory.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    assert (await on(alice, post))["errorCode"] == "ACCOUNT_MISSING"
    assert await arrived(sandbox) == []


async def test_a_refusal_says_nothing_of_the_account(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", status=403)
    await process.publisher.publish_due()
    assert await account_status(alice) == "ACTIVE"
