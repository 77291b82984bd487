"""Several queues at once: what came of each is known, whatever comes of the others, and an outage ends it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from support.api import User
from support.clock import FakeClock
from support.ticks import HOUR, due_queues

from perennial.core.errors import NotFound
from perennial.process import Process
from perennial.queues import bulk
from perennial.queues.bulk import BulkQueues, Outcome

MINUTE = 60.0
AWAY = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")


@pytest.fixture
async def ids(alice: User, clock: FakeClock) -> list[UUID]:
    return [UUID(queue["id"]) for queue in await due_queues(alice, 3, clock.now + HOUR)]


def failing(monkeypatch: pytest.MonkeyPatch, queue_id: UUID, error: Exception) -> None:
    """Lets the pausing of this queue raise the error."""
    pause_queue = bulk.pause_queue

    async def pause(owner: str, one: UUID, *more: Any) -> None:
        if one == queue_id:
            raise error
        await pause_queue(owner, one, *more)

    monkeypatch.setattr(bulk, "pause_queue", pause)


async def test_each_has_an_outcome_of_its_own(process: Process, clock: FakeClock, ids: list[UUID]) -> None:
    unknown = uuid4()
    outcomes = await BulkQueues(process.alarms, "alice", [ids[0], unknown, ids[1]], MINUTE).pause(clock.now)
    assert outcomes.keys() == {*ids[:2], unknown}
    assert outcomes[ids[0]] == outcomes[ids[1]] == Outcome()
    assert isinstance(outcomes[unknown].error, NotFound)


@pytest.mark.parametrize(
    "error", [ValueError("a bug"), asyncpg.DeadlockDetectedError(), asyncpg.LockNotAvailableError()], ids=repr
)
async def test_what_is_wrong_with_one_alone_leaves_the_others_to_be_done(
    process: Process, clock: FakeClock, ids: list[UUID], error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, ids[0], error)
    outcomes = await BulkQueues(process.alarms, "alice", ids, MINUTE).pause(clock.now)
    assert [outcomes[one].error for one in ids] == [error, None, None]


async def test_an_outage_ends_it_and_the_rest_is_not_begun(
    process: Process, clock: FakeClock, ids: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, ids[1], AWAY)
    outcomes = await BulkQueues(process.alarms, "alice", ids, MINUTE).pause(clock.now)
    assert [one.error for one in outcomes.values()] == [None, AWAY]


async def test_it_begins_with_no_further_one_when_its_time_is_over(
    process: Process, clock: FakeClock, ids: list[UUID], alice: User
) -> None:
    outcomes = await BulkQueues(process.alarms, "alice", ids, 0.0).pause(clock.now)
    assert outcomes == {ids[0]: Outcome()}
    statuses = [(await alice.queue(str(one)))["status"] for one in ids]
    assert statuses == ["PAUSED", "ACTIVE", "ACTIVE"]


async def test_without_redis_as_many_as_there_are_wait_for_it_once(
    process: Process, clock: FakeClock, ids: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    armed = []

    async def arm(_: object, times: set[Any], now: object) -> None:
        armed.append(times)

    queues = BulkQueues(process.alarms, "alice", ids, MINUTE)
    await queues.pause(clock.now)
    monkeypatch.setattr(process.alarms, "arm", arm)
    time = clock.now + timedelta(minutes=5)
    await queues.resume(time, clock.now)
    assert armed == [{time}]
