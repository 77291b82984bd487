"""Who pauses a queue that is overdue is told of what had fallen due, which the ledger has as PAUSED later."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from support.api import (
    DELETE_POST,
    PAUSE_ALL_QUEUES,
    PAUSE_QUEUE,
    RESUME_QUEUE,
    SKIP_OCCURRENCE,
    UPDATE_QUEUE,
    User,
    mutation,
)
from support.clock import FakeClock
from support.rows import set_queue
from support.ticks import HOUR, Tick, due_queue, due_queues

from perennial.core.instants import instant
from perennial.queues.pausing import _overdue

DAY = timedelta(days=1)
WARNED, ALL_WARNED = (mutation(name, "warnings { code message field }") for name in ("pauseQueue", "pauseQueues"))


@pytest.fixture
async def first(alice: User, clock: FakeClock) -> datetime:
    """When Alice's queues fall due for the first time."""
    await alice.connect("X")
    return clock.now + HOUR


@pytest.fixture
async def daily(alice: User, first: datetime) -> Any:
    """A queue of Alice's, each day."""
    return await due_queue(alice, first, interval=1)


async def warnings(user: User, document: str, **given: Any) -> list[Any]:
    answer = await user.execute(document, input={}, **given)
    assert "errors" not in answer, answer
    (payload,) = answer["data"].values()
    return list(payload["warnings"])


def given_up(message: str) -> list[Any]:
    return [{"code": "PENDING_TIME_GIVEN_UP", "message": message, "field": None}]


def words(time: datetime) -> str:
    return (
        f"The queue's pending time, {instant(time)}, is given up: it had come, and the queue was paused before it ran. "
        "Call runQueueNow to run it nevertheless."
    )


@pytest.mark.parametrize("days", [None, 1])
async def test_what_had_fallen_due_is_named_and_does_not_run(
    alice: User, clock: FakeClock, first: datetime, daily: Any, tick: Tick, days: int | None
) -> None:
    clock.now = first + timedelta(seconds=1)
    until = clock.now + days * DAY if days else None
    assert await warnings(alice, WARNED, id=daily["id"], until=until) == given_up(words(first))
    assert (await tick()).executed == 0
    clock.now += DAY
    await (tick() if until else alice.do(RESUME_QUEUE, id=daily["id"]))
    (row,) = (await alice.queue(daily["id"]))["executions"]["nodes"]
    assert (row["scheduledTime"], row["reason"]) == (instant(first), "PAUSED")


async def test_what_is_ahead_or_has_run_is_not_named(
    alice: User, clock: FakeClock, first: datetime, daily: Any, tick: Tick
) -> None:
    clock.now = first - timedelta(milliseconds=1)
    assert await warnings(alice, WARNED, id=daily["id"]) == []
    await alice.do(RESUME_QUEUE, id=daily["id"], nextScheduledTime=first)
    clock.now = first
    await tick()
    assert await warnings(alice, WARNED, id=daily["id"]) == []


async def test_what_falls_due_in_a_pause_is_not_given_up_by_another(
    alice: User, clock: FakeClock, first: datetime, daily: Any
) -> None:
    await alice.do(PAUSE_QUEUE, id=daily["id"])
    clock.now = first
    assert await warnings(alice, WARNED, id=daily["id"], until=first + HOUR) == []


async def test_of_several_that_is_named_which_a_tick_had_run(
    alice: User, clock: FakeClock, first: datetime, daily: Any
) -> None:
    """The latest that its owner has neither skipped nor excluded."""
    await alice.do(SKIP_OCCURRENCE, queueId=daily["id"], scheduledTime=first + 2 * DAY)
    await alice.do(UPDATE_QUEUE, id=daily["id"], input={"excludedDates": [f"{first + 3 * DAY:%Y-%m-%d}"]})
    clock.now = first + 3 * DAY + HOUR
    assert await warnings(alice, WARNED, id=daily["id"]) == given_up(words(first + DAY))


async def test_what_its_owner_had_skipped_is_not_named(
    alice: User, clock: FakeClock, first: datetime, daily: Any
) -> None:
    await alice.do(SKIP_OCCURRENCE, queueId=daily["id"], scheduledTime=first)
    clock.now = first
    assert await warnings(alice, WARNED, id=daily["id"]) == []


async def test_where_the_next_is_counted_from_the_run_the_pending_one_is_named(
    alice: User, clock: FakeClock, first: datetime
) -> None:
    queue = await due_queue(alice, first, interval=1, cadence="AFTER_EXECUTION")
    clock.now = first + 2 * DAY
    assert await warnings(alice, WARNED, id=queue["id"]) == given_up(words(first))


async def test_of_several_queues_each_is_named(alice: User, clock: FakeClock, first: datetime, daily: Any) -> None:
    ahead = await due_queue(alice, first + DAY)
    clock.now = first
    found = await warnings(alice, ALL_WARNED, ids=[ahead["id"], daily["id"]])
    assert found == given_up(f"Queue {daily['id']}: {words(first)}")


