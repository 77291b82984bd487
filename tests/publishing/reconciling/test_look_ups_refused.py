"""Where an operator has to act before anybody can look, a doubt waits for that, however long it takes."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs
from support.api import User
from support.clock import FakeClock
from support.publishing import another_process, connect, due_post, fail, on, refresh_token, row

from perennial.accounts.breaker_rows import PROBE_PAUSE
from perennial.core.states import Platform
from perennial.db.models import PlatformBreaker, RefreshBreaker
from perennial.process import Process
from perennial.publishing.reconciling._look_ups import NOT_LOOKED_UP, UNANSWERED_MAX, UNANSWERED_PAUSE

PROBLEMS = "https://api.x.com/2/problems/"
ACCEPTED_AND_SILENT = {"status": 503, "after_accepting": True}
TIMES = 1_000
REFUSALS: list[dict[str, Any]] = [
    {"status": 402, "body": {"title": "Payment Required", "type": f"{PROBLEMS}credits-depleted"}},
    {"status": 403, "body": {"title": "Client Forbidden", "type": f"{PROBLEMS}client-forbidden"}},
    {"status": 426},
    {"status": 302, "headers": {"location": "https://portal.example/"}},
]
WRONG_SECRET = {"status": 401, "body": {"error": "invalid_client"}, "operation": "token", "times": TIMES}


async def doubts(user: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, count: int = 1) -> Any:
    """Posts of the user's that are in doubt, and whose first look-ups are due."""
    posts = [await due_post(user, clock, x=f"Hello {number}") for number in range(count)]
    await fail(sandbox, "X", times=count, **ACCEPTED_AND_SILENT)
    await process.publisher.publish_due()
    assert await statuses(user, posts) == ["UNCONFIRMED"] * count
    clock.advance(seconds=10)
    return posts


async def refuse(sandbox: httpx2.AsyncClient, **answer: Any) -> None:
    await fail(sandbox, "X", operation="timeline", times=TIMES, **(answer or REFUSALS[0]))


async def looks(sandbox: httpx2.AsyncClient) -> int:
    """How many look-ups were refused."""
    (left,) = [
        one["times"] for one in (await sandbox.get("/faults")).json()["faults"] if one["operation"] == "timeline"
    ]
    return TIMES - int(left)


async def statuses(user: User, posts: list[Any]) -> list[str]:
    return [(await on(user, post))["status"] for post in posts]


@pytest.fixture(autouse=True)
async def _connected(alice: User, clock: FakeClock) -> None:
    await alice.connect("X")


async def stop(clock: FakeClock) -> None:
    """Stops the platform for publishing, as another account's publication does."""
    words = {"error_code": "CREDITS_DEPLETED", "error_message": "No credit."}
    await PlatformBreaker.create(platform=Platform.X, tripped_time=clock.now, probe_time=clock.now, **words)


@pytest.mark.parametrize("answer", REFUSALS, ids=str)
async def test_it_waits_for_days_and_is_found_once_it_is_mended(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, answer: dict[str, Any]
) -> None:
    (post,) = await doubts(alice, clock, process, sandbox)
    await refuse(sandbox, **answer)
    with capture_logs() as lines:
        for day in range(4):
            await process.publisher.publish_due()
            kept = await row(post)
            assert (kept.look_ups, kept.next_attempt_time) == (0, clock.now + PROBE_PAUSE)
            assert await looks(sandbox) == day + 1
            clock.advance(days=1)
    (told,) = [line for line in lines if line["event"] == "look_ups.tripped"]
    assert (told["log_level"], bool(told["advice"])) == ("error", True)
    await sandbox.delete("/faults")
    await process.publisher.publish_due()
    assert await statuses(alice, [post]) == ["PUBLISHED"]


