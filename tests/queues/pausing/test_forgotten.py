"""What resumeAllQueues says of pending times that are given up: only of what had run, and it promises no other run."""

from datetime import timedelta
from typing import Any

from support.api import PAUSE_ALL_QUEUES, RESUME_ALL_QUEUES, SKIP_OCCURRENCE, User
from support.clock import FakeClock
from support.ticks import HOUR, due_queue

from perennial.core.instants import instant

DAY = timedelta(days=1)


async def resumed_from_now(user: User, queue: Any) -> list[tuple[str, str]]:
    """The warnings of a call that counts from now: it passes over the queue's pending time, which lies ahead."""
    await user.do(PAUSE_ALL_QUEUES, input={})
    answer = await user.do(RESUME_ALL_QUEUES, input={"from": "NOW"})
    assert answer["count"] == 1
    return [(one["code"], one["message"]) for one in answer["warnings"]]


async def test_where_none_is_left_that_runs_no_other_is_promised(alice: User, clock: FakeClock) -> None:
    excluded, pending = clock.now + 7 * DAY, clock.now + 2 * DAY
    queue = await due_queue(alice, pending, endsAt=instant(excluded + HOUR), excludedDates=[f"{excluded:%Y-%m-%d}"])
    assert await resumed_from_now(alice, queue) == [
        (
            "PENDING_TIME_GIVEN_UP",
            f"The pending time of 1 queue is given up: queue {queue['id']} does not run at {instant(pending)}, and no "
            "occurrence is left that runs before it ends.",
        )
    ]


async def test_what_was_skipped_is_not_given_up(alice: User, clock: FakeClock) -> None:
    pending = clock.now + 2 * DAY
    queue = await due_queue(alice, pending, endsAt=instant(pending + 6 * DAY))
    await alice.do(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=pending)
    assert [code for code, _ in await resumed_from_now(alice, queue)] == ["CHANGES_DROPPED"]
