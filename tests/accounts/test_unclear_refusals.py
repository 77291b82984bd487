"""A token endpoint that refuses a refresh in words that name nobody: the account waits, and in the end it is told."""

from datetime import timedelta
from typing import Any

import httpx2
from structlog.testing import capture_logs
from support.api import User
from support.clock import FakeClock
from support.publishing import account, account_status, connect, due_post, fail, on, refresh_token, row

from perennial.db.models import RefreshBreaker
from perennial.process import Process

UNCLEAR = {"operation": "token", "status": 400, "body": {"error": "invalid_request"}, "times": 1_000}


async def refused(clock: FakeClock, process: Process, post: Any, times: int) -> list[Any]:
    """The errors that the log has after so many refusals."""
    with capture_logs() as lines:
        for _ in range(times):
            await process.publisher.publish_due()
            clock.now = (await row(post)).next_attempt_time
    return [line for line in lines if line["log_level"] == "error"]


async def test_the_third_in_a_row_is_told_and_then_one_an_hour(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + timedelta(seconds=1))
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", **UNCLEAR)
    assert await refused(clock, process, post, 2) == []
    (told,) = await refused(clock, process, post, 1)
    assert (told["event"], told["owner"]) == ("account.refused_unclearly", "alice")
    assert "answered 400 invalid_request" in told["message"]
    assert told["advice"]
    assert await refused(clock, process, post, 11) == []
    assert len(await refused(clock, process, post, 1)) == 1
    assert await account_status(alice) == "ACTIVE"
    assert not await RefreshBreaker.exists()
    await sandbox.delete("/faults")
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"
    assert (await account(alice)).refresh_attempts == 0


async def test_what_the_platform_says_of_its_own_trouble_is_not_counted(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + timedelta(seconds=1))
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", **(UNCLEAR | {"body": {"error": "temporarily_unavailable"}}))
    assert await refused(clock, process, post, 5) == []
    assert (await account(alice)).refresh_attempts == 0
