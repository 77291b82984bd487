"""Several queues at once: what came of each is known, whatever comes of the others, and an outage ends it."""

import asyncio
from contextvars import copy_context
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from structlog.testing import capture_logs
from support.api import DELETE_QUEUES, PAUSE_QUEUES, RESUME_QUEUES, User
from support.clock import FakeClock
from support.stores.servers import DIRECTLY
from support.ticks import HOUR

from perennial.api.graphql.extensions.outages import IN_THE_WAY
from perennial.core.errors import NotFound
from perennial.core.states import Cadence, Platform
from perennial.db.models import RecurringQueue
from perennial.db.sql import run_sql
from perennial.db.transactions import transaction
from perennial.events.publisher import EventPublisher
from perennial.jobs.alarms import Alarms
from perennial.jobs.redis_client import RedisClient
from perennial.process import Process
from perennial.queues import bulk
from perennial.queues.bulk import BulkOutcome, BulkQueues
from perennial.queues.pausing.pauses import Pause
from perennial.queues.queues import QueueInput
from perennial.queues.resuming import Start

MINUTE = 60.0
AWAY = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")


@pytest.fixture
async def ids(process: Process, clock: FakeClock) -> list[UUID]:
    """Three of Alice's, made without a request: nobody watches what is committed."""
    post = await process.posts.create("alice", [(Platform.X, "Hello")], clock.now)
    new = QueueInput([post.id], 7, clock.now + HOUR, None, Cadence.FIXED)
    return [(await process.queues.create("alice", new, clock.now)).id for _ in range(3)]


async def statuses(ids: list[UUID]) -> list[str]:
    return [(await RecurringQueue.get(id=one)).status.name for one in ids]


def failing(monkeypatch: pytest.MonkeyPatch, queue_id: UUID, error: Exception) -> None:
    """Lets the pausing of this queue raise the error."""
    pause_queue = bulk.pause_queue

    async def pause(owner: str, one: UUID, *more: Any) -> Any:
        if one == queue_id:
            raise error
        return await pause_queue(owner, one, *more)

    monkeypatch.setattr(bulk, "pause_queue", pause)


async def test_each_has_an_outcome_of_its_own(process: Process, clock: FakeClock, ids: list[UUID]) -> None:
    unknown = uuid4()
    outcomes, _ = await BulkQueues(process.alarms, process.events, "alice", [ids[0], unknown, ids[1]], MINUTE).pause(
        Pause(), clock.now
    )
    assert outcomes.keys() == {*ids[:2], unknown}
    assert outcomes[ids[0]] == outcomes[ids[1]] == BulkOutcome()
    assert isinstance(outcomes[unknown].error, NotFound)


@pytest.mark.parametrize("error", [ValueError("a bug"), asyncpg.DeadlockDetectedError()], ids=repr)
async def test_what_is_wrong_with_one_alone_leaves_the_others_to_be_done(
    process: Process, clock: FakeClock, ids: list[UUID], error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, ids[0], error)
    outcomes, _ = await BulkQueues(process.alarms, process.events, "alice", ids, MINUTE).pause(Pause(), clock.now)
    assert [outcomes[one].error for one in ids] == [error, None, None]


@pytest.mark.parametrize("database", ["postgres", DIRECTLY], indirect=True)
@pytest.mark.parametrize("mutation", [PAUSE_QUEUES, RESUME_QUEUES, DELETE_QUEUES], ids=["pause", "resume", "delete"])
async def test_one_whose_row_somebody_holds_is_left_and_the_others_are_done(
    alice: User, ids: list[UUID], mutation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer comes while it is held. Once it is let go, that one is done as well."""
    monkeypatch.setattr(bulk, "BULK_LOCK_SECONDS", 0.05)
    given = [str(one) for one in ids]
    outside = copy_context()  # what is asked in here would be in our transaction
    async with transaction():
        await run_sql("SELECT id FROM recurring_queues WHERE id = $1 FOR UPDATE", ids[1])
        results = await asyncio.create_task(alice.do(mutation, ids=given), context=outside)
    (error,) = [one["error"] for one in results if one["id"] == given[1]]
    assert (error["code"], error["message"]) == ("UNAVAILABLE", IN_THE_WAY)
    assert [one["error"] for one in results if one["id"] != given[1]] == [None, None]
    assert (await alice.do(mutation, ids=given[1:2]))[0]["error"] is None


async def test_an_outage_ends_it_and_the_rest_is_not_begun(
    process: Process, clock: FakeClock, ids: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, ids[1], AWAY)
    outcomes, _ = await BulkQueues(process.alarms, process.events, "alice", ids, MINUTE).pause(Pause(), clock.now)
    assert [one.error for one in outcomes.values()] == [None, AWAY]
    assert await statuses(ids) == ["PAUSED", "ACTIVE", "ACTIVE"]


async def test_an_outage_is_raised_if_nothing_is_done_by_then(
    process: Process, clock: FakeClock, ids: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, ids[0], AWAY)
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await BulkQueues(process.alarms, process.events, "alice", [uuid4(), *ids], MINUTE).pause(Pause(), clock.now)
    assert await statuses(ids) == ["ACTIVE"] * 3


async def test_it_begins_with_no_further_one_when_its_time_is_over(
    process: Process, clock: FakeClock, ids: list[UUID]
) -> None:
    outcomes, _ = await BulkQueues(process.alarms, process.events, "alice", ids, 0.0).pause(Pause(), clock.now)
    assert outcomes == {ids[0]: BulkOutcome()}
    assert await statuses(ids) == ["PAUSED", "ACTIVE", "ACTIVE"]


async def test_without_redis_all_are_resumed_and_wait_for_it_once(
    clock: FakeClock, ids: list[UUID], dead_redis: RedisClient
) -> None:
    queues = BulkQueues(Alarms(dead_redis), EventPublisher(dead_redis), "alice", ids, MINUTE)
    await queues.pause(Pause(), clock.now)
    with capture_logs() as log:
        outcomes, _ = await queues.resume(Start(clock.now + timedelta(seconds=20)), clock.now)
    assert list(outcomes.values()) == [BulkOutcome()] * 3
    assert await statuses(ids) == ["ACTIVE"] * 3
    assert [(line["event"], line["alarms"]) for line in log] == [("alarm.missed", 1)]
