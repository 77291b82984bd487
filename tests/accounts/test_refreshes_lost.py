"""A refresh whose answer was lost is made again, until the platform answers: it alone knows if the token is used up."""

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

from perennial.accounts.refreshing import LOST_ANSWER_PAUSES, REFRESH_LEASE, Refresher
from perennial.db.models import ConnectedAccount
from perennial.platforms.transport import Tokens
from perennial.process import Process

SOON = timedelta(seconds=1)  # over by the time that a post falls due
LOST: list[dict[str, Any]] = [{"close": True}, {"status": 503}, {"status": 200, "body": {}}]


@pytest.fixture
def refresher(process: Process) -> Refresher:
    return process.publisher.sender.refresher


@pytest.mark.parametrize("fault", LOST, ids=str)
async def test_it_is_made_again_with_growing_pauses_until_the_token_endpoint_works(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, fault: dict[str, Any]
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    refreshes = await count_refreshes(sandbox, "X", **({"delay_seconds": 0.01} | fault))
    post = await due_post(alice, clock, x="Hello")
    for made, pause in enumerate([*LOST_ANSWER_PAUSES, LOST_ANSWER_PAUSES[-1]], start=1):
        await process.publisher.publish_due()
        assert await refreshes() == made
        shown = await on(alice, post)
        assert (shown["status"], shown["attempts"], shown["errorCode"]) == ("SCHEDULED", 0, "REFRESH_FAILED")
        clock.now += pause - timedelta(milliseconds=1)
        await process.publisher.publish_due()
        assert await refreshes() == made
        clock.now += timedelta(milliseconds=1)
    await sandbox.delete("/faults")
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"
    assert (await account(alice)).refresh_attempts == 0


@pytest.mark.parametrize("minutes", [0, 40])
async def test_a_token_that_the_lost_answer_used_up_ends_the_connection_once_the_platform_says_so(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, minutes: int
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    await fail(sandbox, "X", operation="token", after_accepting=True, close=True)
    await fail(sandbox, "X", operation="token", status=503, times=1000)
    post = await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    for _ in range(minutes):
        clock.advance(minutes=1)
        await process.publisher.publish_due()
    assert await account_status(alice) == "ACTIVE", "nobody has said yet that the token is dead"
    await sandbox.delete("/faults")
    clock.now += LOST_ANSWER_PAUSES[-1]
    await process.publisher.publish_due()
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


@pytest.mark.parametrize("attempts", [1, 2, 7])
async def test_refreshers_that_died_are_followed_by_another(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, attempts: int
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    post = await due_post(alice, clock, x="Hello")
    died = {"refresh_lease_expires_at": clock.now, "refresh_claim_id": (await account(alice)).id}
    await ConnectedAccount.all().update(**died, refresh_attempts=attempts)
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"
    assert (await account(alice)).refresh_attempts == 0


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
