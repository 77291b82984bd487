"""More publications lie ready than are being sent. They are not marked before they leave, and given back unsent."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from support.api import User
from support.clock import FakeClock
from support.publishing import HANGING, WAIT_SECONDS, another_process, arrived, due_post, eventually, fail, on, row

from perennial.core.states import Platform
from perennial.db.models import Publication
from perennial.process import Process
from perennial.publishing import claims
from perennial.publishing.dispatch import dispatcher


@pytest.fixture
async def narrow(alice: User, bob: User, process: Process) -> AsyncIterator[Process]:
    """A worker with one request on the wire; Alice and Bob are connected to X."""
    await alice.connect("X")
    await bob.connect("X")
    async with another_process(process, platform_requests_max=1) as one:
        yield one


async def due_posts(alice: User, bob: User, clock: FakeClock) -> tuple[Any, Any]:
    """One of Alice's, and after it one of Bob's."""
    return await due_post(alice, clock, x="Alice's"), await due_post(bob, clock, x="Bob's")


async def lies_ready(post: Any) -> bool:
    """Whether it is claimed and not marked."""
    kept = await row(post)
    return kept.status == "publishing" and kept.request_started_time is None


async def running(worker: Process, sandbox: httpx2.AsyncClient, ready: Any) -> "asyncio.Task[Counter[str]]":
    """The worker's run, with a request on the wire and this post lying ready."""
    run = asyncio.create_task(worker.publisher.publish_due())
    await eventually(lambda: arrived(sandbox))
    await eventually(lambda: lies_ready(ready))
    return run


async def test_what_lies_ready_is_not_marked_and_leaves_once_there_is_a_place(
    alice: User, bob: User, clock: FakeClock, narrow: Process, sandbox: httpx2.AsyncClient
) -> None:
    await fail(sandbox, "X", user="alice", status=503, delay_seconds=1)
    hers, his = await due_posts(alice, bob, clock)
    run = await running(narrow, sandbox, his)
    assert (await row(hers)).request_started_time is not None
    assert await arrived(sandbox) == ["Alice's"]
    await run
    assert [(await on(user, post))["status"] for user, post in ((alice, hers), (bob, his))] == [
        "UNCONFIRMED",
        "PUBLISHED",
    ]


async def test_what_falls_due_while_others_leave_is_not_said_to_leave_before_its_time(
    alice: User, bob: User, clock: FakeClock, process: Process, monkeypatch: Any
) -> None:
    """The time is not read anew for each group that leaves."""
    await alice.connect("X")
    await bob.connect("X")
    monkeypatch.setattr(dispatcher, "FRESH_SECONDS", WAIT_SECONDS)
    await due_post(alice, clock, x="Alice's")
    his = await bob.create_post(x="Bob's")
    await bob.schedule_post(his["id"], clock.now + timedelta(seconds=1))
    mark = claims.mark

    async def mark_while_another_falls_due(claimed: Any, now: Any) -> Any:
        if claimed[0].owner == "alice":
            clock.advance(seconds=1)
            await process.publisher.publish_due()  # wakes the run that claims
            await eventually(lambda: lies_ready(his))
        return await mark(claimed, now)

    monkeypatch.setattr(claims, "mark", mark_while_another_falls_due)
    assert await process.publisher.publish_due() == {"published": 2}
    kept = await row(his)
    assert (kept.request_started_time, kept.published_time) == (kept.scheduled_time, kept.scheduled_time)


async def test_who_stops_gives_back_what_lies_ready_at_once(
    alice: User, bob: User, clock: FakeClock, process: Process, narrow: Process, sandbox: httpx2.AsyncClient
) -> None:
    await fail(sandbox, "X", user="alice", status=503, delay_seconds=1)
    _, his = await due_posts(alice, bob, clock)
    run = await running(narrow, sandbox, his)
    narrow.stopping.set()
    await run
    kept = await row(his)
    assert (kept.status, kept.attempts, kept.claim_id) == ("scheduled", 0, None)
    assert (await bob.post(his["id"]))["status"] == "SCHEDULED"
    await process.publisher.publish_due()
    assert (await on(bob, his))["status"] == "PUBLISHED", "without waiting for a lease to run out"


