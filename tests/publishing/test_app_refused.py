"""X shuts our app out, or the month's posts are used up: no post fails for that, and all go once it is mended."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs
from support.api import User
from support.clock import FakeClock
from support.publishing import account_status, arrived, connect, due_post, fail, on, refresh_token

from perennial.accounts import refresh_breakers
from perennial.accounts.breaker_rows import PROBE_PAUSE
from perennial.core.platform_errors import OperatorFault
from perennial.core.states import Platform
from perennial.db.models import ConnectedAccount, PlatformBreaker, RefreshBreaker
from perennial.process import Process
from perennial.publishing import breakers

PROBLEMS = "https://api.x.com/2/problems/"
SHUT_OUT = {"title": "Client Forbidden", "status": 403, "type": f"{PROBLEMS}client-forbidden", "detail": "No project."}
APP = {"status": 403, "body": SHUT_OUT | {"reason": "client-not-enrolled"}, "times": 1000}
USER = {"status": 403, "body": SHUT_OUT | {"reason": "user-not-enrolled"}, "times": 1000}
CAP = {
    "status": 429,
    "body": {"title": "UsageCapExceeded", "period": "Monthly", "type": f"{PROBLEMS}usage-capped"},
    "times": 1000,
}


async def states(posts: list[tuple[User, Any]]) -> list[tuple[str, int, str | None]]:
    shown = [await on(user, post) for user, post in posts]
    return [(one["status"], one["attempts"], one["errorCode"]) for one in shown]


@pytest.mark.one_dialect
@pytest.mark.parametrize(("fault", "code"), [(APP, "PERMISSION_DENIED"), (CAP, "CREDITS_DEPLETED")])
async def test_all_wait_and_all_go_once_it_is_mended(
    alice: User,
    bob: User,
    clock: FakeClock,
    process: Process,
    sandbox: httpx2.AsyncClient,
    fault: dict[str, Any],
    code: str,
) -> None:
    for user in (alice, bob):
        await connect(user)
    posts = [(user, await due_post(user, clock, x=f"Hello from {user.name}")) for user in (alice, bob)]
    await fail(sandbox, "X", **fault)
    with capture_logs() as lines:
        for _ in range(10):
            await process.publisher.publish_due()
            assert await states(posts) == [("SCHEDULED", 0, code)] * 2
            clock.now += PROBE_PAUSE
    (told,) = [line for line in lines if line["event"] == "platform.tripped"]
    assert (told["log_level"], bool(told["advice"])) == ("error", True)
    await sandbox.delete("/faults")
    await process.publisher.publish_due()
    assert await states(posts) == [("PUBLISHED", 1, None)] * 2
    assert [await account_status(user) for user in (alice, bob)] == ["ACTIVE"] * 2


@pytest.mark.one_dialect
async def test_a_user_who_is_not_enrolled_fails_alone(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    for user in (alice, bob):
        await connect(user)
    posts = [(user, await due_post(user, clock, x="Hello")) for user in (alice, bob)]
    await fail(sandbox, "X", user="alice", **USER)
    await process.publisher.publish_due()
    assert await states(posts) == [("FAILED", 1, "PERMISSION_DENIED"), ("PUBLISHED", 1, None)]
    assert not await PlatformBreaker.exists()


@pytest.mark.one_dialect
async def test_a_probe_that_could_not_be_sent_leaves_the_next_account_to_probe_at_once(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    """X serves again, but Alice's token cannot be refreshed: Bob's post does not wait another minute for that."""
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + timedelta(seconds=1))
    await connect(bob)
    posts = [(user, await due_post(user, clock, x="Hello")) for user in (alice, bob)]
    now = clock.now
    words = {"error_code": "C", "error_message": "m", "tripped_time": now}
    await PlatformBreaker.create(platform=Platform.X, probe_time=now, **words)
    await RefreshBreaker.create(platform=Platform.X, probe_time=now + PROBE_PAUSE, **words)
    await process.publisher.publish_due()
    assert [state for state, _, _ in await states(posts)] == ["SCHEDULED", "PUBLISHED"]
    assert await arrived(sandbox) == ["Hello"]


async def test_of_several_that_meet_it_at_once_one_tells(process: Process, clock: FakeClock) -> None:
    error = OperatorFault("CREDITS_DEPLETED", "No credit.", "Buy some.")
    accounts = [ConnectedAccount(clerk_user_id=f"user-{number}", platform=Platform.X) for number in range(5)]
    with capture_logs() as lines:
        await asyncio.gather(*(breakers.trip(one, error, clock.now) for one in accounts))
        await asyncio.gather(*(refresh_breakers.refused(one, error, clock.now) for one in accounts))
    assert [line["event"] for line in lines] == ["platform.tripped", "refreshes.tripped"]
