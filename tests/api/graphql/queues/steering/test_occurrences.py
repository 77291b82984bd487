"""skipOccurrence, moveOccurrence, restoreOccurrence: what an owner does with single occurrences ahead."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.api import (
    MOVE_OCCURRENCE,
    PAUSE_QUEUE,
    RESTORE_OCCURRENCE,
    RESUME_QUEUE,
    SKIP_OCCURRENCE,
    UPDATE_QUEUE,
    User,
)
from support.clock import FakeClock
from support.rows import set_queue
from support.ticks import Tick, alarms, clones, due_queue, forget_alarms, ledger

from perennial.core.instants import instant
from perennial.core.states import QueueStatus
from perennial.db.models import QueueExecution, RecurringQueue
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
STEERING = [SKIP_OCCURRENCE, MOVE_OCCURRENCE, RESTORE_OCCURRENCE]


@pytest.fixture
async def weekly(alice: User, clock: FakeClock) -> Any:
    """Alice's queue: every 7 days from an hour hence, with an account to publish from."""
    await alice.connect("X")
    return await due_queue(alice, clock.now + HOUR, {"x": "Hello"})


async def ran(queue: Any) -> list[tuple[datetime, datetime | None, str | None]]:
    """The queue's ledger, in the order of its names: when, moved to where, why not."""
    rows = await QueueExecution.filter(queue_id=queue["id"]).order_by("scheduled_time")
    return [(row.scheduled_time, row.moved_to, row.reason) for row in rows]


async def pending(queue: Any) -> datetime:
    return (await RecurringQueue.get(id=queue["id"])).next_scheduled_time


async def test_a_skipped_occurrence_does_not_run_and_the_next_does(
    alice: User, clock: FakeClock, weekly: Any, tick: Tick
) -> None:
    first = clock.now + HOUR
    await alice.do(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=first)
    await alice.do(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=first)
    clock.advance(hours=1)
    await tick()
    assert await clones(alice, weekly) == []
    assert await ledger(alice, weekly) == [("SKIPPED", "SKIPPED_BY_OWNER")]
    clock.advance(days=7)
    await tick()
    assert await ran(weekly) == [(first, None, "SKIPPED_BY_OWNER"), (first + 7 * DAY, None, None)]
    assert (await RecurringQueue.get(id=weekly["id"])).changed_occurrences is None, "what is behind is forgotten"


async def test_a_moved_occurrence_runs_at_its_new_time_and_the_next_at_its_own(
    alice: User, clock: FakeClock, weekly: Any, tick: Tick
) -> None:
    first = clock.now + HOUR
    to = first + 2 * DAY
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first, to=to)
    clock.advance(hours=1)
    await tick()
    assert await clones(alice, weekly) == []
    clock.now = to
    await tick()
    (clone,) = await clones(alice, weekly)
    assert clone["scheduledTime"] == instant(to)
    clock.now = first + 7 * DAY
    await tick()
    assert await ran(weekly) == [(first, to, None), (first + 7 * DAY, None, None)]


async def test_the_pending_occurrence_can_be_moved_forward_and_has_its_alarm(
    alice: User, clock: FakeClock, weekly: Any, tick: Tick, process: Process
) -> None:
    await forget_alarms(process)
    first, to = clock.now + HOUR, clock.now + timedelta(minutes=1)
    moved = await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first, to=to)
    assert moved["nextScheduledTime"] == instant(to)
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == [instant(to)]
    clock.now = to
    await tick()
    assert await ran(weekly) == [(first, to, None)]
    assert await pending(weekly) == first + 7 * DAY


async def test_one_that_is_far_ahead_is_skipped_or_moved_without_touching_the_pending_one(
    alice: User, clock: FakeClock, weekly: Any, tick: Tick
) -> None:
    first = clock.now + HOUR
    await alice.do(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=first + 7 * DAY)
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first + 14 * DAY, to=first + 13 * DAY)
    assert await pending(weekly) == first
    for days in range(0, 22):
        clock.now = first + days * DAY
        await tick()
    assert await ran(weekly) == [
        (first, None, None),
        (first + 7 * DAY, None, "SKIPPED_BY_OWNER"),
        (first + 14 * DAY, first + 13 * DAY, None),
        (first + 21 * DAY, None, None),
    ]


