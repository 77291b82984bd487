"""pauseQueue: a queue that does not run until it is resumed."""

from typing import Any

import pytest
from support.api import PAUSE_QUEUE, User
from support.clock import FakeClock
from support.rows import set_queue
from support.ticks import Tick

from perennial.core.instants import instant
from perennial.core.states import QueueStatus


async def test_pausing_changes_the_status_alone(alice: User, clock: FakeClock, queue: Any) -> None:
    clock.advance(minutes=1)
    paused = await alice.do(PAUSE_QUEUE, id=queue["id"])
    assert paused == queue | {"status": "PAUSED", "updatedAt": instant(clock.now)}


async def test_pausing_twice_succeeds_and_changes_nothing(alice: User, clock: FakeClock, queue: Any) -> None:
    paused = await alice.do(PAUSE_QUEUE, id=queue["id"])
    clock.advance(minutes=1)
    assert await alice.do(PAUSE_QUEUE, id=queue["id"]) == paused


async def test_a_paused_queue_does_not_run(alice: User, clock: FakeClock, queue: Any, tick: Tick) -> None:
    paused = await alice.do(PAUSE_QUEUE, id=queue["id"])
    clock.advance(days=1)
    assert (await tick()).due == 0
    assert await alice.queue(queue["id"]) == paused


@pytest.mark.parametrize("reason", ["MAX_EXECUTIONS_REACHED", "ORIGINAL_POST_DELETED"])
async def test_a_completed_queue_cannot_be_paused(alice: User, queue: Any, reason: str) -> None:
    await set_queue(queue, status=QueueStatus.COMPLETED, status_reason=reason)
    assert (await alice.refused(PAUSE_QUEUE, id=queue["id"])).code == "CONFLICT"
    unchanged = await alice.queue(queue["id"])
    assert (unchanged["status"], unchanged["statusReason"]) == ("COMPLETED", reason)
