"""What a queue, an owner or a doubt still needs stays, however old it is."""

from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from support.api import CLONE_POST, CONNECT_ACCOUNT, DELETE_QUEUE, RETRY_PUBLICATION, User
from support.clock import FakeClock
from support.keeping.old_clones import KEEP, clone_of, pruner, ran_queue
from support.publishing import claim_due, due_post, fail, on
from support.rows import set_publication, set_queue
from support.ticks import HOUR, clones, due_queue, ledger

from perennial.core.states import PublicationStatus
from perennial.db.models import Post, Publication, QueueExecution
from perennial.process import Process
from perennial.publishing.claims import mark

NEEDED = [
    PublicationStatus.UNCONFIRMED,
    PublicationStatus.SCHEDULED,
    PublicationStatus.PUBLISHING,
    PublicationStatus.DRAFT,
]


@pytest.fixture(autouse=True)
async def _connected(alice: User, clock: FakeClock) -> None:
    await alice.connect("X", "LINKEDIN")


async def prune(clock: FakeClock) -> int:
    """How many clones go when all that there is has become old."""
    clock.now += KEEP
    return (await pruner().prune()).clones


async def is_there(post: Any) -> bool:
    """Whether a post is kept, and with it all of its publications."""
    present = await Post.exists(id=post["id"])
    assert await Publication.filter(post_id=post["id"]).count() == (len(post["publications"]) if present else 0)
    return present


@pytest.mark.parametrize("status", NEEDED)
async def test_a_clone_of_which_anything_is_not_over_stays_whole_with_its_row(
    alice: User, clock: FakeClock, process: Process, status: PublicationStatus
) -> None:
    clone = await clone_of(alice, clock, process)
    await set_publication(clone, status, "LINKEDIN")
    assert await prune(clock) == 0
    assert await is_there(clone)
    assert await QueueExecution.filter(post_id=clone["id"]).count() == 1


@pytest.mark.parametrize("status", [PublicationStatus.FAILED, PublicationStatus.PUBLISHED])
async def test_one_that_failed_is_over(
    alice: User, clock: FakeClock, process: Process, status: PublicationStatus
) -> None:
    clone = await clone_of(alice, clock, process)
    await set_publication(clone, PublicationStatus.FAILED, "LINKEDIN")
    await set_publication(clone, status, "X")
    assert await prune(clock) == 1


async def test_what_an_owner_has_written_stays_published_or_not(
    alice: User, clock: FakeClock, process: Process
) -> None:
    published = await due_post(alice, clock, x="Once")
    await process.publisher.publish_due()
    copied = await alice.do(CLONE_POST, id=published["id"])
    failed = await alice.create_post(x="Never")
    await set_publication(failed, PublicationStatus.FAILED)
    assert await prune(clock) == 0
    assert [await is_there(post) for post in (published, copied, failed)] == [True] * 3


async def test_a_clone_that_a_queue_repeats_stays_until_that_is_deleted(
    alice: User, clock: FakeClock, process: Process
) -> None:
    clone = await clone_of(alice, clock, process)
    again = await alice.create_queue(clone["id"], clock.now + 2 * KEEP)
    assert await prune(clock) == 0
    assert await is_there(clone)
    await alice.do(DELETE_QUEUE, id=again["id"])
    assert await prune(clock) == 1


async def test_a_clone_counts_from_its_last_change(alice: User, clock: FakeClock, process: Process) -> None:
    clone = await clone_of(alice, clock, process)
    await set_publication(clone, PublicationStatus.FAILED, "X")
    clock.now += KEEP - HOUR
    await alice.do(RETRY_PUBLICATION, id=(await on(alice, clone))["id"])
    await process.publisher.publish_due()
    assert (await on(alice, clone))["status"] in {"PUBLISHED", "FAILED"}
    clock.now += 2 * HOUR
    assert (await pruner().prune()).clones == 0
    assert await prune(clock) == 1