async def test_what_was_done_is_undone(alice: User, clock: FakeClock, weekly: Any, tick: Tick) -> None:
    first = clock.now + HOUR
    await alice.do(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=first + 7 * DAY)
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first, to=first + DAY)
    for time in (first, first + 7 * DAY):
        await alice.do(RESTORE_OCCURRENCE, queueId=weekly["id"], scheduledTime=time)
    assert await pending(weekly) == first
    for time in (first, first + 7 * DAY):
        clock.now = time
        await tick()
    assert await ran(weekly) == [(first, None, None), (first + 7 * DAY, None, None)]


async def test_there_is_nothing_to_restore_where_nothing_was_done(alice: User, clock: FakeClock, weekly: Any) -> None:
    refusal = await alice.refused(RESTORE_OCCURRENCE, queueId=weekly["id"], scheduledTime=clock.now + HOUR)
    assert (refusal.code, refusal.message) == ("CONFLICT", "This occurrence was neither skipped nor moved.")


async def test_one_that_was_skipped_runs_where_it_is_moved_to_and_the_other_way_round(
    alice: User, clock: FakeClock, weekly: Any, tick: Tick
) -> None:
    first = clock.now + HOUR
    await alice.do(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=first)
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first, to=first + HOUR)
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first + 7 * DAY, to=first + 8 * DAY)
    await alice.do(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=first + 7 * DAY)
    for time in (first, first + HOUR, first + 7 * DAY, first + 8 * DAY):
        clock.now = time
        await tick()
    assert await ran(weekly) == [(first, first + HOUR, None), (first + 7 * DAY, None, "SKIPPED_BY_OWNER")]


async def test_to_move_one_to_its_own_time_is_to_restore_it(alice: User, clock: FakeClock, weekly: Any) -> None:
    first = clock.now + HOUR
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first, to=first + HOUR)
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first, to=first)
    row = await RecurringQueue.get(id=weekly["id"])
    assert (row.next_scheduled_time, row.next_local_time, row.changed_occurrences) == (first, None, None)


@pytest.mark.parametrize("steer", STEERING)
async def test_one_that_was_moved_is_still_named_by_its_own_time_which_the_refusal_names(
    alice: User, clock: FakeClock, weekly: Any, steer: str
) -> None:
    own, to = clock.now + HOUR + 7 * DAY, clock.now + HOUR + 9 * DAY
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=own, to=to)
    given = {"input": {"to": instant(to + HOUR)}} if steer == MOVE_OCCURRENCE else {}
    refusal = await alice.refused(steer, queueId=weekly["id"], scheduledTime=to, **given)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "scheduledTime")
    assert refusal.message == (
        f"The occurrence of {instant(own)} was moved to {instant(to)}: its name is still {instant(own)}."
    )


@pytest.mark.parametrize("steer", STEERING)
async def test_what_is_no_occurrence_ahead_is_refused_with_the_two_nearest(
    alice: User, clock: FakeClock, weekly: Any, steer: str
) -> None:
    first = clock.now + HOUR
    to = {"to": instant(first + HOUR)} if steer == MOVE_OCCURRENCE else {}
    names = [instant(first + days * DAY) for days in (0, 7, 14)]
    for time, nearest in [
        (first - 7 * DAY, names[:2]),
        (datetime(1, 1, 1, tzinfo=UTC), names[:2]),
        (first + timedelta(milliseconds=1), names[:2]),
        (first + 8 * DAY, names[1:]),
    ]:
        refusal = await alice.refused(steer, queueId=weekly["id"], scheduledTime=time, input=to)
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "scheduledTime")
        assert refusal.message.endswith(f"ahead. The nearest: {nearest[0]} and {nearest[1]}.")
    far = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert "The nearest: 21" in (await alice.refused(steer, queueId=weekly["id"], scheduledTime=far, input=to)).message
    assert (await RecurringQueue.get(id=weekly["id"])).changed_occurrences is None


