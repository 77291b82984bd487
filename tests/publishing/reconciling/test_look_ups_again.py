"""When a look-up got no answer: it comes again, in time, and what is said of it is true."""

from datetime import timedelta

import httpx2
from support.api import CONNECT_ACCOUNT, RETRY_PUBLICATION, User
from support.clock import FakeClock
from support.publishing import connect, due_post, fail, on, refresh_token, row

from perennial.db.models import Publication
from perennial.process import Process

ACCEPTED_AND_SILENT = {"status": 503, "after_accepting": True}


async def test_while_the_token_is_being_refreshed_the_others_look_seconds_later(
    bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(bob, "X", refresh_token("bob"))
    posts = [await due_post(bob, clock, x=f"Hello {number}") for number in range(3)]
    await fail(sandbox, "X", times=3, **ACCEPTED_AND_SILENT)
    await process.publisher.publish_due()
    await fail(sandbox, "X", operation="timeline", status=401, token="sandbox-bob", times=100)
    await fail(sandbox, "X", operation="token", delay_seconds=0.2)
    clock.advance(seconds=10)
    await process.publisher.publish_due()
    clock.advance(seconds=5)
    await process.publisher.publish_due()
    assert [(await on(bob, post))["status"] for post in posts] == ["PUBLISHED"] * 3


async def test_a_doubt_that_was_retried_days_later_is_looked_into_for_a_day_again(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", status=503)
    await process.publisher.publish_due()
    clock.advance(days=3)
    await alice.do(RETRY_PUBLICATION, id=(await on(alice, post))["id"])
    await fail(sandbox, "X", **ACCEPTED_AND_SILENT)
    await process.publisher.publish_due()
    await fail(sandbox, "X", operation="timeline", status=503)
    clock.advance(seconds=10)
    await process.publisher.publish_due()
    clock.now = (await row(post)).next_attempt_time
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"


async def test_while_another_owner_of_the_same_account_sends_the_same_text_what_is_found_is_nobodys_yet(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    await bob.do(CONNECT_ACCOUNT, input={"platform": "X", "accessToken": "sandbox-alice"})
    his = await due_post(bob, clock, x="Hello")
    await fail(sandbox, "X", **ACCEPTED_AND_SILENT)
    await process.publisher.publish_due()
    hers = await due_post(alice, clock, x="Hello")
    lease = clock.now + timedelta(hours=1)
    await Publication.filter(post_id=hers["id"]).update(status="publishing", lease_expires_at=lease)
    await process.publisher.publish_due()
    assert (await on(bob, his))["status"] == "UNCONFIRMED"
    await Publication.filter(post_id=hers["id"]).update(status="failed")
    clock.advance(minutes=2)
    await process.publisher.publish_due()
    assert (await on(bob, his))["status"] == "PUBLISHED"


async def test_what_another_owner_of_the_same_account_has_published_is_not_taken_for_it(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    await bob.do(CONNECT_ACCOUNT, input={"platform": "X", "accessToken": "sandbox-alice"})
    hers = await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    his = await due_post(bob, clock, x="Hello")
    await fail(sandbox, "X", status=503)
    await process.publisher.publish_due()
    clock.now += timedelta(seconds=10)
    await process.publisher.publish_due()
    assert [(await on(user, post))["status"] for user, post in ((alice, hers), (bob, his))] == [
        "PUBLISHED",
        "UNCONFIRMED",
    ]
