"""What can be wrong with an occurrence: everything is in the ledger, nothing stops the batch."""

from datetime import timedelta
from typing import Any

import pytest
from support.api import CONNECT_ACCOUNT, DELETE_POST, User
from support.clock import FakeClock
from support.ticks import HOUR, clones, due_queue, ledger

from perennial.core.instants import instant
from perennial.core.states import AccountStatus, Platform
from perennial.db.models import ConnectedAccount
from perennial.process import Process


async def test_a_deleted_original_completes_the_queue_and_the_ledger_says_so(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X", "LINKEDIN")
    queue = await due_queue(alice, clock.now + HOUR)
    await alice.do(DELETE_POST, id=queue["originalPostId"])
    clock.advance(hours=1)
    summary = await process.ticker.process_due_queues()
    assert (summary.due, summary.executed, summary.skipped) == (1, 0, 1)
    queue = await alice.queue(queue["id"])
    assert (queue["status"], queue["statusReason"]) == ("COMPLETED", "ORIGINAL_POST_DELETED")
    assert (queue["originalPostId"], queue["originalPost"]) == (None, None)
    assert (queue["executionCount"], queue["lastExecutedTime"]) == (0, None)
    assert await ledger(alice, queue) == [("SKIPPED", "ORIGINAL_POST_DELETED")]


async def test_without_an_account_the_occurrence_is_skipped_and_the_queue_moves_on(
    alice: User, process: Process, clock: FakeClock
) -> None:
    due = clock.now + HOUR
    queue = await due_queue(alice, due, interval=7, maxExecutions=2)
    clock.advance(days=15)
    summary = await process.ticker.process_due_queues()
    assert (summary.due, summary.executed, summary.skipped) == (1, 0, 1)
    queue = await alice.queue(queue["id"])
    assert await ledger(alice, queue) == [("SKIPPED", "ACCOUNT_MISSING")]
    assert (queue["executionCount"], queue["lastExecutedTime"], queue["status"]) == (0, None, "ACTIVE")
    assert queue["nextScheduledTime"] == instant(due + timedelta(days=21))
    assert await clones(alice, queue) == []


@pytest.mark.parametrize(("connected", "missing"), [("X", "LINKEDIN"), ("LINKEDIN", "X")])
async def test_with_an_account_for_one_of_two_platforms_only_that_one_is_cloned(
    alice: User, process: Process, clock: FakeClock, connected: str, missing: str
) -> None:
    await alice.connect(connected)
    queue = await due_queue(alice, clock.now + HOUR)
    clock.advance(hours=1)
    assert (await process.ticker.process_due_queues()).executed == 1
    (clone,) = await clones(alice, queue)
    assert [row["platform"] for row in clone["publications"]] == [connected]
    assert await ledger(alice, queue) == [("EXECUTED", f"ACCOUNT_MISSING:{missing}")]
    assert (await alice.queue(queue["id"]))["executionCount"] == 1


async def needs_reconnecting(user: User, platform: str) -> None:
    rows = ConnectedAccount.filter(clerk_user_id=user.name, platform=Platform[platform])
    assert await rows.update(status=AccountStatus.RECONNECT_REQUIRED) == 1


async def test_an_account_that_must_be_reconnected_is_as_good_as_none(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X", "LINKEDIN")
    queue = await due_queue(alice, clock.now + HOUR, interval=1)
    await needs_reconnecting(alice, "LINKEDIN")
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    await needs_reconnecting(alice, "X")
    clock.advance(days=1)
    await process.ticker.process_due_queues()
    assert await ledger(alice, queue) == [
        ("SKIPPED", "RECONNECT_REQUIRED"),
        ("EXECUTED", "RECONNECT_REQUIRED:LINKEDIN"),
    ]
    (clone,) = await clones(alice, queue)
    assert [row["platform"] for row in clone["publications"]] == ["X"]


async def test_accounts_that_are_wrong_in_different_ways_are_each_named(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X")
    await needs_reconnecting(alice, "X")
    queue = await due_queue(alice, clock.now + HOUR)
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    assert await ledger(alice, queue) == [("SKIPPED", "RECONNECT_REQUIRED:X,ACCOUNT_MISSING:LINKEDIN")]


@pytest.mark.parametrize(
    ("refresh_token", "outcome"),
    [({}, ("SKIPPED", "RECONNECT_REQUIRED")), ({"refreshToken": "sandbox-alice"}, ("EXECUTED", None))],
)
async def test_a_token_that_ran_out_is_of_use_only_with_a_refresh_token(
    alice: User, process: Process, clock: FakeClock, refresh_token: dict[str, str], outcome: Any
) -> None:
    tokens = {"accessToken": "sandbox-alice", "expiresAt": instant(clock.now + HOUR), **refresh_token}
    await alice.do(CONNECT_ACCOUNT, input={"platform": "X", **tokens})
    queue = await due_queue(alice, clock.now + HOUR, {"x": "Hello"})
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    assert await ledger(alice, queue) == [outcome]


async def test_a_token_that_has_not_run_out_yet_is_good(alice: User, process: Process, clock: FakeClock) -> None:
    tokens = {"accessToken": "sandbox-alice", "expiresAt": instant(clock.now + HOUR + timedelta(milliseconds=1))}
    await alice.do(CONNECT_ACCOUNT, input={"platform": "X", **tokens})
    queue = await due_queue(alice, clock.now + HOUR, {"x": "Hello"})
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    assert await ledger(alice, queue) == [("EXECUTED", None)]


async def test_the_summary_counts_what_became_of_every_queue(alice: User, process: Process, clock: FakeClock) -> None:
    await alice.connect("X")
    good = await due_queue(alice, clock.now + HOUR, {"x": "Hello"})
    without_account = await due_queue(alice, clock.now + HOUR, {"linkedin": "Hello there"})
    without_original = await due_queue(alice, clock.now + HOUR)
    await due_queue(alice, clock.now + 2 * HOUR)
    await alice.do(DELETE_POST, id=without_original["originalPostId"])
    clock.advance(hours=1)
    summary = await process.ticker.process_due_queues()
    assert (summary.due, summary.executed, summary.skipped, summary.failed) == (3, 1, 2, 0)
    assert summary.seconds >= 0
    assert len(await clones(alice, good)) == 1
    assert await ledger(alice, without_account) == [("SKIPPED", "ACCOUNT_MISSING")]
