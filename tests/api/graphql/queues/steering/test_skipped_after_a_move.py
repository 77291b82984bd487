"""One that was moved is skipped at its own time, which may have passed. What runs next lies ahead, or it is refused."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from support.api import MOVE_OCCURRENCE, SKIP_OCCURRENCE, UPDATE_QUEUE, User
from support.clock import FakeClock
from support.ticks import HOUR, Tick, clones, due_queue

from perennial.core.instants import instant
from perennial.db.models import QueueExecution

DAY = timedelta(days=1)
AHEAD = "query ($id: ID!) { queue(id: $id) { nextScheduledTime upcoming(first: 3) { scheduledTime skipped } } }"
COUNTED = {"interval": 1, "cadence": "AFTER_EXECUTION"}
DAILY, BY_RULE = {"interval": 1}, {"interval": None, "rule": "FREQ=DAILY"}


async def moved_queue(alice: User, clock: FakeClock, to: timedelta, **settings: Any) -> Any:
    """Alice's queue, whose first occurrence, in an hour, was moved so far ahead."""
    await alice.connect("X")
    first = clock.now + HOUR
    queue = await due_queue(alice, first, {"x": "Hello"}, **settings)
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=first, to=first + to)
    return queue


async def ahead(user: User, queue: Any) -> list[datetime]:
    """When the queue runs next, twice: by `nextScheduledTime`, and what is foreseen; nothing of that is skipped."""
    found = await user.do(AHEAD, id=queue["id"])
    assert not any(one["skipped"] for one in found["upcoming"])
    times = [found["nextScheduledTime"], *(one["scheduledTime"] for one in found["upcoming"])]
    return [datetime.fromisoformat(one) for one in times]


async def ran(queue: Any) -> list[tuple[datetime, str | None]]:
    rows = await QueueExecution.filter(queue_id=queue["id"]).order_by("scheduled_time")
    return [(row.scheduled_time, row.reason) for row in rows]


async def test_where_the_next_would_have_come_already_it_is_refused_and_runs_nothing(
    alice: User, clock: FakeClock, tick: Tick
) -> None:
    first = clock.now + HOUR
    queue = await moved_queue(alice, clock, 10 * DAY, **COUNTED)
    clock.now = first + DAY
    refusal = await alice.refused(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=first)
    assert (refusal.code, refusal.message) == (
        "CONFLICT",
        "Nothing says when the queue would run next: the next occurrence is counted from this one's own time, "
        f"{instant(first)}, if this one does not run, and an interval has passed since. Give the queue a time with "
        "updateQueue (nextScheduledTime), or pause it.",
    )
    assert (await tick()).due == 0
    await alice.do(UPDATE_QUEUE, id=queue["id"], input={"nextScheduledTime": instant(first + 20 * DAY)})
    clock.now = first + 10 * DAY
    assert (await tick()).due == 0
    assert await ahead(alice, queue) == [first + days * DAY for days in (20, 20, 21, 22)]
    assert await ran(queue) == [(first, "SCHEDULE_CHANGED")]


@pytest.mark.parametrize("schedule", [COUNTED, DAILY, BY_RULE])
async def test_where_the_next_lies_ahead_it_runs_then_and_nothing_before(
    alice: User, clock: FakeClock, tick: Tick, schedule: Any
) -> None:
    """Where neighbours limit the move, that is always so."""
    first = clock.now + HOUR
    queue = await moved_queue(alice, clock, timedelta(hours=23), **schedule)
    clock.now = first + 20 * HOUR
    expected = [first + days * DAY for days in (1, 1, 2, 3)]
    skipped = await alice.do(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=first)
    assert skipped["nextScheduledTime"] == instant(first + DAY)
    assert await ahead(alice, queue) == expected
    await tick()
    assert await ahead(alice, queue) == expected
    assert (await clones(alice, queue), await ran(queue)) == ([], [(first, "SKIPPED_BY_OWNER")])
    clock.now = first + DAY
    assert (await tick()).executed == 1


async def test_one_that_was_skipped_in_time_stays_so_when_it_is_skipped_again(alice: User, clock: FakeClock) -> None:
    first = clock.now + HOUR
    queue = await moved_queue(alice, clock, 10 * DAY, **COUNTED)
    for late in (timedelta(), 3 * DAY):
        clock.advance(days=late.days)
        await alice.do(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=first)
