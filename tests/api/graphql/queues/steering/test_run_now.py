"""runQueueNow: an extra run beside the queue's occurrences, at once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from support.api import DELETE_POST, PAUSE_QUEUE, RESUME_QUEUE, RUN_QUEUE_NOW, UPDATE_QUEUE, User
from support.clock import FakeClock
from support.rows import add_executions, set_queue
from support.ticks import HOUR, Tick, alarms, clones, due_queue, forget_alarms

from perennial.core.instants import instant
from perennial.core.states import AccountStatus, QueueStatus
from perennial.db.models import ConnectedAccount, IdempotencyKey, Post, QueueExecution, RecurringQueue
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.queues.rotation import start_rotation
from perennial.queues.tick import _due_queues

MOMENT = timedelta(milliseconds=1)
NOTHING = "Nothing can be published now"


@pytest.fixture
async def weekly(alice: User, clock: FakeClock) -> Any:
    """Alice's queue: every 7 days from an hour hence, with an account to publish from."""
    await alice.connect("X")
    return await due_queue(alice, clock.now + HOUR, {"x": "Hello"})


async def run(user: User, queue: Any, key: str = "once") -> Any:
    answer = await user.execute(RUN_QUEUE_NOW, id=queue["id"], idempotencyKey=key)
    assert "errors" not in answer, answer
    return answer["data"]["runQueueNow"]


async def test_it_makes_a_clone_that_goes_out_at_once_and_the_pending_occurrence_stays(
    alice: User, clock: FakeClock, weekly: Any, tick: Tick, process: Process
) -> None:
    ran = await run(alice, weekly)
    (clone,) = await clones(alice, weekly)
    execution = ran["execution"]
    assert (execution["outcome"], execution["reason"], execution["missedCount"]) == ("EXECUTED", None, 0)
    assert (execution["scheduledTime"], execution["executedTime"]) == (instant(clock.now), instant(clock.now))
    assert execution["post"] == clone
    assert (clone["status"], clone["scheduledTime"]) == ("SCHEDULED", instant(clock.now))
    shown = {name: value for name, value in ran["queue"].items() if name not in {"executions", "updatedAt"}}
    assert shown == {name: weekly[name] for name in shown} | {"executionCount": 1}
    assert (await QueueExecution.get(id=execution["id"])).extra
    assert await process.publisher.publish_due() == {"published": 1}
    clock.advance(hours=1)
    assert (await tick()).executed == 1
    rows = await QueueExecution.filter(queue_id=weekly["id"]).order_by("scheduled_time")
    assert [row.extra for row in rows] == [True, False]
    assert (await alice.queue(weekly["id"]))["executionCount"] == 2


async def test_its_time_is_that_at_which_nobody_else_had_the_queue_any_more(
    alice: User, clock: FakeClock, weekly: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = _due_queues.lock_of_owner

    async def waits(*args: Any) -> Any:
        clock.advance(seconds=2)
        return await lock(*args)

    monkeypatch.setattr(_due_queues, "lock_of_owner", waits)
    execution = (await run(alice, weekly))["execution"]
    assert (execution["executedTime"], execution["scheduledTime"]) == (instant(clock.now), instant(clock.now))
    assert execution["post"]["scheduledTime"] == instant(clock.now)


async def test_it_is_called_for(alice: User, clock: FakeClock, weekly: Any, process: Process) -> None:
    await forget_alarms(process)
    await run(alice, weekly)
    assert len(await alarms(process, WorkerFunction.PUBLISH)) == 1


async def test_a_key_runs_the_queue_once(alice: User, clock: FakeClock, weekly: Any) -> None:
    first = await run(alice, weekly)
    clock.advance(minutes=1)
    assert (await run(alice, weekly))["execution"] == first["execution"]
    assert len(await clones(alice, weekly)) == 1
    assert (await run(alice, weekly, "twice"))["execution"]["id"] != first["execution"]["id"]
    assert len(await clones(alice, weekly)) == 2


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "\x00"])
async def test_a_key_that_cannot_be_is_refused(alice: User, weekly: Any, key: str) -> None:
    refusal = await alice.refused(RUN_QUEUE_NOW, id=weekly["id"], idempotencyKey=key)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "idempotencyKey")


async def test_without_a_key_it_is_refused(alice: User, weekly: Any) -> None:
    assert (await alice.refused(RUN_QUEUE_NOW, id=weekly["id"])).code == "BAD_USER_INPUT"
    assert await clones(alice, weekly) == []


async def test_it_counts_for_the_maximum_and_completes_the_queue(alice: User, clock: FakeClock, weekly: Any) -> None:
    await alice.do(UPDATE_QUEUE, id=weekly["id"], input={"maxExecutions": 1})
    ran = await run(alice, weekly)
    assert (ran["queue"]["status"], ran["queue"]["statusReason"]) == ("COMPLETED", "MAX_EXECUTIONS_REACHED")
    refusal = await alice.refused(RUN_QUEUE_NOW, id=weekly["id"], idempotencyKey="twice")
    assert refusal.code == "CONFLICT"
    assert len(await clones(alice, weekly)) == 1


