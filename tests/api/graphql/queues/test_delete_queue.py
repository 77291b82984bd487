"""deleteQueue: the queue goes with its ledger; what it has made already stays."""

from datetime import timedelta
from typing import Any

from support.api import DELETE_QUEUE, User
from support.clock import FakeClock
from support.ticks import Tick

from perennial.db.models import QueueExecution, RecurringQueue


async def test_a_deleted_queue_is_gone_and_answers_its_id(alice: User, queue: Any) -> None:
    assert await alice.do(DELETE_QUEUE, id=queue["id"]) == queue["id"]
    assert await alice.queue(queue["id"]) is None
    assert (await alice.refused(DELETE_QUEUE, id=queue["id"])).code == "NOT_FOUND"


async def test_the_ledger_goes_with_its_queue_and_no_other(
    alice: User, clock: FakeClock, queue: Any, tick: Tick
) -> None:
    other = await alice.create_queue(queue["originalPostId"], clock.now + timedelta(hours=1))
    clock.advance(hours=1)
    await tick()
    await alice.do(DELETE_QUEUE, id=queue["id"])
    assert [str(row.queue_id) for row in await QueueExecution.all()] == [other["id"]]
    assert [str(row.id) for row in await RecurringQueue.all()] == [other["id"]]


async def test_a_clone_that_is_scheduled_stays(alice: User, clock: FakeClock, queue: Any, tick: Tick) -> None:
    await alice.connect("X", "LINKEDIN")
    clock.advance(hours=1)
    await tick()
    (execution,) = (await alice.queue(queue["id"]))["executions"]["nodes"]
    await alice.do(DELETE_QUEUE, id=queue["id"])
    clone = await alice.post(execution["post"]["id"])
    assert clone == execution["post"]
    assert (clone["status"], clone["createdByQueueId"]) == ("SCHEDULED", queue["id"])


async def test_the_original_stays(alice: User, queue: Any) -> None:
    await alice.do(DELETE_QUEUE, id=queue["id"])
    assert await alice.post(queue["originalPostId"]) == queue["originalPost"]
