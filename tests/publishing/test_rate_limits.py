"""publish_due under a rate limit: the account waits for its reset, no attempt is lost, and others go on."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx2
from support.api import CONNECT_ACCOUNT, User
from support.clock import FakeClock
from support.publishing import account, arrived, due_post, fail, on, row

from perennial.process import Process

Published = Callable[[], Awaitable[list[tuple[str, str, str]]]]

SLACK = timedelta(seconds=5)  # more than recording ever adds to a reset


async def throttle(sandbox: httpx2.AsyncClient, clock: FakeClock, **reset: float) -> datetime:
    """X answers Alice's next call with 429 and names this reset; X counts in whole seconds."""
    time = (clock.now + timedelta(**reset)).replace(microsecond=0)
    headers = {"x-rate-limit-reset": str(int(time.timestamp()))}
    await fail(sandbox, "X", status=429, user="alice", headers=headers)
    return time


async def test_a_429_moves_the_post_to_just_after_the_named_reset_and_costs_no_attempt(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    reset = await throttle(sandbox, clock, minutes=10)
    await process.publisher.publish_due()
    kept = await row(post)
    assert kept.next_attempt_time is not None
    assert reset < kept.next_attempt_time <= reset + SLACK
    shown = await on(alice, post)
    assert (shown["status"], shown["attempts"], shown["errorCode"]) == ("SCHEDULED", 0, "RATE_LIMITED")


async def test_linkedins_429_waits_until_midnight_is_surely_over(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("LINKEDIN")
    post = await due_post(alice, clock, linkedin="Hello")
    await fail(sandbox, "LINKEDIN", status=429)
    await process.publisher.publish_due()
    midnight = datetime(clock.now.year, clock.now.month, clock.now.day, tzinfo=UTC) + timedelta(days=1)
    kept = await row(post, "LINKEDIN")
    assert kept.next_attempt_time is not None
    assert midnight + timedelta(seconds=2) < kept.next_attempt_time <= midnight + SLACK


async def test_after_the_reset_the_post_goes_out(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    reset = await throttle(sandbox, clock, minutes=10)
    await process.publisher.publish_due()
    clock.now = reset
    assert not await process.publisher.publish_due()
    clock.now = reset + SLACK
    await process.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["attempts"]) == ("PUBLISHED", 1)


async def test_however_often_a_post_is_throttled_it_never_fails_for_that(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    for _ in range(7):
        clock.now = await throttle(sandbox, clock, minutes=10) + SLACK
        await process.publisher.publish_due()
        clock.advance(minutes=20)
    assert len(await arrived(sandbox)) == 7
    assert (await on(alice, post))["attempts"] == 0
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"


async def test_the_accounts_other_posts_wait_for_the_reset_without_a_request(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, published: Published
) -> None:
    await alice.connect("X")
    await due_post(alice, clock, x="First")
    reset = await throttle(sandbox, clock, minutes=10)
    await process.publisher.publish_due()
    second = await due_post(alice, clock, x="Second")
    before = await row(second)
    await process.publisher.publish_due()
    assert await arrived(sandbox) == ["First"]
    shown = await on(alice, second)
    assert (shown["status"], shown["attempts"], shown["errorCode"]) == ("SCHEDULED", 0, "RATE_LIMITED")
    assert shown["errorMessage"] == (await account(alice)).blocked_message
    assert dict(await row(second)) == dict(before), "what waits is not written"
    clock.now = reset + SLACK
    await process.publisher.publish_due()
    assert sorted(await published()) == [("X", "alice", "First"), ("X", "alice", "Second")]


async def test_other_accounts_go_on_while_one_is_throttled(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, published: Published
) -> None:
    await alice.connect("X", "LINKEDIN")
    await bob.connect("X")
    await due_post(alice, clock, x="First", linkedin="On LinkedIn")
    await throttle(sandbox, clock, minutes=10)
    await due_post(bob, clock, x="Bob's")
    await process.publisher.publish_due()
    assert sorted(await published()) == [("LINKEDIN", "alice", "On LinkedIn"), ("X", "bob", "Bob's")]


async def test_the_sandboxs_own_limit_is_waited_for(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    await sandbox.post("/faults", json={"rate_limit": {"X": 1, "LINKEDIN": None}})
    await due_post(alice, clock, x="First")
    await process.publisher.publish_due()
    second = await due_post(alice, clock, x="Second")
    await process.publisher.publish_due()
    assert (await on(alice, second))["errorCode"] == "RATE_LIMITED"
    kept = await row(second)
    assert kept.next_attempt_time is not None
    assert kept.next_attempt_time > clock.now + timedelta(minutes=10)


async def test_what_is_not_due_before_the_reset_waits_for_its_time_alone(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    await due_post(alice, clock, x="First")
    await throttle(sandbox, clock, minutes=10)
    await process.publisher.publish_due()
    later = await alice.create_post(x="Later")
    await alice.schedule_post(later["id"], clock.now + timedelta(minutes=1))
    assert (await on(alice, later))["errorCode"] is None
    clock.advance(minutes=1)
    assert (await on(alice, later))["errorCode"] == "RATE_LIMITED"
    until = (await account(alice)).blocked_until
    assert until is not None
    clock.now = until
    assert (await on(alice, later))["errorCode"] is None, "it waits for its turn alone"


async def test_the_other_account_that_is_connected_instead_waits_for_nothing(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, published: Published
) -> None:
    await alice.connect("X")
    await due_post(alice, clock, x="First")
    await throttle(sandbox, clock, minutes=10)
    await process.publisher.publish_due()
    second = await due_post(alice, clock, x="Second")
    await alice.do(CONNECT_ACCOUNT, input={"platform": "X", "accessToken": "sandbox-alice-anew"})
    assert (await on(alice, second))["errorCode"] is None
    await process.publisher.publish_due()
    assert ("X", "alice-anew", "Second") in await published()