@pytest.mark.parametrize(("days", "count"), [(0, 1), (2, 3)])
async def test_what_had_fallen_due_does_not_run_after_the_last_run_and_the_owner_is_told(
    alice: User, clock: FakeClock, tick: Tick, days: int, count: int
) -> None:
    await alice.connect("X")
    first = clock.now + HOUR
    queue = await due_queue(alice, first, {"x": "Hello"}, interval=1, maxExecutions=1)
    last = first + timedelta(days=days)
    clock.now = last + timedelta(minutes=1)
    for _ in range(2):  # a request that is sent again is answered as before
        ran = await run(alice, queue)
        assert [(one["code"], instant(last) in one["message"]) for one in ran["warnings"]] == [
            ("PENDING_TIME_GIVEN_UP", True)
        ]
    assert (await tick()).due == 0
    not_run, extra = await QueueExecution.filter(queue_id=queue["id"]).order_by("scheduled_time")
    assert (not_run.scheduled_time, not_run.until) == (first, last if days else None)
    assert (not_run.reason, not_run.missed_count) == ("MAX_EXECUTIONS_REACHED", count)
    assert (extra.extra, str(extra.id)) == (True, ran["execution"]["id"])
    assert (await RecurringQueue.get(id=queue["id"])).next_scheduled_time == last + timedelta(days=1)


async def test_of_a_queue_that_counts_from_its_run_the_pending_time_is_given_up(alice: User, clock: FakeClock) -> None:
    """It shows no other, however many intervals have passed since."""
    await alice.connect("X")
    first = clock.now + HOUR
    queue = await due_queue(alice, first, {"x": "Hello"}, interval=1, maxExecutions=1, cadence="AFTER_EXECUTION")
    clock.now = first + timedelta(days=2)
    (warning,) = (await run(alice, queue))["warnings"]
    assert f"The queue's pending time, {instant(first)}, is given up: " in warning["message"]


async def test_what_fell_due_in_a_pause_is_paused_after_the_last_run(
    alice: User, clock: FakeClock, weekly: Any
) -> None:
    await alice.do(UPDATE_QUEUE, id=weekly["id"], input={"maxExecutions": 1})
    await alice.do(PAUSE_QUEUE, id=weekly["id"])
    clock.advance(hours=2)
    assert (await run(alice, weekly))["warnings"] == []
    rows = await QueueExecution.filter(queue_id=weekly["id"]).order_by("scheduled_time")
    assert [row.reason for row in rows] == ["PAUSED", None]


async def test_a_tick_that_finds_that_a_queue_has_run_as_often_as_it_may_says_so_of_what_is_due(
    alice: User, clock: FakeClock, weekly: Any, tick: Tick
) -> None:
    due = clock.now + HOUR
    await set_queue(weekly, max_executions=1, execution_count=1)
    clock.now = due
    await tick()
    (row,) = await QueueExecution.filter(queue_id=weekly["id"])
    assert (row.scheduled_time, row.reason, row.missed_count) == (due, "MAX_EXECUTIONS_REACHED", 1)
    assert (await RecurringQueue.get(id=weekly["id"])).status_reason == "MAX_EXECUTIONS_REACHED"


async def test_a_paused_queue_that_it_completes_has_no_pause_any_more(
    alice: User, clock: FakeClock, weekly: Any
) -> None:
    await alice.do(UPDATE_QUEUE, id=weekly["id"], input={"maxExecutions": 2})
    await alice.do(PAUSE_QUEUE, id=weekly["id"], until=clock.now + HOUR, reason="On holiday")
    paused = (await run(alice, weekly))["queue"]
    assert (paused["pausedUntil"], paused["pauseReason"]) == (instant(clock.now + HOUR), "On holiday")
    completed = (await run(alice, weekly, "twice"))["queue"]
    assert (completed["status"], completed["pausedUntil"], completed["pauseReason"]) == ("COMPLETED", None, None)


async def test_a_paused_queue_runs_and_stays_paused(alice: User, weekly: Any) -> None:
    await alice.do(PAUSE_QUEUE, id=weekly["id"])
    assert (await run(alice, weekly))["queue"]["status"] == "PAUSED"
    assert len(await clones(alice, weekly)) == 1


@pytest.mark.parametrize("status", [QueueStatus.COMPLETED])
async def test_a_completed_queue_does_not_run(alice: User, weekly: Any, status: QueueStatus) -> None:
    await set_queue(weekly, status=status, status_reason="ENDED")
    assert (await alice.refused(RUN_QUEUE_NOW, id=weekly["id"], idempotencyKey="once")).code == "CONFLICT"


