"""resumeQueue: a queue goes on, an interval from now or from the time it is given."""

from datetime import timedelta
from typing import Any

import pytest
from support.api import DELETE_POST, PAUSE_QUEUE, RESUME_QUEUE, UPDATE_QUEUE, User, mutation
from support.clock import FakeClock
from support.ticks import Tick

from perennial.core.instants import instant


async def test_a_paused_queue_runs_an_interval_from_now(alice: User, clock: FakeClock, queue: Any) -> None:
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    clock.advance(days=30)
    resumed = await alice.do(RESUME_QUEUE, id=queue["id"])
    next_time = instant(clock.now + timedelta(days=queue["interval"]))
    (passed,) = resumed.pop("executions")["nodes"]
    assert (passed["outcome"], passed["reason"], passed["scheduledTime"]) == (
        "SKIPPED",
        "PAUSED",
        queue["nextScheduledTime"],
    )
    assert passed["missedCount"] == 1 + 30 // queue["interval"]
    changed = {"nextScheduledTime": next_time, "updatedAt": instant(clock.now)}
    assert resumed == {name: queue[name] for name in resumed} | changed


async def test_a_paused_queue_runs_at_the_time_it_is_given(alice: User, clock: FakeClock, queue: Any) -> None:
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    time = clock.now + timedelta(minutes=5)
    resumed = await alice.do(RESUME_QUEUE, id=queue["id"], nextScheduledTime=time)
    assert resumed == queue | {"nextScheduledTime": instant(time)}


async def test_null_is_an_interval_from_now(alice: User, clock: FakeClock, queue: Any) -> None:
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    resumed = await alice.do(RESUME_QUEUE, id=queue["id"], nextScheduledTime=None)
    assert resumed["nextScheduledTime"] == instant(clock.now + timedelta(days=queue["interval"]))


@pytest.mark.parametrize("hours", [None, 5])
async def test_an_active_queue_stays_as_it_is_even_with_a_time(
    alice: User, clock: FakeClock, queue: Any, hours: int | None
) -> None:
    time = clock.now + timedelta(hours=hours) if hours else None
    clock.advance(minutes=1)
    assert await alice.do(RESUME_QUEUE, id=queue["id"], nextScheduledTime=time) == queue


@pytest.mark.parametrize("time", ["2000-01-01T00:00:00Z", "2030-01-01T00:00:00", "2999-01-01T00:00:00Z", "soon"])
async def test_a_time_that_cannot_be_is_refused(alice: User, queue: Any, time: str) -> None:
    paused = await alice.do(PAUSE_QUEUE, id=queue["id"])
    refusal = await alice.refused(RESUME_QUEUE, id=queue["id"], nextScheduledTime=time)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "nextScheduledTime")
    assert await alice.queue(queue["id"]) == paused


async def completed_by_its_maximum(alice: User, clock: FakeClock, queue: Any, tick: Tick) -> Any:
    await alice.connect("X", "LINKEDIN")
    await alice.do(UPDATE_QUEUE, id=queue["id"], input={"maxExecutions": 1})
    clock.advance(hours=1)
    await tick()
    completed = await alice.queue(queue["id"])
    assert (completed["status"], completed["statusReason"]) == ("COMPLETED", "MAX_EXECUTIONS_REACHED")
    return completed


@pytest.mark.parametrize("maximum", [2, None])
async def test_a_queue_that_has_run_up_to_its_maximum_resumes_only_once_that_is_raised(
    alice: User, clock: FakeClock, queue: Any, tick: Tick, maximum: int | None
) -> None:
    completed = await completed_by_its_maximum(alice, clock, queue, tick)
    assert (await alice.refused(RESUME_QUEUE, id=queue["id"])).code == "CONFLICT"
    assert await alice.queue(queue["id"]) == completed
    raised = await alice.do(UPDATE_QUEUE, id=queue["id"], input={"maxExecutions": maximum})
    resumed = await alice.do(RESUME_QUEUE, id=queue["id"])
    next_time = instant(clock.now + timedelta(days=queue["interval"]))
    assert resumed == raised | {"status": "ACTIVE", "statusReason": None, "nextScheduledTime": next_time}


async def test_a_queue_whose_original_is_gone_cannot_be_resumed(
    alice: User, clock: FakeClock, queue: Any, tick: Tick
) -> None:
    await alice.do(DELETE_POST, id=queue["originalPostId"])
    clock.advance(hours=1)
    await tick()
    completed = await alice.queue(queue["id"])
    assert (completed["status"], completed["statusReason"]) == ("COMPLETED", "ORIGINAL_POST_DELETED")
    assert (await alice.refused(RESUME_QUEUE, id=queue["id"])).code == "CONFLICT"
    assert await alice.queue(queue["id"]) == completed


async def test_a_paused_queue_whose_original_is_gone_cannot_be_resumed_either(alice: User, queue: Any) -> None:
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    await alice.do(DELETE_POST, id=queue["originalPostId"])
    assert (await alice.refused(RESUME_QUEUE, id=queue["id"])).code == "CONFLICT"
    assert (await alice.queue(queue["id"]))["status"] == "PAUSED"


WARNED, ALL_WARNED = (mutation(name, "warnings { code message field }") for name in ("resumeQueue", "resumeQueues"))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"nextScheduledTime": 5}, "nextScheduledTime"),
        ({"nextScheduledTime": 1}, None),
        ({"from": "NOW"}, "from"),
        ({"from": "NEXT_SLOT"}, None),
        ({}, None),
    ],
)
async def test_who_asks_an_active_queue_for_another_time_is_told_that_it_stays(
    alice: User, clock: FakeClock, queue: Any, given: dict[str, Any], field: str | None
) -> None:
    """The queue runs an hour hence."""
    time = clock.now + timedelta(hours=1)
    given = {name: instant(clock.now + timedelta(hours=one)) if name != "from" else one for name, one in given.items()}
    message = f"The queue is active already: it runs next at {instant(time)}. Call updateQueue to change that."
    for document, prefix, which in (
        (WARNED, "", {"id": queue["id"]}),
        (ALL_WARNED, f"Queue {queue['id']}: ", {"ids": [queue["id"]]}),
    ):
        answer = await alice.execute(document, input=which | given)
        (payload,) = answer["data"].values()
        found = [one for one in payload["warnings"] if one["code"] != "ACCOUNT_MISSING"]
        expected = {"code": "ALREADY_ACTIVE", "message": prefix + message, "field": field}
        assert found == ([expected] if field else [])
    assert await alice.queue(queue["id"]) == queue
