"""A queue that is resumed passes over an occurrence that was moved: its own time is past, and the ledger has it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from support.api import MOVE_OCCURRENCE, PAUSE_ALL_QUEUES, RESUME_ALL_QUEUES, User
from support.clock import FakeClock
from support.rows import set_queue

from .conftest import Made

MONDAY, FRIDAY = "2027-03-08T09:00:00.000Z", "2027-03-12T09:00:00.000Z"
WEDNESDAY = datetime(2027, 3, 10, 12, tzinfo=UTC)
ENTRIES = "query ($id: ID!) { queue(id: $id) { executions { nodes { scheduledTime movedTo reason } } } }"


@pytest.fixture
async def moved(made: Made, alice: User) -> Any:
    """Alice's queue of every Monday, the first of which she moved to Friday; paused with all."""
    queue = await made.queue(interval=7, nextScheduledTime=MONDAY)
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=MONDAY, to=FRIDAY)
    await alice.do(PAUSE_ALL_QUEUES, input={})
    return queue


async def ledger(user: User, queue: Any) -> Any:
    return (await user.do(ENTRIES, id=queue["id"]))["executions"]["nodes"]


@pytest.mark.parametrize("given", [{}, {"from": "NOW"}, {"nextScheduledTime": "2027-03-11T18:00:00Z"}])
async def test_what_is_passed_over_is_in_the_ledger(
    alice: User, clock: FakeClock, made: Made, moved: Any, given: dict[str, str]
) -> None:
    clock.now = WEDNESDAY
    await made.resumed(moved, **given)
    assert await ledger(alice, moved) == [{"scheduledTime": MONDAY, "movedTo": FRIDAY, "reason": "SCHEDULE_CHANGED"}]


@pytest.mark.parametrize("given", [{}, {"from": "NOW"}])
async def test_so_it_is_where_all_are_resumed(alice: User, clock: FakeClock, moved: Any, given: dict[str, str]) -> None:
    clock.now = WEDNESDAY
    assert (await alice.do(RESUME_ALL_QUEUES, input=given))["count"] == 1
    assert await ledger(alice, moved) == [{"scheduledTime": MONDAY, "movedTo": FRIDAY, "reason": "SCHEDULE_CHANGED"}]


@pytest.mark.parametrize("given", [{"from": "NEXT_SLOT"}, {"nextScheduledTime": FRIDAY}])
async def test_one_that_is_kept_has_not_passed(
    alice: User, clock: FakeClock, made: Made, moved: Any, given: dict[str, str]
) -> None:
    clock.now = WEDNESDAY
    assert (await made.resumed(moved, **given))["nextScheduledTime"] == FRIDAY
    assert await ledger(alice, moved) == []


async def test_one_whose_own_time_is_ahead_has_not_passed(alice: User, made: Made, moved: Any) -> None:
    await made.resumed(moved)
    assert await ledger(alice, moved) == []


async def test_of_a_queue_that_is_completed_it_can_run_still(alice: User, clock: FakeClock, moved: Any) -> None:
    """Once maxExecutions is raised, and the queue is resumed."""
    await set_queue(moved, max_executions=1, execution_count=1)
    clock.now = WEDNESDAY
    assert (await alice.do(RESUME_ALL_QUEUES, input={}))["count"] == 0
    assert await ledger(alice, moved) == []