async def test_an_excluded_date_has_no_occurrence_to_steer(alice: User, clock: FakeClock, weekly: Any) -> None:
    first = clock.now + HOUR
    await set_queue(weekly, excluded_dates=(first + 7 * DAY).date().isoformat())
    refusal = await alice.refused(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=first + 7 * DAY)
    assert refusal.field == "scheduledTime"
    assert refusal.message.endswith(f"The nearest: {instant(first)} and {instant(first + 14 * DAY)}.")


async def test_an_occurrence_is_not_moved_past_its_neighbours(alice: User, clock: FakeClock, weekly: Any) -> None:
    first = clock.now + HOUR
    second, third = first + 7 * DAY, first + 14 * DAY
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first, to=first + DAY)
    await alice.do(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=third)
    words = f"after {instant(first + DAY)} and before {instant(third)}."
    for to in (first, first + DAY, third, third + HOUR):
        refusal = await alice.refused(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=second, to=to)
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "to")
        assert refusal.message == f"An occurrence stays between its neighbours: move it to a time {words}"
    refusal = await alice.refused(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first, to=second)
    assert refusal.message.endswith(f": move it to a time before {instant(second)}.")
    moment = timedelta(milliseconds=1)
    for to in (first + DAY + moment, third - moment):
        await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=second, to=to)


async def test_one_after_which_another_has_fallen_due_cannot_be_moved_any_more(
    alice: User, clock: FakeClock, weekly: Any
) -> None:
    """The last that is overdue can be: nothing is said of a neighbour whose time has passed."""
    first = clock.now + HOUR
    clock.now = first + 15 * DAY
    for name, after in ((first, first + 7 * DAY), (first + 7 * DAY, first + 14 * DAY)):
        refusal = await alice.refused(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=name, to=clock.now + HOUR)
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "to")
        assert refusal.message == (
            "An occurrence stays between its neighbours: the one after it "
            f"fell due at {instant(after)}, so it cannot be moved any more."
        )
    last = {"queueId": weekly["id"], "scheduledTime": first + 14 * DAY}
    refusal = await alice.refused(MOVE_OCCURRENCE, **last, to=first + 21 * DAY)
    assert refusal.message.endswith(f": move it to a time before {instant(first + 21 * DAY)}.")
    await alice.do(MOVE_OCCURRENCE, **last, to=clock.now + HOUR)


async def test_one_is_not_restored_between_others_that_leave_no_time_ahead(
    alice: User, clock: FakeClock, weekly: Any
) -> None:
    first = clock.now + HOUR
    second, third = first + 7 * DAY, first + 14 * DAY
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=second, to=first + 2 * DAY)
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=third, to=first + 3 * DAY)
    clock.now = first + 4 * DAY
    refusal = await alice.refused(RESTORE_OCCURRENCE, queueId=weekly["id"], scheduledTime=second)
    assert (refusal.code, "cannot be moved any more" in refusal.message) == ("CONFLICT", True)


@pytest.mark.parametrize("to", ["2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "2030-01-01T00:00:00"])
async def test_a_time_that_cannot_be_is_refused(alice: User, clock: FakeClock, weekly: Any, to: str) -> None:
    refusal = await alice.refused(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=clock.now + HOUR, to=to)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "to")


async def test_no_occurrence_is_moved_behind_the_end(alice: User, clock: FakeClock, weekly: Any, tick: Tick) -> None:
    first = clock.now + HOUR
    await set_queue(weekly, ends_at=first + DAY)
    refusal = await alice.refused(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first, to=first + 2 * DAY)
    assert (refusal.field, refusal.message) == (
        "to",
        f"The queue ends at {instant(first + DAY)}: choose a time until then.",
    )
    refusal = await alice.refused(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=first + 7 * DAY)
    assert refusal.field == "scheduledTime"
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first, to=first + DAY)
    clock.now = first + DAY
    await tick()
    assert await ran(weekly) == [(first, first + DAY, None)]
    assert (await alice.queue(weekly["id"]))["statusReason"] == "ENDED"


