"""Queues as lists read them, without the cost of model instances."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.api.graphql.posts.rows import PostRow
from perennial.core.states import Cadence, MissedRuns, OnDuplicate, QueueStatus


class QueueRow(NamedTuple):
    """The fields of models.RecurringQueue, with the original post."""

    id: UUID
    clerk_user_id: str
    original_post_id: UUID | None
    status: QueueStatus
    status_reason: str | None
    paused_until: datetime | None
    pause_reason: str | None
    name: str | None
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
    created_at: datetime
    updated_at: datetime
    original_post: PostRow | None = None
