"""pauseQueues, resumeQueues and deleteQueues: each queue is done or refused by itself."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from support.api import (
    CONNECT_ACCOUNT,
    DELETE_POST,
    DELETE_QUEUES,
    PAUSE_QUEUES,
    QUEUES_QUERY,
    RESUME_QUEUES,
    User,
    mutation,
)
from support.clock import FakeClock
from support.rows import set_queue
from support.statements import Statements
from support.ticks import Tick

from perennial.core.ids import new_id
from perennial.core.instants import instant
from perennial.core.states import QueueStatus
from perennial.db.models import RecurringQueue
from perennial.process import Process

# Each mutation, and the states of all queues that are left after it.
AFTERWARDS = {PAUSE_QUEUES: {"PAUSED"}, RESUME_QUEUES: {"ACTIVE"}, DELETE_QUEUES: set[str]()}
COMPLETED = {"code": "CONFLICT", "message": "The queue is completed; there is nothing to pause.", "field": None}
UNKNOWN = {"code": "NOT_FOUND", "message": "There is no such queue.", "field": None}


@pytest.fixture
async def queues(alice: User, clock: FakeClock) -> list[Any]:
    """Three of Alice's, of 1 to 3 days."""
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    time = clock.now + timedelta(hours=1)
    return [await alice.create_queue(post["id"], time, interval=days) for days in (1, 2, 3)]


def ids_of(queues: list[Any]) -> list[str]:
    return [queue["id"] for queue in queues]


def done(queue: Any) -> dict[str, Any]:
    return {"id": queue["id"], "queue": queue, "error": None}


async def test_each_is_paused_and_answered_in_the_order_of_the_ids(
    alice: User, clock: FakeClock, queues: list[Any], tick: Tick
) -> None:
    clock.advance(minutes=1)
    paused = [queue | {"status": "PAUSED", "updatedAt": instant(clock.now)} for queue in queues]
    assert await alice.do(PAUSE_QUEUES, ids=ids_of(queues)[::-1]) == [done(queue) for queue in paused[::-1]]
    clock.advance(days=1)
    assert (await tick()).due == 0
    assert await alice.do(PAUSE_QUEUES, ids=ids_of(queues)) == [done(queue) for queue in paused], "they stay paused"


async def test_one_that_is_refused_hides_and_stops_no_other(
    alice: User, bob: User, clock: FakeClock, queues: list[Any]
) -> None:
    first, second, third = queues
    await set_queue(second, status=QueueStatus.COMPLETED, status_reason="MAX_EXECUTIONS_REACHED")
    post = await bob.create_post(x="Hello")
    his = await bob.create_queue(post["id"], clock.now + timedelta(hours=1))
    ids = [first["id"], second["id"], str(uuid4()), "first", his["id"], first["originalPostId"], third["id"]]
    results = await alice.do(PAUSE_QUEUES, ids=ids)
    assert [one["id"] for one in results] == ids
    assert [one["error"] for one in results] == [None, COMPLETED, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, None]
    assert [one["queue"] and one["queue"]["status"] for one in results] == ["PAUSED", *[None] * 5, "PAUSED"]
    assert (await alice.queue(second["id"]))["status"] == "COMPLETED"
    assert await bob.queue(his["id"]) == his


async def test_one_that_is_given_twice_is_done_once_and_answered_twice(alice: User, queues: list[Any]) -> None:
    queue = queues[0]
    given = [queue["id"], queue["id"].upper(), queue["id"]]
    results = await alice.do(DELETE_QUEUES, ids=given)
    assert results == [{"id": one, "queue": None, "error": None} for one in given]


async def test_each_is_deleted_and_the_others_stay(alice: User, queues: list[Any]) -> None:
    first, second, third = queues
    ids = [third["id"], first["id"]]
    assert await alice.do(DELETE_QUEUES, ids=ids) == [{"id": one, "queue": None, "error": None} for one in ids]
    assert [node["id"] for node in (await alice.do(QUEUES_QUERY))["nodes"]] == [second["id"]]
    assert [one["error"] for one in await alice.do(DELETE_QUEUES, ids=ids)] == [UNKNOWN, UNKNOWN]


async def test_each_is_resumed_an_interval_of_its_own_from_now(
    alice: User, clock: FakeClock, queues: list[Any], tick: Tick
) -> None:
    await alice.do(PAUSE_QUEUES, ids=ids_of(queues[:2]))
    clock.advance(days=30)
    results = await alice.do(RESUME_QUEUES, ids=ids_of(queues))
    resumed = [
        queue | {"nextScheduledTime": instant(clock.now + timedelta(days=days)), "updatedAt": instant(clock.now)}
        for days, queue in enumerate(queues[:2], 1)
    ]
    for result, passed in zip(results[:2], (30, 15), strict=True):
        (entry,) = result["queue"].pop("executions")["nodes"]
        assert (entry["reason"], entry["missedCount"]) == ("PAUSED", passed)
    resumed = [{name: value for name, value in queue.items() if name != "executions"} for queue in resumed]
    assert results == [*map(done, resumed), done(queues[2])], "the third was active and stays as it is"