async def test_the_row_of_a_pending_occurrence_stays_so_that_it_does_not_run_twice(
    alice: User, clock: FakeClock, process: Process
) -> None:
    queue = await ran_queue(alice, clock, process)
    occurrence = datetime.fromisoformat(queue["lastExecutedTime"])
    clock.now += KEEP
    await set_queue(queue, next_scheduled_time=occurrence, interval=3_650)
    done = await pruner().prune()
    assert (done.clones, done.executions) == (1, 0)
    await process.ticker.process_due_queues()
    assert await ledger(alice, queue) == [("EXECUTED", None)]
    assert await clones(alice, queue) == []
    assert (await pruner().prune()).executions == 1, "now that the queue is past it"


async def same_account(user: User, whose: User) -> None:
    """Connects somebody else's account of X."""
    await user.do(CONNECT_ACCOUNT, input={"platform": "X", "accessToken": f"sandbox-{whose.name}"})


async def in_doubt(user: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient) -> Any:
    """A post of the user's on X that is in doubt since now, and is looked for no more."""
    post = await due_post(user, clock, x="Hello")
    await fail(sandbox, "X", status=503)
    await process.publisher.publish_due()
    assert (await on(user, post))["status"] == "UNCONFIRMED"
    await set_publication(post, PublicationStatus.UNCONFIRMED, "X", next_attempt_time=None)
    return post


@pytest.mark.parametrize("whose", ["alice", "bob"])
async def test_receipts_that_a_doubt_may_meet_stay_until_it_is_settled(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, whose: str
) -> None:
    """The same text went out later, from the same account on X, whoever has connected it."""
    other = {"alice": alice, "bob": bob}[whose]
    await same_account(other, alice)
    doubt = await in_doubt(other, clock, process, sandbox)
    clock.advance(days=2)
    clone = await clone_of(alice, clock, process, texts={"x": "Hello"})
    assert clone["status"] == "PUBLISHED"
    assert await prune(clock) == 0
    await alice_retries_and_it_is_in_doubt_again(other, doubt, clock, process, sandbox)
    assert (await on(other, doubt))["remoteId"] is None, "it did not get the clone's receipt"
    await set_publication(doubt, PublicationStatus.FAILED, "X", unclear_since=None)
    assert await prune(clock) == 1


async def alice_retries_and_it_is_in_doubt_again(
    user: User, doubt: Any, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    """A retry that nobody answers, after which X is looked at again, as far back as the doubt began."""
    await fail(sandbox, "X", status=503)
    await user.do(RETRY_PUBLICATION, id=(await on(user, doubt))["id"])
    assert (await pruner().prune()).clones == 0, "while it waits"
    await process.publisher.publish_due()
    clock.advance(seconds=10)
    await process.publisher.publish_due()
    assert (await on(user, doubt))["status"] == "UNCONFIRMED"
    row = await Publication.get(post_id=doubt["id"])
    assert row.look_ups == 1


async def test_what_went_out_before_a_doubt_or_from_another_account_is_not_needed(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await bob.connect("X")
    await clone_of(alice, clock, process, texts={"x": "Hello"})
    clock.advance(days=2)
    await in_doubt(alice, clock, process, sandbox)
    clock.advance(days=2)
    await clone_of(bob, clock, process, texts={"x": "Hello"})
    clock.now += timedelta(days=1)
    assert await prune(clock) == 2


async def test_the_receipt_that_a_killed_workers_request_may_meet_stays_until_that_is_rescued(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    """The worker was killed before its request left; the queue's clone has the same text, and went out afterwards."""
    queue = await due_queue(alice, clock.now + timedelta(minutes=1, seconds=30), {"x": "Hello"})
    post = await due_post(alice, clock, x="Hello")
    await mark(await claim_due(clock, "X"), clock.now)
    clock.advance(seconds=30)
    await process.ticker.process_due_queues()
    await process.publisher.publish_due()
    (clone,) = await clones(alice, queue)
    assert (await on(alice, clone))["status"] == "PUBLISHED"
    clock.now += KEEP
    assert (await pruner().prune()).clones == 0
    for _ in range(3):
        await process.publisher.publish_due()
        clock.advance(minutes=11)
    assert (await on(alice, post))["status"] == "UNCONFIRMED"