@pytest.mark.parametrize(
    "columns",
    [
        {"status_reason": "MAX_EXECUTIONS_REACHED", "max_executions": 1, "execution_count": 1},
        {"status_reason": "ENDED", "ends_at": datetime(2000, 1, 1, tzinfo=UTC)},
        {"status_reason": "ORIGINAL_POST_DELETED", "original_post_id": None},
        {"status": QueueStatus.PAUSED, "max_executions": 1, "execution_count": 1},
        {"status": QueueStatus.PAUSED, "original_post_id": None},
    ],
)
async def test_what_has_to_be_done_before_it_can_be_resumed_is_said_at_once(
    alice: User, weekly: Any, columns: dict[str, Any]
) -> None:
    await set_queue(weekly, **{"status": QueueStatus.COMPLETED, **columns})
    resumed = await alice.refused(RESUME_QUEUE, id=weekly["id"])
    assert await alice.refused(RUN_QUEUE_NOW, id=weekly["id"], idempotencyKey="once") == resumed


async def test_one_that_can_be_resumed_is_to_be_resumed_first(alice: User, weekly: Any) -> None:
    await set_queue(weekly, status=QueueStatus.COMPLETED, status_reason="MAX_EXECUTIONS_REACHED")
    refusal = await alice.refused(RUN_QUEUE_NOW, id=weekly["id"], idempotencyKey="once")
    assert (refusal.code, refusal.message) == ("CONFLICT", "The queue is completed; resume it first.")


async def test_without_an_account_nothing_is_done_and_the_key_is_free(alice: User, clock: FakeClock) -> None:
    queue = await due_queue(alice, clock.now + HOUR)
    refusal = await alice.refused(RUN_QUEUE_NOW, id=queue["id"], idempotencyKey="once")
    assert (refusal.code, refusal.message) == (
        "CONFLICT",
        f"{NOTHING}, as no account is connected on any platform of the post: connectAccount connects one.",
    )
    assert await alice.queue(queue["id"]) == queue
    assert (await Post.all().count(), await IdempotencyKey.all().count()) == (1, 0)
    await alice.connect("X")
    assert (await run(alice, queue))["execution"]["reason"] == "ACCOUNT_MISSING:LINKEDIN"


@pytest.mark.parametrize(
    ("connected", "why"),
    [
        (["X", "LINKEDIN"], "as no account's tokens are accepted any more: connectAccount connects an account again."),
        (["X"], "as no account can be used: RECONNECT_REQUIRED:X,ACCOUNT_MISSING:LINKEDIN."),
    ],
)
async def test_why_no_account_can_be_used_is_said(
    alice: User, clock: FakeClock, connected: list[str], why: str
) -> None:
    await alice.connect(*connected)
    await ConnectedAccount.all().update(status=AccountStatus.RECONNECT_REQUIRED)
    queue = await due_queue(alice, clock.now + HOUR)
    refusal = await alice.refused(RUN_QUEUE_NOW, id=queue["id"], idempotencyKey="once")
    assert (refusal.code, refusal.message) == ("CONFLICT", f"{NOTHING}, {why}")


async def test_without_a_post_there_is_nothing_to_run(alice: User, weekly: Any) -> None:
    await alice.do(DELETE_POST, id=weekly["originalPostId"])
    assert (await alice.refused(RUN_QUEUE_NOW, id=weekly["id"], idempotencyKey="once")).code == "CONFLICT"


async def test_it_takes_the_key_of_no_row_and_of_no_occurrence(
    alice: User, clock: FakeClock, weekly: Any, tick: Tick
) -> None:
    """The occurrence that falls due at the very moment still runs: its key is free."""
    due = clock.now + HOUR
    await add_executions(weekly, [due + MOMENT])
    clock.now = due
    ran = await run(alice, weekly)
    assert ran["execution"]["scheduledTime"] == instant(due + 2 * MOMENT)
    assert (await tick()).executed == 1
    assert (await RecurringQueue.get(id=weekly["id"])).execution_count == 2


async def test_the_posts_take_turns_in_it_too(alice: User, clock: FakeClock, tick: Tick) -> None:
    await alice.connect("X")
    posts = [await alice.create_post(x=text) for text in ("One", "Two", "Three")]
    queue = await alice.create_queue(posts[0]["id"], clock.now + HOUR)
    await start_rotation(UUID(queue["id"]), [UUID(post["id"]) for post in posts])
    await run(alice, queue)
    clock.advance(hours=1)
    await tick()
    texts = [clone["publications"][0]["content"] for clone in await clones(alice, queue)]
    assert texts[::-1] == ["One", "Two"]


async def test_mallory_runs_nothing(mallory: User, weekly: Any) -> None:
    refusal = await mallory.refused(RUN_QUEUE_NOW, id=weekly["id"], idempotencyKey="once")
    assert (refusal.code, refusal.message) == ("NOT_FOUND", "There is no such queue.")
