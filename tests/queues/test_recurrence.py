"""When a queue runs and what running does to it: the rules, as tables of cases."""

from datetime import UTC, datetime, timedelta

import pytest
from support.queues import NINE, Queue

from perennial.core.states import Cadence, QueueStatus
from perennial.queues.recurrence.changes import (
    ResumeFrom,
    after_execution,
    after_not_executed,
    after_resuming,
    completed,
    has_reached_maximum,
)
from perennial.queues.recurrence.columns import INTERVAL_DAYS_MAX, Changes
from perennial.queues.recurrence.passing import Occurrence, is_due, passed
from perennial.queues.recurrence.reasons import MAX_EXECUTIONS_REACHED

SECOND = timedelta(seconds=1)
MISSED_AFTER = timedelta(minutes=5)


def due_occurrence(queue: Queue, now: datetime) -> Occurrence:
    found = passed(queue, now, MISSED_AFTER).occurrence
    assert found is not None
    return found


def executed(queue: Queue, now: datetime) -> Changes:
    found = passed(queue, now, MISSED_AFTER)
    assert found.occurrence is not None
    return after_execution(queue, found, found.occurrence, now)


@pytest.mark.parametrize(
    ("status", "now", "due"),
    [
        (QueueStatus.ACTIVE, NINE - SECOND, False),
        (QueueStatus.ACTIVE, NINE, True),
        (QueueStatus.ACTIVE, NINE + SECOND, True),
        (QueueStatus.PAUSED, NINE + SECOND, False),
        (QueueStatus.COMPLETED, NINE + SECOND, False),
    ],
)
def test_an_active_queue_is_due_from_its_very_instant_on(status: QueueStatus, now: datetime, due: bool) -> None:
    assert is_due(Queue(status=status), now) is due


@pytest.mark.parametrize(
    ("count", "maximum", "used_up"),
    [(0, None, False), (1_000, None, False), (2, 3, False), (3, 3, True), (4, 3, True)],
)
def test_a_queue_is_used_up_once_its_count_has_reached_its_maximum(
    count: int, maximum: int | None, used_up: bool
) -> None:
    assert has_reached_maximum(Queue(execution_count=count, max_executions=maximum)) is used_up


@pytest.mark.parametrize(
    ("late", "occurrence", "missed"),
    [
        (timedelta(), NINE, 0),
        (timedelta(days=7) - SECOND, NINE, 0),
        (timedelta(days=7), NINE + timedelta(days=7), 1),
        (timedelta(days=22), NINE + timedelta(days=21), 3),
    ],
)
def test_a_fixed_queue_runs_its_latest_missed_occurrence(late: timedelta, occurrence: datetime, missed: int) -> None:
    found = due_occurrence(Queue(), NINE + late)
    assert (found.time, found.missed_count) == (occurrence, missed)


def test_lateness_never_moves_a_nine_o_clock_queue() -> None:
    changes = executed(Queue(), NINE + timedelta(minutes=1))
    assert changes["last_executed_time"] == NINE
    assert changes["next_scheduled_time"] == NINE + timedelta(days=7)


def test_after_execution_counts_from_the_moment_of_running() -> None:
    ran = NINE + timedelta(days=30, minutes=1)
    queue = Queue(cadence=Cadence.AFTER_EXECUTION)
    found = due_occurrence(queue, ran)
    changes = executed(queue, ran)
    assert (found.time, found.missed_count) == (NINE, 0)
    assert changes["last_executed_time"] == ran
    assert changes["next_scheduled_time"] == ran + timedelta(days=7)


def test_the_longest_interval_is_ten_years_and_an_hour_stays_an_hour() -> None:
    changes = executed(Queue(interval=INTERVAL_DAYS_MAX), NINE)
    assert changes["next_scheduled_time"] == datetime(2036, 2, 28, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "interval", "following"),
    [
        (datetime(2028, 2, 28, 9, tzinfo=UTC), 1, datetime(2028, 2, 29, 9, tzinfo=UTC)),
        (datetime(2028, 2, 29, 9, tzinfo=UTC), 366, datetime(2029, 3, 1, 9, tzinfo=UTC)),
        (datetime(2027, 2, 28, 9, tzinfo=UTC), 1, datetime(2027, 3, 1, 9, tzinfo=UTC)),
        (datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC), 1, datetime(2028, 1, 1, 23, 59, 59, tzinfo=UTC)),
        # The nights in which Berlin and New York change their clocks: UTC does not.
        (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), 1, datetime(2027, 3, 29, 0, 30, tzinfo=UTC)),
        (datetime(2027, 11, 7, 5, 30, tzinfo=UTC), 1, datetime(2027, 11, 8, 5, 30, tzinfo=UTC)),
    ],
)
def test_days_are_days_of_the_calendar_in_utc(last: datetime, interval: int, following: datetime) -> None:
    queue = Queue(interval=interval, next_scheduled_time=last)
    assert executed(queue, last)["next_scheduled_time"] == following


def test_the_last_run_that_is_allowed_completes_the_queue() -> None:
    before = executed(Queue(execution_count=1, max_executions=3), NINE)
    last = executed(Queue(execution_count=2, max_executions=3), NINE)
    assert "status" not in before
    assert (last["status"], last["status_reason"]) == (QueueStatus.COMPLETED, MAX_EXECUTIONS_REACHED)
    assert last["execution_count"] == 3


def test_a_completed_queue_says_why() -> None:
    assert completed("BECAUSE") == {
        "status": QueueStatus.COMPLETED,
        "status_reason": "BECAUSE",
        "paused_until": None,
        "pause_reason": None,
    }


def test_a_resumed_queue_forgets_why_it_had_stopped_and_runs_an_interval_from_now() -> None:
    changes = after_resuming(Queue(status=QueueStatus.COMPLETED), NINE + SECOND, ResumeFrom.NOW)
    assert changes == {
        "status": QueueStatus.ACTIVE,
        "status_reason": None,
        "paused_until": None,
        "pause_reason": None,
        "resumed_time": NINE + SECOND,
        "next_local_time": None,
        "next_scheduled_time": NINE + SECOND + timedelta(days=7),
        "changed_occurrences": None,
    }


def test_a_refused_occurrence_leaves_count_and_last_time_alone() -> None:
    changes = after_not_executed(Queue(), NINE)
    assert changes["next_scheduled_time"] == NINE + timedelta(days=7)
    assert not {"execution_count", "last_executed_time", "status"} & changes.keys()