async def test_all_are_resumed_at_the_time_that_is_given_and_have_one_alarm(
    alice: User, clock: FakeClock, queues: list[Any], process: Process
) -> None:
    await alice.do(PAUSE_QUEUES, ids=ids_of(queues))
    await process.redis.flushdb()
    time = clock.now + timedelta(seconds=5)
    results = await alice.do(RESUME_QUEUES, ids=ids_of(queues), nextScheduledTime=time)
    assert [one["queue"]["nextScheduledTime"] for one in results] == [instant(time)] * 3
    count, _ = await process.alarms.pending()
    assert count == 1


async def test_a_queue_that_cannot_be_resumed_and_a_time_that_cannot_be_are_told_of_each(
    alice: User, clock: FakeClock, queues: list[Any]
) -> None:
    first, second, third = queues
    post = await alice.create_post(x="Bye")
    orphan = await alice.create_queue(post["id"], clock.now + timedelta(hours=1))
    await alice.do(PAUSE_QUEUES, ids=[first["id"], orphan["id"], third["id"]])
    await alice.do(DELETE_POST, id=post["id"])
    past = clock.now - timedelta(days=1)
    ids = [first["id"], second["id"], third["id"]]
    errors = [one["error"] for one in await alice.do(RESUME_QUEUES, ids=ids, nextScheduledTime=past)]
    assert [error and (error["code"], error["field"]) for error in errors] == [
        ("BAD_USER_INPUT", "nextScheduledTime"),
        None,  # it is active, so the time does not matter, as in resumeQueue
        ("BAD_USER_INPUT", "nextScheduledTime"),
    ]
    results = await alice.do(RESUME_QUEUES, ids=[orphan["id"], first["id"]])
    assert [one["error"] and one["error"]["code"] for one in results] == ["CONFLICT", None]


async def test_a_hundred_queues_are_taken_and_neither_more_nor_none(alice: User, queues: list[Any]) -> None:
    row = await RecurringQueue.get(id=queues[0]["id"])
    await RecurringQueue.bulk_create(row.clone(pk=new_id()) for _ in range(97))
    ids = [str(one.id) for one in await RecurringQueue.all()]
    assert len(set(ids)) == 100
    for ask, states in AFTERWARDS.items():
        for refused in ([], [*ids, str(uuid4())]):
            refusal = await alice.refused(ask, ids=refused)
            assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "ids")
        results = await alice.do(ask, ids=ids)
        assert [(one["id"], one["error"]) for one in results] == [(one, None) for one in ids]
        assert {one.status.name for one in await RecurringQueue.all()} == states


async def test_the_queues_are_read_together_and_only_if_they_are_asked_for(
    alice: User, queues: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    statements, ids = Statements(caplog), ids_of(queues)
    bare = PAUSE_QUEUES.partition("{ results")[0] + "{ results { id error { code } } } }"
    await alice.do(PAUSE_QUEUES, ids=ids)
    reading = [
        await statements.of(alice, PAUSE_QUEUES, ids=some) - await statements.of(alice, bare, ids=some)
        for some in (ids[:1], ids)
    ]
    assert reading[0] == reading[1] > 0


async def test_what_follows_in_the_document_sees_what_was_done(alice: User, queues: list[Any]) -> None:
    ask = """mutation ($p: PauseQueuesInput!, $r: ResumeQueuesInput!) {
        pauseQueues(input: $p) { results { queue { status } } } resumeQueues(input: $r) { results { queue { status } } }
    }"""
    answer = await alice.execute(ask, p={"ids": ids_of(queues)}, r={"ids": ids_of(queues)})
    paused, resumed = answer["data"].values()
    assert [one["queue"]["status"] for one in paused["results"]] == ["PAUSED"] * 3
    assert [one["queue"]["status"] for one in resumed["results"]] == ["ACTIVE"] * 3


async def test_of_all_that_are_resumed_each_platform_is_warned_of_once(
    alice: User, clock: FakeClock, queues: list[Any]
) -> None:
    """By the last of them, which is in three days: until then the token has expired."""
    expires = instant(clock.now + timedelta(days=2))
    given = {"platform": "X", "accessToken": "sandbox-alice", "expiresAt": expires}
    await alice.do(CONNECT_ACCOUNT, input=given)
    await alice.do(PAUSE_QUEUES, ids=ids_of(queues))
    ask = mutation("resumeQueues", "warnings { code }")
    answered = await alice.do(ask, ids=[*ids_of(queues), "first"])
    about_pending = ["PENDING_TIME_GIVEN_UP"] * len(queues)
    assert [one["code"] for one in answered["warnings"]] == [*about_pending, "TOKEN_EXPIRES", "ACCOUNT_MISSING"]
    assert (await alice.do(ask, ids=ids_of(queues)[:1]))["warnings"] == [{"code": "ACCOUNT_MISSING"}]
    assert (await alice.do(ask, ids=["first"]))["warnings"] == []
