"""Queues and their ledger, as the API answers with them: plain attributes, filled from rows; only what costs a query of
its own is a resolver.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry
from strawberry import ID, UNSET

from perennial import models
from perennial.graphql import loading
from perennial.graphql.context import Info
from perennial.graphql.enums import Cadence, ExecutionOutcome, QueueStatus
from perennial.graphql.inputs import or_none
from perennial.graphql.paging import Connection, Page, read_time
from perennial.graphql.post_types import Post, id_or_none
from perennial.graphql.queue_rows import QueueRow


@strawberry.type(description="The ledger: what became of one occurrence of a queue.")
class QueueExecution:
    id: ID
    scheduled_time: datetime = strawberry.field(description="The occurrence.")
    executed_time: datetime = strawberry.field(description="When it really ran.")
    outcome: ExecutionOutcome
    reason: str | None = strawberry.field(description="Why it did not run, or which platforms were left out and why.")
    missed_count: int = strawberry.field(description="How many earlier occurrences, missed, this one stands for.")
    post_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The clone it made, unless that was deleted.")
    async def post(self, info: Info) -> Post | None:
        row = await info.context.post(self.post_id) if self.post_id else None
        return Post.of(row) if row else None

    @classmethod
    def of(cls, row: models.QueueExecution) -> Self:
        """The row as the API shows it."""
        return cls(
            id=ID(str(row.id)),
            scheduled_time=row.scheduled_time,
            executed_time=row.executed_time,
            outcome=row.outcome,
            reason=row.reason,
            missed_count=row.missed_count,
            post_id=row.post_id,
        )


@strawberry.type(description="A post that comes back every so many days.")
class RecurringQueue:
    id: ID
    clerk_user_id: str
    original_post_id: ID | None
    original_post: Post | None = strawberry.field(description="The post it repeats; null once that is deleted.")
    status: QueueStatus
    status_reason: str | None = strawberry.field(description="Why it is completed.")
    interval: int = strawberry.field(description="Days between occurrences.")
    cadence: Cadence
    next_scheduled_time: datetime = strawberry.field(description="The pending occurrence.")
    last_executed_time: datetime | None = strawberry.field(
        description="The occurrence that ran last; under AFTER_EXECUTION, the moment at which it ran."
    )
    execution_count: int
    max_executions: int | None = strawberry.field(description="Executions after which it is completed; null: no end.")
    created_at: datetime
    updated_at: datetime

    @strawberry.field(description="The ledger, newest first.")
    async def executions(
        self, info: Info, first: int | None = 10, after: str | None = UNSET
    ) -> Connection[QueueExecution]:
        page = Page(first, or_none(after), 10, info.context.page_size_max, read_time)
        queue_id = UUID(self.id)
        if page.after is None:
            rows = await info.context.newest_executions(queue_id, page.size + 1)
        else:
            rows = await loading.executions(info.context.owner, queue_id, page)
        return Connection.of(rows, page, QueueExecution.of, lambda row: [row.scheduled_time])

    @classmethod
    def of(cls, row: models.RecurringQueue | QueueRow) -> Self:
        """The row, with its original, as the API shows it."""
        return cls(
            id=ID(str(row.id)),
            clerk_user_id=row.clerk_user_id,
            original_post_id=id_or_none(row.original_post_id),
            original_post=Post.of(row.original_post) if row.original_post else None,
            status=row.status,
            status_reason=row.status_reason,
            interval=row.interval,
            cadence=row.cadence,
            next_scheduled_time=row.next_scheduled_time,
            last_executed_time=row.last_executed_time,
            execution_count=row.execution_count,
            max_executions=row.max_executions,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