async def test_one_is_not_restored_to_a_time_that_has_passed(
    alice: User, clock: FakeClock, weekly: Any, tick: Tick
) -> None:
    first = clock.now + HOUR
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first, to=first + DAY)
    clock.advance(hours=2)
    await tick()
    refusal = await alice.refused(RESTORE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first)
    assert refusal.code == "CONFLICT"
    assert refusal.message == f"The occurrence's own time, {instant(first)}, has passed: move it to another."


async def test_one_is_not_restored_past_a_neighbour_that_was_moved(alice: User, clock: FakeClock, weekly: Any) -> None:
    first = clock.now + HOUR
    second = first + 7 * DAY
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=second, to=second + 2 * DAY)
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first, to=second + DAY)
    refusal = await alice.refused(RESTORE_OCCURRENCE, queueId=weekly["id"], scheduledTime=second)
    assert refusal.code == "CONFLICT"
    assert refusal.message.endswith(f"after {instant(second + DAY)} and before {instant(second + 7 * DAY)}.")


async def test_one_is_not_skipped_where_a_neighbour_was_moved_past_its_own_time(
    alice: User, clock: FakeClock, weekly: Any
) -> None:
    first = clock.now + HOUR
    second, third = first + 7 * DAY, first + 14 * DAY
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=third, to=third + 2 * DAY)
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=second, to=third + DAY)
    refusal = await alice.refused(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=third)
    assert refusal.code == "CONFLICT"
    await alice.do(RESTORE_OCCURRENCE, queueId=weekly["id"], scheduledTime=second)
    await alice.do(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=third)


async def test_what_was_moved_stays_where_it_is_when_something_else_is_changed(
    alice: User, clock: FakeClock, weekly: Any
) -> None:
    first = clock.now + HOUR
    second, third = first + 7 * DAY, first + 14 * DAY
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=third, to=third + 2 * DAY)
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=second, to=third + DAY)
    before = (await RecurringQueue.get(id=weekly["id"])).changed_occurrences
    changes = {"excludedDates": ["2001-12-24"], "endsAt": instant(third + 3 * DAY)}
    await alice.do(UPDATE_QUEUE, id=weekly["id"], input=changes)
    assert (await RecurringQueue.get(id=weekly["id"])).changed_occurrences == before


async def test_a_queue_does_not_end_before_a_time_that_an_occurrence_was_moved_to(
    alice: User, clock: FakeClock, weekly: Any
) -> None:
    first = clock.now + HOUR
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first, to=first + 5 * HOUR)
    end = {"endsAt": instant(first + 2 * HOUR)}
    refusal = await alice.refused(UPDATE_QUEUE, id=weekly["id"], input=end)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "endsAt")
    await alice.do(RESTORE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first)
    await alice.do(UPDATE_QUEUE, id=weekly["id"], input=end)


async def test_the_end_is_compared_with_the_own_time_of_one_that_was_moved_which_the_refusal_names(
    alice: User, clock: FakeClock, weekly: Any, tick: Tick
) -> None:
    first, to = clock.now + HOUR, clock.now + HOUR / 4
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first, to=to)
    refusal = await alice.refused(UPDATE_QUEUE, id=weekly["id"], input={"endsAt": instant(clock.now + HOUR / 2)})
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "endsAt")
    assert refusal.message == (
        f"The queue's endsAt, {instant(clock.now + HOUR / 2)}, is before its next occurrence, {instant(first)}, which "
        f"was moved to {instant(to)} and counts by its own time: choose an end of {instant(first)} or later."
    )
    await alice.do(UPDATE_QUEUE, id=weekly["id"], input={"endsAt": instant(first)})
    clock.now = to
    await tick()
    assert await ran(weekly) == [(first, to, None)]
    assert (await alice.queue(weekly["id"]))["statusReason"] == "ENDED"


async def test_a_hundred_occurrences_can_be_changed_at_once(alice: User, clock: FakeClock, weekly: Any) -> None:
    first = clock.now + HOUR
    for week in range(100):
        await alice.do(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=first + week * 7 * DAY)
    more = {"queueId": weekly["id"], "scheduledTime": first + 700 * DAY}
    assert (await alice.refused(SKIP_OCCURRENCE, **more)).code == "CONFLICT"
    assert (await alice.refused(MOVE_OCCURRENCE, **more, to=first + 699 * DAY)).code == "CONFLICT"
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first, to=first + HOUR)
    await alice.do(RESTORE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first)
    await alice.do(SKIP_OCCURRENCE, **more)


