"""updateQueue: changes what is named, leaves the rest, and refuses what createQueue would refuse."""

from datetime import timedelta
from typing import Any

import pytest
from support.api import PAUSE_QUEUE, UPDATE_QUEUE, User
from support.clock import FakeClock
from support.rows import set_queue

from perennial.core.instants import instant
from perennial.core.states import QueueStatus


@pytest.mark.parametrize("change", [{"interval": 30}, {"maxExecutions": 3}, {"maxExecutions": 1}, {"interval": 3650}])
async def test_only_what_is_named_changes(alice: User, clock: FakeClock, queue: Any, change: dict[str, int]) -> None:
    clock.advance(minutes=1)
    changed = await alice.do(UPDATE_QUEUE, id=queue["id"], input=change)
    assert changed == queue | change | {"updatedAt": instant(clock.now)}
    assert await alice.queue(queue["id"]) == changed


async def test_all_can_be_changed_at_once(alice: User, clock: FakeClock, queue: Any) -> None:
    time = instant(clock.now + timedelta(days=2))
    change = {"interval": 1, "nextScheduledTime": time, "maxExecutions": 5}
    assert await alice.do(UPDATE_QUEUE, id=queue["id"], input=change) == queue | change


async def test_a_new_interval_alone_leaves_the_pending_occurrence_where_it_is(alice: User, queue: Any) -> None:
    changed = await alice.do(UPDATE_QUEUE, id=queue["id"], input={"interval": 1})
    assert changed["nextScheduledTime"] == queue["nextScheduledTime"]


async def test_a_new_time_is_kept_in_utc_and_whole_milliseconds(alice: User, clock: FakeClock, queue: Any) -> None:
    given = "2030-03-31T02:30:00.123456+02:00"
    changed = await alice.do(UPDATE_QUEUE, id=queue["id"], input={"nextScheduledTime": given})
    assert changed["nextScheduledTime"] == "2030-03-31T00:30:00.123Z"


async def test_null_takes_the_end_away(alice: User, queue: Any) -> None:
    await alice.do(UPDATE_QUEUE, id=queue["id"], input={"maxExecutions": 3})
    changed = await alice.do(UPDATE_QUEUE, id=queue["id"], input={"maxExecutions": None})
    assert changed["maxExecutions"] is None


async def test_nothing_named_changes_nothing(alice: User, clock: FakeClock, queue: Any) -> None:
    clock.advance(minutes=1)
    assert await alice.do(UPDATE_QUEUE, id=queue["id"], input={}) == queue


REFUSED = [
    ({"interval": None}, "interval"),
    ({"interval": 0}, "interval"),
    ({"interval": 3651}, "interval"),
    ({"interval": "7"}, "interval"),
    ({"interval": 2**31}, "interval"),
    ({"nextScheduledTime": None}, "nextScheduledTime"),
    ({"nextScheduledTime": "2000-01-01T00:00:00Z"}, "nextScheduledTime"),
    ({"nextScheduledTime": "2030-01-01T00:00:00"}, "nextScheduledTime"),
    ({"nextScheduledTime": "2999-01-01T00:00:00Z"}, "nextScheduledTime"),
    ({"nextScheduledTime": "9999-12-31T23:59:59-14:00"}, "nextScheduledTime"),
    ({"maxExecutions": 0}, "maxExecutions"),
    ({"maxExecutions": -1}, "maxExecutions"),
    ({"maxExecutions": 2_000_000_000}, "maxExecutions"),
    ({"status": "PAUSED"}, "status"),
]


@pytest.mark.one_dialect
@pytest.mark.parametrize("beside", [{}, {"interval": 30, "maxExecutions": 9}], ids=["alone", "beside good ones"])
async def test_a_value_that_cannot_be_is_refused_by_name_and_nothing_changes(
    alice: User, queue: Any, beside: dict[str, Any]
) -> None:
    for change, field in REFUSED:
        refusal = await alice.refused(UPDATE_QUEUE, id=queue["id"], input=beside | change)
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", field), change
        assert await alice.queue(queue["id"]) == queue, change


async def test_the_present_itself_is_not_in_the_future(alice: User, clock: FakeClock, queue: Any) -> None:
    now = {"nextScheduledTime": instant(clock.now)}
    assert (await alice.refused(UPDATE_QUEUE, id=queue["id"], input=now)).field == "nextScheduledTime"
    soon = {"nextScheduledTime": instant(clock.now + timedelta(milliseconds=1))}
    assert await alice.do(UPDATE_QUEUE, id=queue["id"], input=soon) == queue | soon


@pytest.mark.parametrize("maximum", [1, 4, 5])
async def test_a_maximum_not_above_what_has_run_is_refused(alice: User, queue: Any, maximum: int) -> None:
    await set_queue(queue, execution_count=5)
    refusal = await alice.refused(UPDATE_QUEUE, id=queue["id"], input={"maxExecutions": maximum})
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "maxExecutions")
    assert (await alice.do(UPDATE_QUEUE, id=queue["id"], input={"maxExecutions": 6}))["maxExecutions"] == 6


async def test_a_paused_queue_can_be_changed_and_stays_paused(alice: User, clock: FakeClock, queue: Any) -> None:
    paused = await alice.do(PAUSE_QUEUE, id=queue["id"])
    change = {"interval": 3, "nextScheduledTime": instant(clock.now + timedelta(days=1))}
    assert await alice.do(UPDATE_QUEUE, id=queue["id"], input=change) == paused | change


async def test_a_completed_queue_can_be_changed_and_stays_completed(alice: User, queue: Any) -> None:
    await set_queue(queue, status=QueueStatus.COMPLETED, status_reason="MAX_EXECUTIONS_REACHED", execution_count=2)
    changed = await alice.do(UPDATE_QUEUE, id=queue["id"], input={"maxExecutions": 3})
    assert (changed["status"], changed["statusReason"]) == ("COMPLETED", "MAX_EXECUTIONS_REACHED")
    assert changed["maxExecutions"] == 3
