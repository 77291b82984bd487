"""Refreshing tokens in time, and by one caller only: a platform takes a refresh token once."""

import asyncio
from datetime import datetime, timedelta

import httpx2
import pytest
from support.api import User
from support.clock import FakeClock
from support.publishing import (
    account,
    account_status,
    another_process,
    arrived,
    connect,
    count_refreshes,
    due_post,
    eventually,
    fail,
    on,
    refresh_token,
    row,
)

from perennial.accounts.refreshing import LOST_ANSWER_PAUSES, REFRESH_LEASE
from perennial.core.states import Platform
from perennial.db.models import ConnectedAccount
from perennial.platforms.transport import Tokens
from perennial.process import Process

HOUR = timedelta(hours=1)
SOON = timedelta(seconds=1)  # over by the time that a post falls due


async def test_a_token_about_to_run_out_is_refreshed_before_the_post_is_sent(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + timedelta(seconds=90))
    post = await due_post(alice, clock, x="Hello")  # half a minute before it runs out
    await fail(sandbox, "X", status=401, token="sandbox-alice", times=1000)
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"
    assert await arrived(sandbox) == ["Hello"]


async def test_a_token_with_time_left_is_not_refreshed(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + HOUR)
    refreshes = await count_refreshes(sandbox)
    await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    assert await refreshes() == 0


async def test_a_refresh_refused_ahead_of_time_sends_nothing(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", operation="token", status=400)
    await process.publisher.publish_due()
    assert (await on(alice, post))["errorCode"] == "RECONNECT_REQUIRED"
    assert await account_status(alice) == "RECONNECT_REQUIRED"
    assert await arrived(sandbox) == []


async def test_a_refresh_whose_answer_is_lost_is_made_again_a_while_later(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", operation="token", status=503)
    await process.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["attempts"], shown["errorCode"]) == ("SCHEDULED", 0, "REFRESH_FAILED")
    assert (await row(post)).next_attempt_time == clock.now + LOST_ANSWER_PAUSES[0]
    assert await account_status(alice) == "ACTIVE"
    clock.now = (await row(post)).next_attempt_time
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"


async def publish_until_done(clock: FakeClock, *processes: Process) -> None:
    """All of these publish at once, again and again while something waits for its next attempt."""
    for _ in range(5):
        await asyncio.gather(*(one.publisher.publish_due() for one in processes))
        clock.advance(seconds=3)


async def test_two_posts_of_an_account_refresh_it_once(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    refreshes = await count_refreshes(sandbox)
    posts = [await due_post(alice, clock, x=f"Text {number}") for number in range(3)]
    await publish_until_done(clock, process)
    assert [(await on(alice, post))["status"] for post in posts] == ["PUBLISHED"] * 3
    assert await refreshes() == 1


async def test_several_processes_refresh_an_account_once_after_its_token_was_rejected(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"))
    await fail(sandbox, "X", status=401, token="sandbox-alice", times=1000)
    refreshes = await count_refreshes(sandbox)
    posts = [await due_post(alice, clock, x=f"Text {number}") for number in range(6)]
    async with another_process(process, account_requests_max=2) as one, another_process(process) as other:
        await publish_until_done(clock, one, other)
    assert [(await on(alice, post))["status"] for post in posts] == ["PUBLISHED"] * 6
    assert await refreshes() == 1
    assert await account_status(alice) == "ACTIVE"


async def test_who_comes_with_an_account_as_it_was_before_a_refresh_does_not_refresh_it_again(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "LINKEDIN", refresh_token("alice"))
    keeps_its_refresh_token = {"status": 200, "body": {"access_token": "sandbox-alice~7", "expires_in": 5_184_000}}
    refreshes = await count_refreshes(sandbox, "LINKEDIN", **keeps_its_refresh_token)
    stale = await account(alice, "LINKEDIN")
    for _ in range(2):
        fresh = await process.publisher.sender.refresher.refresh(stale, clock.now)
        assert process.publisher.sender.refresher.access_token(fresh) == "sandbox-alice~7"
    assert await refreshes() == 1


async def test_while_somebody_refreshes_the_others_wait_and_lose_no_attempt(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    post = await due_post(alice, clock, x="Hello")
    await ConnectedAccount.all().update(refresh_lease_expires_at=clock.now + REFRESH_LEASE)
    await process.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["attempts"], shown["errorCode"]) == ("SCHEDULED", 0, "REFRESHING")


async def test_a_refresher_that_died_is_replaced_when_its_lease_has_run_out(
    alice: User, clock: FakeClock, process: Process
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    post = await due_post(alice, clock, x="Hello")
    await ConnectedAccount.all().update(refresh_lease_expires_at=clock.now + REFRESH_LEASE)
    clock.now += REFRESH_LEASE
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"


async def test_a_worker_that_is_stopping_begins_no_refresh_and_the_post_is_tried_again(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    """New tokens that come back when nobody is left to store them would be lost, and the account with them."""
    await connect(alice, "X", refresh_token("alice"))
    refreshes = await count_refreshes(sandbox)
    await fail(sandbox, "X", status=401, token="sandbox-alice", delay_seconds=0.3)
    post = await due_post(alice, clock, x="Hello")
    run = asyncio.create_task(process.publisher.publish_due())
    await eventually(lambda: arrived(sandbox))
    process.stopping.set()
    await run
    assert (await refreshes(), await account_status(alice)) == (0, "ACTIVE")
    shown = await on(alice, post)
    assert (shown["status"], shown["attempts"]) == ("SCHEDULED", 0)


async def test_after_a_reconnect_in_the_middle_the_new_account_is_the_one_that_publishes(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect(alice, "LINKEDIN", refresh_token("alice"))
    clock.advance(minutes=5)
    post = await due_post(alice, clock, linkedin="Hello")
    await fail(sandbox, "LINKEDIN", status=401)
    linkedin = process.publisher.sender.platforms[Platform.LINKEDIN]
    refresh = linkedin.refresh

    async def reconnected_meanwhile(token: str, now: datetime) -> Tokens:
        await process.accounts.connect("alice", Platform.LINKEDIN, Tokens("sandbox-carol", None, None), clock.now)
        return await refresh(token, now)

    monkeypatch.setattr(linkedin, "refresh", reconnected_meanwhile)
    await process.publisher.publish_due()
    clock.advance(seconds=10)
    for _ in range(2):  # the first adopts it, and enqueues the second
        await process.publisher.publish_due()
    assert (await on(alice, post, "LINKEDIN"))["status"] == "PUBLISHED"
    (there,) = (await sandbox.get("/posts")).json()
    assert there["user"] == "carol"
