"""Pure: computes when a queue runs, and how an execution changes it, from the queue and `now`.

An *occurrence* is one planned instant of a queue; the pending one is its `next_scheduled_time`. Under FIXED the
occurrences lie on a grid of whole intervals, so a late execution never moves a 09:00 queue to 09:01. Under
AFTER_EXECUTION the next one is counted from the time of the execution. "next = last + interval" holds for both.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypedDict

from perennial.core.states import Cadence, QueueStatus

INTERVAL_DAYS_MIN = 1
INTERVAL_DAYS_MAX = 3650

MAX_EXECUTIONS_REACHED = "MAX_EXECUTIONS_REACHED"


class Queue(Protocol):
    """The columns of a queue that these rules read."""

    @property
    def status(self) -> QueueStatus:
        """Only active queues run."""

    @property
    def interval(self) -> int:
        """Days between occurrences."""

    @property
    def cadence(self) -> Cadence:
        """Whether the next occurrence is counted from the last occurrence or from its execution."""

    @property
    def next_scheduled_time(self) -> datetime:
        """The pending occurrence."""

    @property
    def execution_count(self) -> int:
        """How many times the queue has run."""

    @property
    def max_executions(self) -> int | None:
        """How many times the queue may run; None: no limit."""


class Changes(TypedDict, total=False):
    """New values for columns of a queue."""

    status: QueueStatus
    status_reason: str | None
    next_scheduled_time: datetime
    last_executed_time: datetime
    execution_count: int


@dataclass(frozen=True)
class Occurrence:
    """One planned instant, and the number of earlier ones that were missed and that it stands for."""

    time: datetime
    missed_count: int


def is_due(queue: Queue, now: datetime) -> bool:
    """Whether the queue has an occurrence to run."""
    return queue.status == QueueStatus.ACTIVE and queue.next_scheduled_time <= now


def has_reached_maximum(queue: Queue) -> bool:
    """Whether the queue has run `max_executions` times."""
    return queue.max_executions is not None and queue.execution_count >= queue.max_executions


def due_occurrence(queue: Queue, now: datetime) -> Occurrence:
    """The occurrence that a due queue runs: under FIXED the latest that has passed, standing for the missed ones."""
    if queue.cadence == Cadence.AFTER_EXECUTION:
        return Occurrence(queue.next_scheduled_time, 0)
    interval = _interval(queue)
    missed = (now - queue.next_scheduled_time) // interval
    return Occurrence(queue.next_scheduled_time + missed * interval, missed)


def after_execution(queue: Queue, occurrence: datetime, now: datetime) -> Changes:
    """The changes after that occurrence was executed at `now`."""
    last = now if queue.cadence == Cadence.AFTER_EXECUTION else occurrence
    count = queue.execution_count + 1
    changes = Changes(last_executed_time=last, next_scheduled_time=last + _interval(queue), execution_count=count)
    if queue.max_executions is not None and count >= queue.max_executions:
        changes |= completed(MAX_EXECUTIONS_REACHED)
    return changes


def after_not_executed(queue: Queue, now: datetime) -> Changes:
    """The changes after a skipped or failed occurrence: the queue moves on by whole intervals, past `now`."""
    steps = max(0, (now - queue.next_scheduled_time) // _interval(queue)) + 1
    return Changes(next_scheduled_time=queue.next_scheduled_time + steps * _interval(queue))


def after_resuming(queue: Queue, now: datetime, next_scheduled_time: datetime | None) -> Changes:
    """The changes of a resumed queue: it runs next at the given time, or one interval after `now`."""
    return Changes(
        status=QueueStatus.ACTIVE,
        status_reason=None,
        next_scheduled_time=next_scheduled_time or now + _interval(queue),
    )


def completed(reason: str) -> Changes:
    """The changes of a queue that has ended for this reason."""
    return Changes(status=QueueStatus.COMPLETED, status_reason=reason)


def _interval(queue: Queue) -> timedelta:
    return timedelta(days=queue.interval)
