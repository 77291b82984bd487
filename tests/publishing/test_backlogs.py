"""A backlog goes out sanely: what is too old is not sent; what has no account does not wait for one."""

import httpx2
from support.api import DISCONNECT_ACCOUNT, RETRY_PUBLICATION, User
from support.clock import FakeClock
from support.publishing import another_process, arrived, due_post, fail, on, row
from support.rows import set_publication

from perennial.core.states import PublicationStatus
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


async def test_a_retry_counts_anew_also_where_its_account_does_not_make_it_wait_any_more(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    """It is due at once then, and no claim has come to it yet."""
    (account,) = await alice.connect("X")
    post = await due_post(alice, clock, x="Old news")
    clock.advance(hours=48)
    await process.publisher.publish_due()
    await alice.do(RETRY_PUBLICATION, id=(await on(alice, post))["id"])
    await fail(sandbox, "X", status=429)
    await process.publisher.publish_due()
    assert (await on(alice, post))["errorCode"] == "RATE_LIMITED"
    await alice.do(DISCONNECT_ACCOUNT, id=account["id"])
    await alice.connect("X")
    await process.publisher.overdue.end_waiting()
    assert (await on(alice, post))["errorCode"] is None
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


async def test_what_is_due_without_an_account_fails(alice: User, clock: FakeClock, process: Process) -> None:
    post = await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["errorCode"]) == ("FAILED", "ACCOUNT_MISSING")
    assert (await row(post)).next_attempt_time is None
