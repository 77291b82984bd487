"""What refused our app for all, and was mended, may come back soon: that is told and stops the platform as at first."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs
from support.api import User
from support.clock import FakeClock
from support.publishing import account, connect, fail, on, refresh_token

from perennial.accounts.breaker_rows import PROBE_PAUSE
from perennial.db.models import ConnectedAccount, PlatformBreaker, RefreshBreaker
from perennial.process import Process

SECOND = timedelta(seconds=1)
FAULTS = {
    "credit": {"operation": "create", "status": 402},
    "client": {"operation": "token", "status": 401, "body": {"error": "invalid_client"}},
}


@pytest.mark.one_dialect
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_fault_of_all_that_comes_back_is_told_again_and_mended_within_minutes(
    alice: User,
    bob: User,
    mallory: User,
    clock: FakeClock,
    process: Process,
    sandbox: httpx2.AsyncClient,
    fault: dict[str, Any],
) -> None:
    users = (alice, bob, mallory)
    for user in users:
        await connect(user, "X", refresh_token(user.name), expires=clock.now + timedelta(seconds=1))
    for again in range(3):
        for user in users:
            await fail(sandbox, "X", user=user.name, times=1000, **fault)
        await ConnectedAccount.all().update(token_expires_at=clock.now)
        with capture_logs() as lines:
            posts = [(user, await _post_of(user, clock, f"Hello {again}")) for user in users]
            await _publish_for_minutes(process, clock, 5)
        told = [line["event"] for line in lines if line["log_level"] == "error"]
        assert told in (["platform.tripped"], ["refreshes.tripped"]), again
        assert not [line for line in lines if line["event"] == "account.refused_alone"], again
        await sandbox.delete("/faults")
        await _publish_for_minutes(process, clock, 4)
        assert [(await on(user, post))["status"] for user, post in posts] == ["PUBLISHED"] * 3
        assert not await PlatformBreaker.exists()
        assert not await RefreshBreaker.exists()
        assert [(await account(user)).refused_time for user in users] == [None] * 3


async def _post_of(user: User, clock: FakeClock, text: str) -> Any:
    post = await user.create_post(x=text)
    return await user.schedule_post(post["id"], clock.now + timedelta(seconds=1))


async def _publish_for_minutes(process: Process, clock: FakeClock, minutes: int) -> None:
    for _ in range(minutes):
        clock.now += PROBE_PAUSE
        await process.publisher.publish_due()


@pytest.mark.parametrize("count", [2, 5])
async def test_whoever_was_not_refused_yet_asks_before_those_who_were_however_many(
    login: Callable[[str], User], clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, count: int
) -> None:
    """They have waited longer, and each of them would cost everybody a minute."""
    strangers, mallory = [login(f"stranger-{number}") for number in range(count)], login("mallory")
    for user in (*strangers, mallory):
        await connect(user, "X")
    for user in strangers:
        await fail(sandbox, "X", user=user.name, times=1000, **FAULTS["credit"])
        await _post_of(user, clock, "Hello")
    await _publish_for_minutes(process, clock, 2 * count)
    assert (await PlatformBreaker.get()).sole_account_id is None
    post = await _post_of(mallory, clock, "Hello")
    await _publish_for_minutes(process, clock, 1)
    assert (await on(mallory, post))["status"] == "PUBLISHED"
    assert not await PlatformBreaker.exists()


@pytest.mark.parametrize("count", [2, 4])
async def test_so_does_whoever_needs_a_new_token(
    login: Callable[[str], User], clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, count: int
) -> None:
    """Who was refused last comes back just when the next may ask: nobody else ever did.

    We look as soon as it is out: strangers who come back after that may be taken for a fault of all again.
    """
    strangers, mallory = [login(f"stranger-{number}") for number in range(count)], login("mallory")
    for user in (*strangers, mallory):
        await connect(user, "X", refresh_token(user.name), expires=clock.now + timedelta(seconds=1))
    for user in strangers:
        await fail(sandbox, "X", user=user.name, times=1000, **FAULTS["client"])
        await _post_of(user, clock, "Hello")
    await _publish_for_minutes(process, clock, count)
    assert (await RefreshBreaker.get()).sole_account_id is None
    post = await _post_of(mallory, clock, "Hello")
    for _ in range(70):
        clock.now += 2 * SECOND
        await process.publisher.publish_due()
        if (await on(mallory, post))["status"] == "PUBLISHED":
            break
    assert (await on(mallory, post))["status"] == "PUBLISHED"
    assert not await RefreshBreaker.exists()