async def test_nothing_leaves_any_more_once_the_worker_is_to_stop(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    await bob.connect("X")
    await fail(sandbox, "X", user="alice", delay_seconds=2)
    await fail(sandbox, "X", user="bob", delay_seconds=0.5)
    async with another_process(process, platform_requests_max=2) as worker:
        await due_posts(alice, bob, clock)
        hers, his = await due_posts(alice, bob, clock)
        run = asyncio.create_task(worker.publisher.publish_due())
        await eventually(lambda: lies_ready(hers))
        await eventually(lambda: lies_ready(his))
        await asyncio.sleep(0.1)  # by now it waits for an answer, and hears of nothing else
        worker.stopping.set()
        assert await run == {"published": 2}
    assert [(await row(post)).status for post in (hers, his)] == ["scheduled"] * 2


async def test_who_is_to_stop_while_it_claims_gives_back_what_it_then_has(
    alice: User, bob: User, clock: FakeClock, narrow: Process, sandbox: httpx2.AsyncClient, monkeypatch: Any
) -> None:
    """Nothing is on the wire, and nobody wakes it: it notices the stop itself."""
    hers = await due_post(alice, clock, x="Alice's")
    claim = claims.claim

    async def stopped(*given: Any, **named: Any) -> Any:
        claimed = await claim(*given, **named)
        narrow.stopping.set()
        return claimed

    monkeypatch.setattr(claims, "claim", stopped)
    assert await asyncio.wait_for(narrow.publisher.publish_due(), WAIT_SECONDS) == {}
    assert (await row(hers)).status == "scheduled"
    assert await arrived(sandbox) == []


async def test_who_is_cancelled_gives_it_back_too(
    alice: User, bob: User, clock: FakeClock, narrow: Process, sandbox: httpx2.AsyncClient
) -> None:
    await fail(sandbox, "X", user="alice", **HANGING)
    _, his = await due_posts(alice, bob, clock)
    run = await running(narrow, sandbox, his)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert (await row(his)).status == "scheduled"
    assert await arrived(sandbox) == ["Alice's"]


async def test_what_lies_ready_stays_here_when_the_platform_serves_nobody(
    alice: User, bob: User, mallory: User, clock: FakeClock, narrow: Process, sandbox: httpx2.AsyncClient
) -> None:
    """Of three, two have seen it: the second one's request is the probe, since the first may be refused alone."""
    await fail(sandbox, "X", status=402, times=100, delay_seconds=0.5)
    await mallory.connect("X")
    third = await mallory.create_post(x="Mallory's")
    await mallory.schedule_post(third["id"], clock.now + timedelta(seconds=59))
    hers, his = await due_posts(alice, bob, clock)
    await narrow.publisher.publish_due()
    assert len(await arrived(sandbox)) == 2
    shown = [await on(alice, hers), await on(bob, his), await on(mallory, third)]
    assert [(one["status"], one["attempts"], one["errorCode"]) for one in shown] == [
        ("SCHEDULED", 0, "CREDITS_DEPLETED")
    ] * 3


async def test_what_lies_ready_of_an_account_that_has_to_wait_waits_with_it(
    alice: User, bob: User, clock: FakeClock, narrow: Process, sandbox: httpx2.AsyncClient
) -> None:
    await fail(sandbox, "X", user="alice", status=429, times=100, delay_seconds=0.5)
    await due_post(alice, clock, x="Alice's")
    await due_post(alice, clock, x="Her second")
    his = await due_post(bob, clock, x="Bob's")
    assert await narrow.publisher.publish_due() == {"scheduled": 1, "published": 1}
    assert await arrived(sandbox) == ["Alice's", "Bob's"]
    assert (await on(bob, his))["status"] == "PUBLISHED"


async def test_what_was_given_back_is_looked_at_again_at_once(
    alice: User, bob: User, clock: FakeClock, process: Process, narrow: Process, sandbox: httpx2.AsyncClient
) -> None:
    """Even where nothing more was due when it was looked last: of an account that is of no use any more, it fails."""
    await fail(sandbox, "X", user="alice", status=401, times=100, delay_seconds=0.5)
    await fail(sandbox, "X", user="bob", delay_seconds=2)
    await due_posts(alice, bob, clock)
    second = await due_post(alice, clock, x="Her second")
    async with another_process(process, platform_requests_max=2, account_requests_max=1) as worker:
        assert await worker.publisher.publish_due() == {"failed": 2, "published": 1}
    assert await arrived(sandbox) == ["Alice's", "Bob's"]
    assert (await on(alice, second))["errorCode"] == "RECONNECT_REQUIRED"


async def test_what_another_took_over_while_it_lay_ready_is_not_sent(
    alice: User, bob: User, clock: FakeClock, narrow: Process, sandbox: httpx2.AsyncClient
) -> None:
    await fail(sandbox, "X", user="alice", status=503, delay_seconds=1)
    _, his = await due_posts(alice, bob, clock)
    run = await running(narrow, sandbox, his)
    await Publication.filter(post_id=his["id"]).update(claim_id=uuid4())
    await run
    assert await arrived(sandbox) == ["Alice's"]
    assert not narrow.publisher.limits.is_full(Platform.X)
