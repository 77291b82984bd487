"""Rows of queues and of their ledger as the tick and the owners' operations read and write them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from perennial.core.ids import new_id
from perennial.core.states import ExecutionOutcome, QueueStatus
from perennial.db import bulk
from perennial.db.models import RecurringQueue
from perennial.queues.recurrence.columns import Changes, StoredQueue
from perennial.queues.recurrence.passing import NotRun

RawRow = Mapping[str, Any]

COLUMNS = ", ".join(StoredQueue._fields)  # by which statements read queues


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
    """The columns of recurring_queues that a run of the queue or the end of a pause writes."""

    id: UUID
    original_post_id: UUID | None
    status: QueueStatus
    status_reason: str | None
    paused_until: datetime | None
    pause_reason: str | None
    resumed_time: datetime | None
    next_local_time: str | None
    next_scheduled_time: datetime
    changed_occurrences: str | None
    last_executed_time: datetime | None
    execution_count: int
    updated_at: datetime


def read_queues(rows: Iterable[RawRow]) -> list[StoredQueue]:
    """The queues of these rows. Raises ValueError if one of them cannot be read."""
    return list(map(bulk.row_reader(RecurringQueue, StoredQueue), rows))


def queue_update(queue: StoredQueue, changes: Changes, now: datetime) -> QueueUpdate:
    """What is written of the queue, which the caller has locked, with these changes at `now`."""
    columns: dict[str, Any] = {name: getattr(queue, name) for name in QueueUpdate._fields[:-1]}
    columns |= changes
    return QueueUpdate(**columns, updated_at=now)


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
