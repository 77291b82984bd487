"""Queues as lists read them, without the cost of model instances."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.api.graphql.posts.rows import PostRow
from perennial.core.states import Cadence, QueueStatus


class QueueRow(NamedTuple):
    """The fields of models.RecurringQueue, with the original post."""

    id: UUID
    clerk_user_id: str
    original_post_id: UUID | None
    status: QueueStatus
    status_reason: str | None
    interval: int
    cadence: Cadence
    next_scheduled_time: datetime
    last_executed_time: datetime | None
    execution_count: int
    max_executions: int | None
    created_at: datetime
    updated_at: datetime
    original_post: PostRow | None = None
