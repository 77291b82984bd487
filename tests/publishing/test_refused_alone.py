"""An owner may connect an account with tokens of another app: the platform refuses our app for it, and for it alone."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs
from support.api import User
from support.clock import FakeClock
from support.publishing import account, connect, fail, on, refresh_token

from perennial.accounts.breaker_rows import LONE_PAUSE, PROBE_PAUSE
from perennial.core.states import Platform
from perennial.db.models import PlatformBreaker, RefreshBreaker
from perennial.process import Process

PROBLEMS = "https://api.x.com/2/problems/"
NOT_ENROLLED = {
    "title": "Client Forbidden",
    "status": 403,
    "type": f"{PROBLEMS}client-forbidden",
    "detail": "No project.",
    "reason": "client-not-enrolled",
}
SHUT_OUT = {"operation": "create", "status": 403, "body": NOT_ENROLLED}
NO_CREDIT = {"operation": "create", "status": 402}
OTHER_CLIENT = {"operation": "token", "status": 401, "body": {"error": "invalid_client"}}
EACH_KIND = pytest.mark.parametrize("fault", [SHUT_OUT, NO_CREDIT, OTHER_CLIENT], ids=["app", "credit", "client"])
MINUTE = timedelta(minutes=1)


async def refuse(sandbox: httpx2.AsyncClient, *users: User, **fault: Any) -> None:
    """The platform refuses our app for these users, until /faults is deleted."""
    for user in users:
        await fail(sandbox, "X", user=user.name, times=1000, **fault)


async def connect_each(clock: FakeClock, *users: User) -> None:
    """Connects them with tokens that have to be refreshed before the first post."""
    for user in users:
        await connect(user, "X", refresh_token(user.name), expires=clock.now + timedelta(seconds=1))


async def post_of(user: User, clock: FakeClock, text: str) -> Any:
    """A post that falls due a second later."""
    post = await user.create_post(x=text)
    post = await user.schedule_post(post["id"], clock.now + timedelta(seconds=1))
    clock.advance(seconds=1)
    return post


@pytest.mark.one_dialect
@EACH_KIND
async def test_nobody_else_is_late_for_it(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, fault: dict[str, Any]
) -> None:
    await connect_each(clock, alice, bob)
    await refuse(sandbox, alice, **fault)
    post = await post_of(alice, clock, "Hello")
    with capture_logs() as lines:
        for minute in range(40):
            bobs = await post_of(bob, clock, f"Post {minute}")
            await process.publisher.publish_due()
            shown = await on(bob, bobs)
            assert shown["status"] == "PUBLISHED", (minute, shown)
            clock.advance(minutes=1)
    shown = await on(alice, post)
    assert (shown["status"], shown["attempts"]) == ("SCHEDULED", 0)
    told = [line["event"] for line in lines if line["log_level"] == "error"]
    assert len(told) == 1, "the operator is told once, before it is known whose fault it is"
    alone = [line for line in lines if line["event"] == "account.refused_alone"]
    assert 2 <= len(alone) <= 4
    assert all(line["owner"] == "alice" and line["advice"] for line in alone)
    await sandbox.delete("/faults")
    clock.now += LONE_PAUSE + MINUTE
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"


@pytest.mark.one_dialect
@EACH_KIND
async def test_what_is_everybodys_stops_the_platform_once_a_second_account_has_met_it(
    alice: User,
    bob: User,
    mallory: User,
    clock: FakeClock,
    process: Process,
    sandbox: httpx2.AsyncClient,
    fault: dict[str, Any],
) -> None:
    users, breakers = (alice, bob, mallory), RefreshBreaker if fault == OTHER_CLIENT else PlatformBreaker
    await connect_each(clock, *users)
    await refuse(sandbox, *users, **fault)
    first = await post_of(alice, clock, "Hello")
    await process.publisher.publish_due()
    assert (await breakers.get()).sole_account_id == (await account(alice)).id
    second = await post_of(bob, clock, "Hello")
    await process.publisher.publish_due()
    breaker = await breakers.get()
    assert (breaker.sole_account_id, breaker.probe_time) == (None, clock.now + PROBE_PAUSE)
    calls = await _calls(sandbox)
    third = await post_of(mallory, clock, "Hello")
    await process.publisher.publish_due()
    assert await _calls(sandbox) == calls, "nobody asks before the next probe"
    await sandbox.delete("/faults")
    for _ in range(4):
        clock.now += PROBE_PAUSE
        await process.publisher.publish_due()
    posts = [(alice, first), (bob, second), (mallory, third)]
    assert [(await on(user, post))["status"] for user, post in posts] == ["PUBLISHED"] * 3
    assert not await breakers.exists()


async def _calls(sandbox: httpx2.AsyncClient) -> int:
    """How many faults were used up so far."""
    return -sum(int(one["times"]) for one in (await sandbox.get("/faults")).json()["faults"])


@pytest.mark.one_dialect
async def test_a_fault_of_all_that_comes_after_one_of_an_account_alone_trips_at_once(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect_each(clock, alice, bob)
    await refuse(sandbox, alice, **SHUT_OUT)
    for user in (alice, bob):
        await post_of(user, clock, "Hello")
        await process.publisher.publish_due()
    assert not await PlatformBreaker.exists()
    await refuse(sandbox, bob, **NO_CREDIT)
    await post_of(bob, clock, "Hello again")
    with capture_logs() as lines:
        await process.publisher.publish_due()
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["platform.tripped"]
    assert (await PlatformBreaker.get()).error_code == "CREDITS_DEPLETED"


@pytest.mark.one_dialect
async def test_a_lost_answer_of_the_token_endpoint_is_no_refusal(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    """What follows it is told as it would be without it."""
    await connect_each(clock, alice)
    await fail(sandbox, "X", operation="token", status=503, user="alice", times=1)
    await fail(sandbox, "X", operation="token", status=429, user="alice", times=1)
    await post_of(alice, clock, "Hello")
    for _ in range(2):
        await process.publisher.publish_due()
        clock.now += 16 * MINUTE
    await refuse(sandbox, alice, **OTHER_CLIENT)
    with capture_logs() as lines:
        await process.publisher.publish_due()
    assert "refreshes.tripped" in [line["event"] for line in lines]


@pytest.mark.one_dialect
async def test_whoever_connects_it_again_does_not_wait(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect_each(clock, alice, bob)
    await refuse(sandbox, alice, **SHUT_OUT)
    post = await post_of(alice, clock, "Hello")
    for _ in range(2):
        await process.publisher.publish_due()
        await post_of(bob, clock, f"Hello at {clock.now}")
        await process.publisher.publish_due()
        clock.now += PROBE_PAUSE
    blocked = (await account(alice)).blocked_until
    assert blocked is not None
    assert blocked > clock.now + 10 * MINUTE
    await sandbox.delete("/faults")
    await connect(alice, "X")
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"


@pytest.mark.one_dialect
async def test_one_who_is_served_again_trips_again(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    """With one account, each time that our app is refused is told, however soon it comes again."""
    await connect_each(clock, alice)
    for _ in range(3):
        await refuse(sandbox, alice, **NO_CREDIT)
        post = await post_of(alice, clock, f"Hello at {clock.now}")
        with capture_logs() as lines:
            await process.publisher.publish_due()
        assert [line["event"] for line in lines if line["log_level"] == "error"] == ["platform.tripped"]
        await sandbox.delete("/faults")
        clock.now += PROBE_PAUSE
        await process.publisher.publish_due()
        assert (await on(alice, post))["status"] == "PUBLISHED"
    assert not await PlatformBreaker.exists(platform=Platform.X)
