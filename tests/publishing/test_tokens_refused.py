"""publish_due, where a token is not accepted: it is refreshed once, or the account has to be connected again."""

from datetime import timedelta
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
    row,
)

from perennial.process import Process

REVOKED = {"status": 401, "serviceErrorCode": 65601, "code": "REVOKED_ACCESS_TOKEN", "message": "has been revoked"}
HOUR = timedelta(hours=1)


async def reject_first_token(sandbox: httpx2.AsyncClient, platform: str, **fault: Any) -> None:
    """The platform no longer takes the access token that Alice connected with; a new one is good."""
    await fail(sandbox, platform, **{"status": 401, "token": "sandbox-alice", "times": 1000} | fault)


@pytest.mark.parametrize("platform", ["X", "LINKEDIN"])
async def test_a_rejected_token_is_refreshed_once_and_the_post_goes_out_with_the_new_one(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, platform: str
) -> None:
    await connect(alice, platform, refresh_token("alice"))
    post = await due_post(alice, clock, **{platform.lower(): "Hello"})
    await reject_first_token(sandbox, platform)
    refreshes = await count_refreshes(sandbox, platform)
    await process.publisher.publish_due()
    shown = await on(alice, post, platform)
    assert (shown["status"], shown["attempts"]) == ("PUBLISHED", 1)
    assert await refreshes() == 1
    assert await arrived(sandbox) == ["Hello", "Hello"]


async def test_the_next_post_uses_the_refreshed_token_at_once(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"))
    await reject_first_token(sandbox, "X")
    refreshes = await count_refreshes(sandbox)
    for text in ("First", "Second"):
        await due_post(alice, clock, x=text)
        await process.publisher.publish_due()
    assert await arrived(sandbox) == ["First", "First", "Second"]
    assert await refreshes() == 1


async def test_xs_refresh_tokens_rotate_and_each_is_used_once(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + HOUR)
    refreshes = await count_refreshes(sandbox)
    for text in ("First", "Second", "Third"):
        clock.advance(hours=3)
        post = await due_post(alice, clock, x=text)
        await process.publisher.publish_due()
        assert (await on(alice, post))["status"] == "PUBLISHED"
    assert await refreshes() == 3


async def test_new_tokens_are_stored_before_they_are_used(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"))
    before = await account(alice)
    post = await due_post(alice, clock, x="Hello")
    await reject_first_token(sandbox, "X")
    await fail(sandbox, "X", close=True)  # the request with the new token breaks off
    await process.publisher.publish_due()
    after = await account(alice)
    assert (await on(alice, post))["status"] == "UNCONFIRMED"
    assert after.encrypted_access_token != before.encrypted_access_token
    assert after.encrypted_refresh_token != before.encrypted_refresh_token
    assert after.token_expires_at == clock.now + timedelta(hours=2)


@pytest.mark.parametrize("platform", ["X", "LINKEDIN"])
async def test_a_refresh_that_is_refused_asks_for_the_account_to_be_connected_again(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, platform: str
) -> None:
    await connect(alice, platform, refresh_token("alice"))
    post = await due_post(alice, clock, **{platform.lower(): "Hello"})
    await reject_first_token(sandbox, platform)
    await fail(sandbox, platform, operation="token", status=400)
    await process.publisher.publish_due()
    shown = await on(alice, post, platform)
    assert (shown["status"], shown["errorCode"]) == ("FAILED", "RECONNECT_REQUIRED")
    assert "connect the account again" in shown["errorMessage"]
    assert await account_status(alice, platform) == "RECONNECT_REQUIRED"


@pytest.mark.parametrize("platform", ["X", "LINKEDIN"])
async def test_without_a_refresh_token_a_rejected_token_asks_for_connecting_again(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, platform: str
) -> None:
    await connect(alice, platform)
    post = await due_post(alice, clock, **{platform.lower(): "Hello"})
    await reject_first_token(sandbox, platform)
    await process.publisher.publish_due()
    shown = await on(alice, post, platform)
    assert (shown["status"], shown["errorCode"]) == ("FAILED", "RECONNECT_REQUIRED")
    assert await account_status(alice, platform) == "RECONNECT_REQUIRED"
    assert await arrived(sandbox) == ["Hello"]


async def test_a_token_that_is_rejected_after_its_refresh_too_is_given_up(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"))
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", status=401, times=1000)
    await process.publisher.publish_due()
    assert (await on(alice, post))["errorCode"] == "RECONNECT_REQUIRED"
    assert await account_status(alice) == "RECONNECT_REQUIRED"
    assert await arrived(sandbox) == ["Hello", "Hello"]


async def test_an_account_to_be_connected_again_sends_nothing_until_it_is(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X")
    await due_post(alice, clock, x="First")
    await fail(sandbox, "X", status=401)
    await process.publisher.publish_due()
    second = await due_post(alice, clock, x="Second")
    await process.publisher.publish_due()
    assert (await on(alice, second))["errorCode"] == "RECONNECT_REQUIRED"
    assert await arrived(sandbox) == ["First"]
    await connect(alice, "X")
    assert await account_status(alice) == "ACTIVE"
    third = await due_post(alice, clock, x="Third")
    await process.publisher.publish_due()
    assert (await on(alice, third))["status"] == "PUBLISHED"


async def test_a_token_that_ran_out_and_cannot_be_refreshed_is_not_even_shown_to_the_platform(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", expires=clock.now + HOUR)
    clock.advance(hours=2)
    post = await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    assert (await on(alice, post))["errorCode"] == "RECONNECT_REQUIRED"
    assert await arrived(sandbox) == []


async def test_linkedin_calls_a_fresh_token_revoked_and_is_asked_again_some_seconds_later(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await due_post(alice, clock, linkedin="Hello")
    await connect(alice, "LINKEDIN", refresh_token("alice"))
    await reject_first_token(sandbox, "LINKEDIN", times=2, body=REVOKED)
    refreshes = await count_refreshes(sandbox, "LINKEDIN")
    for _ in range(2):
        await process.publisher.publish_due()
        shown = await on(alice, post, "LINKEDIN")
        assert (shown["status"], shown["attempts"], shown["errorCode"]) == ("SCHEDULED", 0, "TOKEN_NOT_READY")
        clock.now = (await row(post, "LINKEDIN")).next_attempt_time
    await process.publisher.publish_due()
    assert (await on(alice, post, "LINKEDIN"))["status"] == "PUBLISHED"
    assert await refreshes() == 0


async def test_an_old_token_that_linkedin_calls_revoked_is_revoked(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "LINKEDIN")
    post = await due_post(alice, clock, linkedin="Hello")  # a minute after connecting
    await reject_first_token(sandbox, "LINKEDIN", body=REVOKED)
    await process.publisher.publish_due()
    assert (await on(alice, post, "LINKEDIN"))["errorCode"] == "RECONNECT_REQUIRED"
