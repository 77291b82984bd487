"""A token that is only seconds old, and that its platform does not know yet: asked again, wherever that is met."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs
from support.api import ACCOUNTS_QUERY, CONNECT_ACCOUNT, User
from support.clock import FakeClock
from support.publishing import account_status, connect, count_refreshes, due_post, fail, on, refresh_token, row

from perennial.accounts.refreshing import FRESH_TOKEN
from perennial.platforms import identifying
from perennial.process import Process

pytestmark = pytest.mark.one_dialect

NOT_YET = {
    "status": 401,
    "body": {"status": 401, "serviceErrorCode": 65601, "code": "REVOKED_ACCESS_TOKEN", "message": "revoked"},
}
GIVEN = {"platform": "LINKEDIN", "accessToken": "sandbox-alice"}


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identifying, "NOT_YET_PAUSES", (0.0, 0.0, 0.0))


@pytest.mark.parametrize("is_rejected", [False, True])
async def test_a_token_that_was_just_refreshed_is_tried_again_and_the_account_stays(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, is_rejected: bool
) -> None:
    """Whether it was refreshed ahead of the request, or after the old one was rejected."""
    expires = None if is_rejected else clock.now + timedelta(seconds=1)
    await connect(alice, "LINKEDIN", refresh_token("alice"), expires=expires)
    post = await due_post(alice, clock, linkedin="Hello")
    if is_rejected:
        await fail(sandbox, "LINKEDIN", status=401)
    await fail(sandbox, "LINKEDIN", times=2, **NOT_YET)
    refreshes = await count_refreshes(sandbox, "LINKEDIN")
    for _ in range(2):
        await process.publisher.publish_due()
        shown = await on(alice, post, "LINKEDIN")
        assert (shown["status"], shown["attempts"], shown["errorCode"]) == ("SCHEDULED", 0, "TOKEN_NOT_READY")
        clock.now = (await row(post, "LINKEDIN")).next_attempt_time
    await process.publisher.publish_due()
    assert (await on(alice, post, "LINKEDIN"))["status"] == "PUBLISHED"
    assert (await refreshes(), await account_status(alice, "LINKEDIN")) == (1, "ACTIVE")


async def test_what_is_still_not_known_after_half_a_minute_is_revoked(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await due_post(alice, clock, linkedin="Hello")
    await connect(alice, "LINKEDIN")
    await fail(sandbox, "LINKEDIN", times=1000, **NOT_YET)
    await process.publisher.publish_due()
    clock.now += FRESH_TOKEN
    await process.publisher.publish_due()
    assert (await on(alice, post, "LINKEDIN"))["errorCode"] == "RECONNECT_REQUIRED"


async def test_nor_is_such_a_token_refreshed_again_and_again(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "LINKEDIN", refresh_token("alice"))
    post = await due_post(alice, clock, linkedin="Hello")
    await fail(sandbox, "LINKEDIN", times=1000, **NOT_YET)
    refreshes = await count_refreshes(sandbox, "LINKEDIN")
    await process.publisher.publish_due()
    clock.now += FRESH_TOKEN
    await process.publisher.publish_due()
    assert (await on(alice, post, "LINKEDIN"))["errorCode"] == "RECONNECT_REQUIRED"
    assert await refreshes() == 1


async def test_an_account_is_connected_with_a_token_that_is_known_at_the_third_time_of_asking(
    alice: User, sandbox: httpx2.AsyncClient
) -> None:
    await fail(sandbox, "LINKEDIN", operation="me", times=2, **NOT_YET)
    connected = await alice.do(CONNECT_ACCOUNT, input=GIVEN)
    assert connected["status"] == "ACTIVE"


async def test_after_some_seconds_the_client_is_told_to_try_again(alice: User, sandbox: httpx2.AsyncClient) -> None:
    await fail(sandbox, "LINKEDIN", operation="me", times=4, **NOT_YET)
    answer = await alice.execute(CONNECT_ACCOUNT, input=GIVEN)
    extensions: dict[str, Any] = answer["errors"][0]["extensions"]
    assert (extensions["code"], extensions["retryAfter"]) == ("RATE_LIMITED", identifying.NOT_YET_RETRY_AFTER)
    assert await alice.do(ACCOUNTS_QUERY) == []
    assert await alice.do(CONNECT_ACCOUNT, input=GIVEN)


async def test_a_token_that_is_rejected_for_another_reason_is_not_asked_for_again(
    alice: User, sandbox: httpx2.AsyncClient
) -> None:
    await fail(sandbox, "LINKEDIN", operation="me", status=401)
    assert (await alice.refused(CONNECT_ACCOUNT, input=GIVEN)).code == "BAD_USER_INPUT"


async def test_where_our_app_is_refused_to_whoever_connects_the_log_says_what_to_do(
    alice: User, sandbox: httpx2.AsyncClient
) -> None:
    await fail(sandbox, "X", operation="me", status=402)
    with capture_logs() as lines:
        refusal = await alice.refused(CONNECT_ACCOUNT, input=GIVEN | {"platform": "X"})
    assert refusal.code == "UNAVAILABLE"
    (told,) = [line for line in lines if line["event"] == "platform.refused_us"]
    assert (told["log_level"], told["code"], bool(told["advice"])) == ("error", "CREDITS_DEPLETED", True)
