"""Rows of queues and of their ledger as the tick and the owners' operations read and write them."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.core.ids import new_id
from perennial.core.states import Cadence, ExecutionOutcome, MissedRuns, OnDuplicate, QueueStatus
from perennial.queues.recurrence.passing import NotRun


class DueQueue(NamedTuple):
    """A queue as a tick reads it: columns of recurring_queues."""

    id: UUID
    clerk_user_id: str
    original_post_id: UUID | None
    status: QueueStatus
    status_reason: str | None
    paused_until: datetime | None
    pause_reason: str | None
    resumed_time: datetime | None
    interval: int | None
    rule: str | None
    timezone: str | None
    cadence: Cadence
    next_local_time: str | None
    next_scheduled_time: datetime
    ends_at: datetime | None
    excluded_dates: str | None
    changed_occurrences: str | None
    missed_runs: MissedRuns
    missed_within_minutes: int | None
    on_duplicate: OnDuplicate
    last_executed_time: datetime | None
    execution_count: int
    max_executions: int | None


class NewExecution(NamedTuple):
    """A new row of queue_executions."""

    id: UUID
    queue_id: UUID
    scheduled_time: datetime
    executed_time: datetime
    outcome: ExecutionOutcome
    reason: str | None
    missed_count: int
    until: datetime | None
    moved_to: datetime | None
    post_id: UUID | None
    clerk_user_id: str
    extra: bool = False


class QueueUpdate(NamedTuple):
    """The columns of recurring_queues that a tick writes."""

    id: UUID
    original_post_id: UUID | None
    status: QueueStatus
    status_reason: str | None
    paused_until: datetime | None
    pause_reason: str | None
    next_local_time: str | None
    next_scheduled_time: datetime
    changed_occurrences: str | None
    last_executed_time: datetime | None
    execution_count: int
    updated_at: datetime


def new_not_run(owner: str, queue_id: UUID, not_run: NotRun, now: datetime) -> NewExecution:
    """The row of the ledger for occurrences that did not run, written at `now`."""
    return NewExecution(
        id=new_id(),
        queue_id=queue_id,
        scheduled_time=not_run.first,
        executed_time=now,
        outcome=ExecutionOutcome.SKIPPED,
        reason=not_run.reason,
        missed_count=not_run.count,
        until=not_run.last if not_run.last != not_run.first else None,
        moved_to=not_run.moved_to,
        post_id=None,
        clerk_user_id=owner,
    )