async def test_of_many_doubts_one_a_minute_asks_and_then_all_are_found(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    posts = await doubts(alice, clock, process, sandbox, count=4)
    await refuse(sandbox)
    await process.publisher.publish_due()
    met = await looks(sandbox)
    for minute in range(1, 6):
        clock.now += PROBE_PAUSE
        for _ in range(3):
            await process.publisher.publish_due()
        assert await looks(sandbox) == met + minute
    await sandbox.delete("/faults")
    clock.now += PROBE_PAUSE
    await process.publisher.publish_due()
    assert await statuses(alice, posts) == ["PUBLISHED"] * 4


async def test_while_the_platform_is_stopped_it_waits_too_and_needs_no_post_to_go_on(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    posts = await doubts(alice, clock, process, sandbox, count=3)
    await stop(clock)
    await refuse(sandbox)
    for minutes in range(1, 4):
        await process.publisher.publish_due()
        await process.publisher.publish_due()
        assert await looks(sandbox) == minutes
        clock.now += PROBE_PAUSE
    clock.now += 2 * UNANSWERED_MAX
    await process.publisher.publish_due()
    await sandbox.delete("/faults")
    clock.now += PROBE_PAUSE
    await process.publisher.publish_due()
    assert await statuses(alice, posts) == ["PUBLISHED"] * 3


async def test_a_look_up_that_is_refused_does_not_stop_publishing(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    """X's smallest plan let an app post, and read nothing."""
    await doubts(alice, clock, process, sandbox)
    await refuse(sandbox, **REFUSALS[1])
    await process.publisher.publish_due()
    following = await due_post(alice, clock, x="Next")
    await process.publisher.publish_due()
    assert await statuses(alice, [following]) == ["PUBLISHED"]
    assert not await PlatformBreaker.exists()


async def test_the_day_in_which_it_is_asked_begins_anew_once_it_is_mended(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    (post,) = await doubts(alice, clock, process, sandbox)
    await refuse(sandbox)
    for _ in range(3):
        await process.publisher.publish_due()
        clock.advance(days=1)
    await sandbox.delete("/faults")
    await refuse(sandbox, status=503)
    for _ in range(3):
        await process.publisher.publish_due()
        assert (await row(post)).next_attempt_time == clock.now + UNANSWERED_PAUSE
        clock.now += UNANSWERED_PAUSE
    clock.now += UNANSWERED_MAX
    async with another_process(process) as restarted:
        await restarted.publisher.publish_due()
    assert (await on(alice, post))["errorMessage"].endswith(NOT_LOOKED_UP), "nobody looks for ever"


async def test_it_waits_while_no_token_can_be_refreshed(
    bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(bob, "X", refresh_token("bob"))
    (post,) = await doubts(bob, clock, process, sandbox)
    await fail(sandbox, "X", operation="timeline", status=401, token="sandbox-bob", times=TIMES)
    await fail(sandbox, "X", **WRONG_SECRET)
    for _ in range(4):
        await process.publisher.publish_due()
        assert (await row(post)).next_attempt_time == clock.now + PROBE_PAUSE
        clock.now += timedelta(days=1)
    assert await RefreshBreaker.exists()
    await sandbox.delete("/faults")
    await process.publisher.publish_due()
    assert await statuses(bob, [post]) == ["PUBLISHED"]


async def test_an_account_that_is_refused_alone_makes_nobody_wait_and_its_day_runs_out(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    """Its tokens may be another app's: while others are answered, nothing is wrong with ours."""
    await bob.connect("X")
    (hers,) = await doubts(alice, clock, process, sandbox)
    await fail(sandbox, "X", operation="timeline", user="alice", times=TIMES, **REFUSALS[1])
    told = []  # whether Bob's doubt was looked for at once
    with capture_logs() as lines:
        for number in range(5):
            await process.publisher.publish_due()
            his = await due_post(bob, clock, x=f"Bob's {number}")
            await fail(sandbox, "X", user="bob", **ACCEPTED_AND_SILENT)
            await process.publisher.publish_due()
            clock.advance(seconds=61 if number == 0 else 10)  # the first refusal stops all for one probe
            await process.publisher.publish_due()
            kept = await row(his)
            told.append(kept.status == "published" or kept.look_ups == 1)
            clock.now += UNANSWERED_MAX / 4
    assert all(told)
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["look_ups.tripped"]
    for _ in range(2):
        await process.publisher.publish_due()
        clock.now += UNANSWERED_PAUSE
    kept = await row(hers)
    assert (kept.status, kept.next_attempt_time) == ("unconfirmed", None)
