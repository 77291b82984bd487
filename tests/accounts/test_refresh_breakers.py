"""A token endpoint that refuses our app stops refreshes for everyone, and costs nobody a connection or an attempt."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs
from support.api import User
from support.clock import FakeClock
from support.metrics import scrape
from support.publishing import (
    account_status,
    another_process,
    connect,
    count_refreshes,
    due_post,
    fail,
    on,
    refresh_token,
    row,
)

from perennial.accounts.breaker_rows import PROBE_PAUSE
from perennial.core.states import Platform
from perennial.db.models import PlatformBreaker, RefreshBreaker
from perennial.process import Process

HOUR = timedelta(hours=1)
NO_CLIENT = {"error": "invalid_request", "error_description": 'A required parameter "client_id" is missing'}
WRONG_SECRET = {"error": "invalid_client", "error_description": "Client authentication failed"}
MISTAKES = [(400, NO_CLIENT), (401, WRONG_SECRET)]
PLATFORMS = pytest.mark.parametrize("platform", ["X", "LINKEDIN"])


async def due_with_old_tokens(clock: FakeClock, platform: str, *users: User) -> list[tuple[User, Any]]:
    """A post of each, due now, from accounts whose access tokens have run out."""
    for user in users:
        await connect(user, platform, refresh_token(user.name), expires=clock.now + timedelta(seconds=1))
    return [(user, await due_post(user, clock, **{platform.lower(): "Hello"})) for user in users]


async def mistaken(sandbox: httpx2.AsyncClient, platform: str = "X", status: int = 401, body: Any = None) -> None:
    await fail(sandbox, platform, operation="token", status=status, body=body or WRONG_SECRET, times=1000)


async def states(posts: list[tuple[User, Any]], platform: str) -> list[tuple[str, int, str | None]]:
    shown = [await on(user, post, platform) for user, post in posts]
    return [(one["status"], one["attempts"], one["errorCode"]) for one in shown]


@PLATFORMS
@pytest.mark.parametrize(("status", "body"), MISTAKES)
async def test_nothing_is_lost_and_all_go_once_it_is_mended(
    alice: User,
    bob: User,
    clock: FakeClock,
    process: Process,
    sandbox: httpx2.AsyncClient,
    platform: str,
    status: int,
    body: Any,
) -> None:
    posts = await due_with_old_tokens(clock, platform, alice, bob)
    await mistaken(sandbox, platform, status, body)
    for _ in range(12):  # longer than five attempts have ever taken
        await process.publisher.publish_due()
        assert await states(posts, platform) == [("SCHEDULED", 0, "REFRESH_FAILED")] * 2
        clock.advance(minutes=5)
    assert [await account_status(user, platform) for user in (alice, bob)] == ["ACTIVE"] * 2
    await sandbox.delete("/faults")
    for _ in range(3):
        await process.publisher.publish_due()
        clock.now += PROBE_PAUSE
    assert [state for state, _, _ in await states(posts, platform)] == ["PUBLISHED"] * 2
    assert not await RefreshBreaker.exists()


async def test_what_waits_too_long_is_expired_and_the_account_is_still_connected(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    ((_, post),) = await due_with_old_tokens(clock, "X", alice)
    await mistaken(sandbox)
    await process.publisher.publish_due()
    clock.advance(hours=process.settings.expire_after_hours)
    await process.publisher.publish_due()
    assert (await on(alice, post))["errorCode"] == "EXPIRED"
    assert await account_status(alice) == "ACTIVE"


async def test_one_refresh_a_minute_asks_again_whoever_comes(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await due_with_old_tokens(clock, "X", alice, bob)
    refreshes = await count_refreshes(sandbox, status=401, body=WRONG_SECRET, delay_seconds=0)
    await process.publisher.publish_due()
    before = await refreshes()
    async with another_process(process) as other:
        for probes in range(1, 5):
            clock.now += PROBE_PAUSE + timedelta(seconds=4)  # accounts come a few seconds after the breaker's time
            for _ in range(2):
                await asyncio.gather(process.publisher.publish_due(), other.publisher.publish_due())
            assert await refreshes() == before + probes


async def test_accounts_whose_tokens_are_good_go_on(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    old = await due_with_old_tokens(clock, "X", alice)
    await connect(bob, "X", refresh_token("bob"), expires=clock.now + HOUR)
    await mistaken(sandbox)
    await process.publisher.publish_due()
    good = [(bob, await due_post(bob, clock, x="Hello"))]
    await process.publisher.publish_due()
    assert (await states(old + good, "X")) == [("SCHEDULED", 0, "REFRESH_FAILED"), ("PUBLISHED", 1, None)]
    assert await RefreshBreaker.exists(), "that says nothing of the token endpoint"
    assert not await PlatformBreaker.exists()


async def test_a_token_that_x_rejects_meanwhile_costs_no_connection_either(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + HOUR)
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", status=401, token="sandbox-alice", times=1000)
    await mistaken(sandbox)
    for _ in range(3):
        await process.publisher.publish_due()
        clock.now = (await row(post)).next_attempt_time
    assert (await states([(alice, post)], "X")) == [("SCHEDULED", 0, "REFRESH_FAILED")]
    assert await account_status(alice) == "ACTIVE"


async def test_a_dead_refresh_token_shows_that_our_app_is_taken(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    posts = await due_with_old_tokens(clock, "X", alice, bob)
    await mistaken(sandbox)
    await process.publisher.publish_due()
    await sandbox.delete("/faults")
    await fail(sandbox, "X", operation="token", status=400)
    for _ in range(5):
        clock.now += PROBE_PAUSE
        await process.publisher.publish_due()
    assert sorted(state for state, _, _ in await states(posts, "X")) == ["FAILED", "PUBLISHED"]


async def test_the_operator_is_told_once_what_to_do(
    alice: User,
    bob: User,
    clock: FakeClock,
    http: httpx2.AsyncClient,
    process: Process,
    sandbox: httpx2.AsyncClient,
) -> None:
    await due_with_old_tokens(clock, "LINKEDIN", alice, bob)
    await mistaken(sandbox, "LINKEDIN")
    with capture_logs() as lines:
        for _ in range(3):
            await process.publisher.publish_due()
            clock.now += PROBE_PAUSE
    (told,) = [line for line in lines if line["event"] == "refreshes.tripped"]
    assert (told["log_level"], told["platform"]) == ("error", "LINKEDIN")
    assert "PERENNIAL_LINKEDIN_CLIENT_SECRET" in told["advice"]
    page = await scrape(http)
    assert [page.value("refreshes_tripped", platform=one.value) for one in Platform] == [0, 1]