async def test_one_that_this_version_cannot_read_is_paused_without_a_word(
    alice: User, clock: FakeClock, first: datetime, daily: Any
) -> None:
    await set_queue(daily, timezone="Moon/Tranquility", next_local_time="2027-03-24T09:00:00")
    clock.now = first
    assert await warnings(alice, WARNED, id=daily["id"]) == []
    assert await warnings(alice, WARNED, id=daily["id"], until=first + DAY) == []
    await set_queue(daily, status="active")
    assert await alice.do(PAUSE_ALL_QUEUES, input={}) == {"count": 1, "warnings": []}


async def test_where_every_post_is_deleted_nothing_was_to_run(
    alice: User, clock: FakeClock, first: datetime, daily: Any
) -> None:
    """A tick had completed the queue, and runQueueNow cannot make up for anything."""
    await alice.do(DELETE_POST, id=daily["originalPostId"])
    clock.now = first
    assert await warnings(alice, WARNED, id=daily["id"]) == []
    await set_queue(daily, status="active")
    assert await warnings(alice, PAUSE_ALL_QUEUES) == []


async def test_by_new_rules_of_its_zone_the_time_has_not_come(
    alice: User, clock: FakeClock, first: datetime, daily: Any
) -> None:
    """The slot lies ahead, as a tick would have found."""
    later = (first + HOUR).replace(tzinfo=None).isoformat(timespec="milliseconds")
    await set_queue(daily, timezone="UTC", next_local_time=later)
    clock.now = first
    assert await warnings(alice, WARNED, id=daily["id"]) == []


async def test_who_pauses_all_is_told_how_many_had_fallen_due_and_which_was_the_first(
    alice: User, bob: User, clock: FakeClock, first: datetime, daily: Any
) -> None:
    later, skipped, _ = await due_queues(alice, 3, first + HOUR, interval=1)
    await alice.do(SKIP_OCCURRENCE, queueId=skipped["id"], scheduledTime=first + HOUR)
    await due_queue(bob, first)
    await alice.do(PAUSE_QUEUE, id=later["id"])
    clock.now = first + 2 * HOUR
    assert await alice.do(PAUSE_ALL_QUEUES, input={}) == {
        "count": 3,
        "warnings": given_up(
            "The pending times of 2 queues are given up: they had come, and the queues were paused before they ran. "
            f"The first was that of queue {daily['id']}, {instant(first)}. Call runQueueNow to run one nevertheless."
        ),
    }
    assert await alice.do(PAUSE_ALL_QUEUES, input={}) == {"count": 0, "warnings": []}


async def test_who_pauses_all_is_told_of_a_single_one(
    alice: User, clock: FakeClock, first: datetime, daily: Any
) -> None:
    clock.now = first
    assert await warnings(alice, PAUSE_ALL_QUEUES) == given_up(
        f"The pending time of 1 queue is given up: it had come, and the queue was paused before it ran. It was that of "
        f"queue {daily['id']}, {instant(first)}. Call runQueueNow to run it nevertheless."
    )


async def test_of_very_many_not_all_are_looked_at(
    alice: User, clock: FakeClock, first: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await due_queues(alice, 3, first)
    clock.now = first
    monkeypatch.setattr(_overdue, "OVERDUE_READ_MAX", 2)
    (warning,) = await warnings(alice, PAUSE_ALL_QUEUES)
    assert warning["message"].startswith("The pending times of at least 2 queues are given up: ")
    assert " One was that of queue " in warning["message"]


async def test_of_very_many_of_which_one_is_found_there_is_at_least_that(
    alice: User, clock: FakeClock, first: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await due_queues(alice, 2, first)
    clock.now = first
    monkeypatch.setattr(_overdue, "OVERDUE_READ_MAX", 1)
    (warning,) = await warnings(alice, PAUSE_ALL_QUEUES)
    assert warning["message"].startswith("The pending time of at least 1 queue is given up: it had come")


@pytest.mark.parametrize("document", [WARNED, PAUSE_ALL_QUEUES])
async def test_what_is_missed_and_does_not_run_then_is_not_given_up(
    alice: User, clock: FakeClock, first: datetime, document: str
) -> None:
    """A tick would not have run it either; what is late by less than what counts as missed it would."""
    queue = await due_queue(alice, first, interval=1, missedRuns={"policy": "SKIP"})
    given = {"id": queue["id"]} if document == WARNED else {}
    clock.now = first + 3 * HOUR
    assert await warnings(alice, document, **given) == []
    await set_queue(queue, status="active")
    clock.now = first + timedelta(minutes=4)
    assert len(await warnings(alice, document, **given)) == 1


async def test_the_first_is_the_one_whose_time_is(alice: User, clock: FakeClock, first: datetime, daily: Any) -> None:
    """Not the one that waits longest: another of its occurrences has fallen due since."""
    weekly = await due_queue(alice, first + DAY)
    clock.now = first + 3 * DAY
    (warning,) = await warnings(alice, PAUSE_ALL_QUEUES)
    assert f"The first was that of queue {weekly['id']}, {instant(first + DAY)}." in warning["message"]