async def test_a_queue_that_counts_from_its_execution_has_its_pending_occurrence_alone(
    alice: User, clock: FakeClock, tick: Tick
) -> None:
    """That stays less than an interval before its own time, or one of those after it would have its name."""
    await alice.connect("X")
    first = clock.now + 10 * DAY
    queue = await due_queue(alice, first, {"x": "Hello"}, interval=1, cadence="AFTER_EXECUTION")
    refusal = await alice.refused(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=first + DAY)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "scheduledTime")
    assert refusal.message.endswith(f"only the pending occurrence is known, that of {instant(first)}.")
    refusal = await alice.refused(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=first, to=first - DAY)
    assert refusal.message == (
        "The next occurrence of this queue is counted from when this one runs, so this one can be moved to an earlier "
        f"time by less than the interval only: move it to a time after {instant(first - DAY)}."
    )
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=first, to=first - 23 * HOUR)
    for days in range(12):
        clock.now = first - 23 * HOUR + days * DAY
        assert (await tick()).executed == 1
    assert [moved for _, moved, _ in await ran(queue) if moved] == [first - 23 * HOUR]


async def test_a_paused_queue_is_steered_in_what_lies_ahead(
    alice: User, clock: FakeClock, weekly: Any, tick: Tick
) -> None:
    first = clock.now + HOUR
    await alice.do(PAUSE_QUEUE, id=weekly["id"])
    clock.advance(days=1)
    refusal = await alice.refused(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=first)
    assert refusal.message.endswith(f"{instant(first + 7 * DAY)} and {instant(first + 14 * DAY)}.")
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=first + 7 * DAY, to=first + 6 * DAY)
    await alice.do(RESUME_QUEUE, id=weekly["id"], input={"from": "NEXT_SLOT"})
    assert await pending(weekly) == first + 6 * DAY


async def test_a_queue_that_is_late_can_still_be_steered(
    alice: User, clock: FakeClock, weekly: Any, tick: Tick
) -> None:
    first = clock.now + HOUR
    clock.advance(days=8)
    for week in range(2):
        await alice.do(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=first + week * 7 * DAY)
    await tick()
    assert await clones(alice, weekly) == []
    assert await ledger(alice, weekly) == [("SKIPPED", "SKIPPED_BY_OWNER")]


@pytest.mark.parametrize("steer", STEERING)
async def test_a_completed_queue_and_those_of_others_cannot_be_steered(
    alice: User, mallory: User, clock: FakeClock, weekly: Any, steer: str
) -> None:
    to = {"to": instant(clock.now + 2 * HOUR)} if steer == MOVE_OCCURRENCE else {}
    given = {"queueId": weekly["id"], "scheduledTime": clock.now + HOUR, "input": to}
    assert (await mallory.refused(steer, **given)).code == "NOT_FOUND"
    assert (await alice.refused(steer, **given | {"queueId": "that one"})).code == "NOT_FOUND"
    await set_queue(weekly, status=QueueStatus.COMPLETED, status_reason="ENDED")
    assert (await alice.refused(steer, **given)).code == "CONFLICT"


async def test_a_new_time_for_the_queue_forgets_what_is_no_occurrence_any_more(
    alice: User, clock: FakeClock, weekly: Any
) -> None:
    first = clock.now + HOUR
    for week in (1, 2):
        await alice.do(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=first + week * 7 * DAY)
    await alice.do(PAUSE_QUEUE, id=weekly["id"])
    await alice.do(RESUME_QUEUE, id=weekly["id"], nextScheduledTime=first + DAY)
    assert (await RecurringQueue.get(id=weekly["id"])).changed_occurrences is None
    await alice.do(UPDATE_QUEUE, id=weekly["id"], input={"interval": 1})
    await alice.do(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=first + 2 * DAY)
