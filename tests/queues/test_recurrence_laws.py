"""What holds for every queue, however late it runs."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from support.queues import Queue

from perennial.core.states import Cadence, QueueStatus
from perennial.queues.recurrence.changes import (
    ResumeFrom,
    after_execution,
    after_not_executed,
    after_resuming,
    has_reached_maximum,
)
from perennial.queues.recurrence.columns import INTERVAL_DAYS_MAX, INTERVAL_DAYS_MIN, Changes
from perennial.queues.recurrence.passing import Occurrence, passed

Y2000 = datetime(2000, 1, 1, tzinfo=UTC)
times = st.timedeltas(timedelta(), timedelta(days=70_000)).map(lambda age: Y2000 + age)
lateness = st.timedeltas(timedelta(), timedelta(days=20_000))
queues = st.builds(
    Queue,
    interval=st.integers(INTERVAL_DAYS_MIN, INTERVAL_DAYS_MAX),
    cadence=st.sampled_from(Cadence),
    next_scheduled_time=times,
    execution_count=st.integers(0, 50),
    max_executions=st.none() | st.integers(1, 60),
)


def due_occurrence(queue: Queue, now: datetime) -> Occurrence:
    found = passed(queue, now, timedelta(minutes=5)).occurrence
    assert found is not None
    return found


def executed(queue: Queue, now: datetime) -> Changes:
    found = passed(queue, now, timedelta(minutes=5))
    assert found.occurrence is not None
    return after_execution(queue, found, found.occurrence, now)


@given(queues, lateness)
def test_next_is_last_plus_interval_exactly(queue: Queue, late: timedelta) -> None:
    now = queue.next_scheduled_time + late
    changes = executed(queue, now)
    assert changes["next_scheduled_time"] - changes["last_executed_time"] == queue.days
    assert changes["execution_count"] == queue.execution_count + 1


@given(queues, lateness)
def test_what_has_run_or_was_refused_is_due_again_only_in_the_future(queue: Queue, late: timedelta) -> None:
    now = queue.next_scheduled_time + late
    assert executed(queue, now)["next_scheduled_time"] > now
    assert after_not_executed(queue, now)["next_scheduled_time"] > now
    assert after_resuming(queue, now, ResumeFrom.NOW)["next_scheduled_time"] > now


@given(queues, st.timedeltas(timedelta(days=-20_000), timedelta(days=20_000)))
def test_a_refusal_moves_by_the_least_number_of_whole_intervals_and_by_one_at_least(
    queue: Queue, late: timedelta
) -> None:
    now = queue.next_scheduled_time + late
    moved = after_not_executed(queue, now)["next_scheduled_time"] - queue.next_scheduled_time
    assert moved % queue.days == timedelta()
    assert moved == queue.days or (moved > queue.days and late >= moved - queue.days)


@given(queues, lateness)
def test_the_occurrence_lies_on_the_grid_and_the_missed_ones_add_up(queue: Queue, late: timedelta) -> None:
    now = queue.next_scheduled_time + late
    found = due_occurrence(queue, now)
    assert found.time == queue.next_scheduled_time + found.missed_count * queue.days
    assert found.time <= now
    if queue.cadence == Cadence.FIXED:
        assert now - found.time < queue.days
    else:
        assert found.missed_count == 0


@given(queues, st.lists(lateness, min_size=1, max_size=8))
def test_a_fixed_queue_accounts_for_every_occurrence_of_its_grid(queue: Queue, waits: list[timedelta]) -> None:
    queue.cadence, queue.max_executions, start = Cadence.FIXED, None, queue.next_scheduled_time
    accounted = 0
    for wait in waits:
        now = queue.next_scheduled_time + wait / 8
        found = due_occurrence(queue, now)
        accounted += 1 + found.missed_count
        queue.next_scheduled_time = executed(queue, now)["next_scheduled_time"]
    assert queue.next_scheduled_time == start + accounted * queue.days


@given(queues, lateness)
def test_a_queue_is_completed_by_the_run_that_uses_it_up_and_by_no_other(queue: Queue, late: timedelta) -> None:
    now = queue.next_scheduled_time + late
    changes = executed(queue, now)
    queue.execution_count = changes["execution_count"]
    assert (changes.get("status") == QueueStatus.COMPLETED) is has_reached_maximum(queue)
