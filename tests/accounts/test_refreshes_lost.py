"""A refresh whose answer was lost may have used the refresh token up: once more at most, then the account is lost."""

from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from support.api import User
from support.clock import FakeClock
from support.publishing import (
    account,
    account_status,
    arrived,
    connect,
    count_refreshes,
    due_post,
    fail,
    on,
    refresh_token,
)
from support.ticks import due_queue, ledger

from perennial.accounts.refreshing import LOST_ANSWER_PAUSE, REFRESH_LEASE, Refresher
from perennial.db.models import ConnectedAccount
from perennial.platforms.transport import Tokens
from perennial.process import Process

SOON = timedelta(seconds=1)  # over by the time that a post falls due
LOST: list[dict[str, Any]] = [{"close": True}, {"status": 503}, {"rubbish": True}, {"status": 200, "body": {}}]


@pytest.fixture
def refresher(process: Process) -> Refresher:
    return process.publisher.sender.refresher


async def publish_often(process: Process, clock: FakeClock) -> None:
    """Every minute, for a quarter of an hour."""
    for _ in range(15):
        await process.publisher.publish_due()
        clock.now += LOST_ANSWER_PAUSE


@pytest.mark.parametrize("fault", LOST, ids=str)
async def test_it_is_tried_once_more_at_most_and_then_the_account_has_to_be_connected_again(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, fault: dict[str, Any]
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    refreshes = await count_refreshes(sandbox, "X", **({"delay_seconds": 0.01} | fault))
    post = await due_post(alice, clock, x="Hello")
    await publish_often(process, clock)
    assert await refreshes() == 2
    assert await account_status(alice) == "RECONNECT_REQUIRED"
    shown = await on(alice, post)
    assert (shown["status"], shown["errorCode"]) == ("FAILED", "RECONNECT_REQUIRED")
    assert await arrived(sandbox) == []


async def test_meanwhile_no_other_post_of_the_account_tries(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", operation="token", close=True)
    await process.publisher.publish_due()
    refreshes = await count_refreshes(sandbox)
    await due_post(alice, clock, x="Another")
    clock.now -= SOON
    await process.publisher.publish_due()
    assert await refreshes() == 0


async def test_what_surely_was_not_asked_does_not_count(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    refreshes = await count_refreshes(sandbox, "X", status=429)
    post = await due_post(alice, clock, x="Hello")
    for _ in range(4):
        await process.publisher.publish_due()
        clock.advance(hours=1)
    assert await refreshes() == 4
    await sandbox.delete("/faults")
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"


async def test_a_refresher_that_died_leaves_one_try(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    post = await due_post(alice, clock, x="Hello")
    died = {"refresh_lease_expires_at": clock.now, "refresh_claim_id": (await account(alice)).id}
    await ConnectedAccount.all().update(**died, refresh_attempts=1)
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"
    assert (await account(alice)).refresh_attempts == 0


async def test_two_that_died_leave_none(alice: User, clock: FakeClock, process: Process) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    post = await due_post(alice, clock, x="Hello")
    await ConnectedAccount.all().update(refresh_lease_expires_at=clock.now, refresh_attempts=2)
    await process.publisher.publish_due()
    assert (await on(alice, post))["errorCode"] == "RECONNECT_REQUIRED"
    assert await account_status(alice) == "RECONNECT_REQUIRED"


async def test_a_refusal_looks_first_whether_somebody_else_was_faster(
    alice: User, clock: FakeClock, process: Process, refresher: Refresher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other's lease ran out while it waited for the database; then it stored what it had got."""
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    stale = await account(alice)
    x = refresher.platforms[stale.platform]
    refresh = type(x).refresh

    async def refused_after_the_other_has_stored(self: Any, token: str, now: datetime) -> Tokens:
        tokens = await refresh(self, token, now)
        await refresher._store(stale, tokens, clock.now)
        return await refresh(self, token, now)  # a second time, which X refuses

    monkeypatch.setattr(type(x), "refresh", refused_after_the_other_has_stored)
    fresh = await refresher.refresh(stale, clock.now)
    assert fresh.tokens_version == stale.tokens_version + 1
    assert await account_status(alice) == "ACTIVE"


async def test_new_tokens_are_kept_even_where_the_account_was_given_up_meanwhile(
    alice: User, clock: FakeClock, refresher: Refresher
) -> None:
    await connect(alice, "X", refresh_token("alice"))
    stale = await account(alice)
    await refresher.give_up(stale, "somebody else got a 400 for the token that we had used")
    assert await account_status(alice) == "RECONNECT_REQUIRED"
    await refresher._store(stale, Tokens("sandbox-alice~9", "sandbox-refresh-alice~9", None), clock.now)
    assert await account_status(alice) == "ACTIVE"
    assert refresher.access_token(await account(alice)) == "sandbox-alice~9"


async def test_new_tokens_do_not_replace_those_of_a_connection_made_meanwhile(
    alice: User, clock: FakeClock, refresher: Refresher
) -> None:
    await connect(alice, "X", refresh_token("alice"))
    stale = await account(alice)
    await connect(alice, "X", refresh_token("alice"))
    await refresher._store(stale, Tokens("sandbox-alice~9", None, None), clock.now)
    assert refresher.access_token(await account(alice)) == "sandbox-alice"


async def test_who_gives_up_tokens_that_were_replaced_meanwhile_gives_nothing_up(
    alice: User, clock: FakeClock, refresher: Refresher
) -> None:
    await connect(alice, "X", refresh_token("alice"))
    stale = await account(alice)
    await connect(alice, "X", refresh_token("alice"))
    await refresher.give_up(stale, "The platform has rejected the token of before.")
    assert await account_status(alice) == "ACTIVE"


async def test_an_account_that_was_lost_skips_its_queues_and_is_healed_by_connecting_it_again(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    await count_refreshes(sandbox, "X", status=400, delay_seconds=0.01)
    failed = await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    queue = await due_queue(alice, clock.now + REFRESH_LEASE, {"x": "Hello"}, interval=1)
    clock.now += REFRESH_LEASE
    await process.ticker.process_due_queues()
    assert await ledger(alice, queue) == [("SKIPPED", "RECONNECT_REQUIRED")]
    await connect(alice, "X", refresh_token("alice"))
    clock.advance(days=1)
    await process.ticker.process_due_queues()
    await process.publisher.publish_due()
    assert await ledger(alice, queue) == [("EXECUTED", None), ("SKIPPED", "RECONNECT_REQUIRED")]
    assert (await on(alice, failed))["status"] == "FAILED", "only a person sends it again"
    assert await arrived(sandbox) == ["Hello"]
