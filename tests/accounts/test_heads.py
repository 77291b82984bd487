"""The head of an account is never later than what the account has due; every way to make something due keeps it so."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs
from support.api import RETRY_PUBLICATION, UNSCHEDULE_POST, User
from support.clock import FakeClock
from support.publishing import account, due_post, fail, on, row
from support.rows import set_publication
from support.ticks import Tick

from perennial.accounts import heads
from perennial.core.states import PublicationStatus
from perennial.db.models import ConnectedAccount, Publication
from perennial.db.transactions import transaction
from perennial.process import Process


async def check_heads() -> None:
    """Checks the invariant of all accounts."""
    for one in await ConnectedAccount.all():
        waiting = Publication.filter(connected_account_id=one.id, status=PublicationStatus.SCHEDULED)
        first = await waiting.order_by("next_attempt_time").first()
        if first is not None:
            assert first.next_attempt_time is not None
            assert one.next_due is not None
            assert one.next_due <= max(first.next_attempt_time, one.blocked_until or first.next_attempt_time)


async def test_an_account_without_anything_scheduled_has_no_head(alice: User, process: Process) -> None:
    await alice.connect("X")
    await alice.create_post(x="A draft")
    assert (await account(alice)).next_due is None


async def test_scheduling_lowers_the_head_and_never_raises_it(alice: User, clock: FakeClock) -> None:
    await alice.connect("X")
    late, early = await alice.create_post(x="Late"), await alice.create_post(x="Early")
    await alice.schedule_post(late["id"], clock.now + timedelta(hours=2))
    assert (await account(alice)).next_due == clock.now + timedelta(hours=2)
    await alice.schedule_post(early["id"], clock.now + timedelta(hours=1))
    assert (await account(alice)).next_due == clock.now + timedelta(hours=1)
    await alice.schedule_post(early["id"], clock.now + timedelta(hours=3))
    assert (await account(alice)).next_due == clock.now + timedelta(hours=1), "only a claim raises it"
    await check_heads()


async def test_a_claim_raises_the_head_to_what_is_next_or_to_nothing(
    alice: User, clock: FakeClock, process: Process
) -> None:
    await alice.connect("X")
    later = await alice.create_post(x="Later")
    await due_post(alice, clock, x="Now")
    await alice.schedule_post(later["id"], clock.now + timedelta(days=1))
    await process.publisher.publish_due()
    assert (await account(alice)).next_due == clock.now + timedelta(days=1)
    clock.advance(days=1)
    await process.publisher.publish_due()
    assert (await account(alice)).next_due is None


async def test_a_head_that_is_too_early_is_raised_by_a_look(alice: User, clock: FakeClock, process: Process) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await alice.do(UNSCHEDULE_POST, id=post["id"])
    await process.publisher.publish_due()
    assert (await account(alice)).next_due is None


async def test_a_tick_lowers_the_heads_of_both_platforms(alice: User, clock: FakeClock, queue: Any, tick: Tick) -> None:
    await alice.connect("X", "LINKEDIN")
    clock.advance(hours=1)
    await tick()
    assert [one.next_due for one in await ConnectedAccount.all()] == [clock.now, clock.now]
    await check_heads()


async def test_what_is_to_be_sent_again_lowers_the_head(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("LINKEDIN")
    post = await due_post(alice, clock, linkedin="Hello")
    await fail(sandbox, "LINKEDIN", status=429)
    await process.publisher.publish_due()
    assert (await account(alice, "LINKEDIN")).next_due == (await row(post, "LINKEDIN")).next_attempt_time
    await check_heads()


async def test_a_persons_retry_lowers_the_head(alice: User, clock: FakeClock, process: Process) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await set_publication(post, PublicationStatus.FAILED, next_attempt_time=None)
    await process.publisher.publish_due()
    assert (await account(alice)).next_due is None
    await alice.do(RETRY_PUBLICATION, id=(await on(alice, post))["id"])
    assert (await account(alice)).next_due == clock.now


async def test_what_waited_for_an_account_gives_it_its_head_when_it_is_nearly_due(
    alice: User, clock: FakeClock, process: Process
) -> None:
    post = await alice.create_post(x="Hello")
    time = clock.now + timedelta(hours=1)
    await alice.schedule_post(post["id"], time)
    await alice.connect("X")
    clock.advance(minutes=59)
    await process.publisher.publish_due()
    assert (await account(alice)).next_due == time
    assert (await row(post)).connected_account_id == (await account(alice)).id


async def test_a_head_that_is_late_is_mended_and_logged(alice: User, clock: FakeClock, process: Process) -> None:
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    await ConnectedAccount.all().update(next_due=clock.now + timedelta(days=1))
    with capture_logs() as logs:
        await heads.mender().mend_some()
    assert [line["event"] for line in logs] == ["account.head_mended"]
    await check_heads()


async def test_heads_that_are_right_are_left_alone(alice: User, bob: User, clock: FakeClock) -> None:
    for user in (alice, bob):
        await user.connect("X", "LINKEDIN")
        await due_post(user, clock, x="Hello", linkedin="Hello")
    with capture_logs() as logs:
        await heads.mender().mend_some()
    assert logs == []


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_a_claim_that_reads_while_something_is_scheduled_does_not_lose_it(
    alice: User, clock: FakeClock, process: Process
) -> None:
    """The claim passes over an account that is locked; read without the lock, it would raise the head too far."""
    await alice.connect("X")
    await due_post(alice, clock, x="Now")
    later = await alice.create_post(x="Later")
    mine = await account(alice)
    scheduled, committed = asyncio.Event(), asyncio.Event()

    async def schedule() -> None:
        async with transaction():
            await heads.lock([mine.id])
            time = clock.now + timedelta(minutes=5)
            columns = {"status": PublicationStatus.SCHEDULED, "connected_account_id": mine.id}
            await Publication.filter(post_id=later["id"]).update(next_attempt_time=time, scheduled_time=time, **columns)
            await heads.lower({mine.id: time})
            scheduled.set()
            await committed.wait()

    scheduling = asyncio.create_task(schedule())
    await scheduled.wait()
    publishing = asyncio.create_task(process.publisher.publish_due())
    await asyncio.sleep(0.1)
    committed.set()
    await asyncio.gather(scheduling, publishing)
    await check_heads()
    assert (await account(alice)).next_due == clock.now + timedelta(minutes=5)
