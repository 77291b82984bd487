"""Executions as lists read them, without the cost of model instances."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.core.states import ExecutionOutcome


class ExecutionRow(NamedTuple):
    """The fields of models.QueueExecution."""

    id: UUID
    queue_id: UUID
    scheduled_time: datetime
    executed_time: datetime
    outcome: ExecutionOutcome
    reason: str | None
    missed_count: int
    until: datetime | None
    moved_to: datetime | None
    extra: bool
    post_id: UUID | None
