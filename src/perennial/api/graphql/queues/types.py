"""The types RecurringQueue and QueueExecution. Fields come from rows; only those that cost a query are resolvers."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry
from strawberry import ID, UNSET

from perennial.api.graphql._arguments import unset_to_none
from perennial.api.graphql._paging import After, Connection, First, Page, cursor_time
from perennial.api.graphql.context import Info
from perennial.api.graphql.posts.loading import posts_by_id
from perennial.api.graphql.posts.types import Post, id_or_none
from perennial.api.graphql.queues import loading
from perennial.api.graphql.queues.enums import Cadence, ExecutionOutcome, QueueStatus
from perennial.api.graphql.queues.rows import QueueRow
from perennial.db import models


@strawberry.type(
    description="An entry of the ledger: what became of one occurrence, which is one planned time of a queue."
)
class QueueExecution:
    id: ID = strawberry.field(description="A UUID.")
    scheduled_time: datetime = strawberry.field(description="The occurrence. A queue has one entry for each at most.")
    executed_time: datetime = strawberry.field(
        description="When it really ran; of what did not run, when that was found."
    )
    outcome: ExecutionOutcome = strawberry.field(description="Whether a clone was made.")
    reason: str | None = strawberry.field(
        description=(
            "Why it did not run, or which platforms were left out and why: ORIGINAL_POST_DELETED, ACCOUNT_MISSING, "
            "RECONNECT_REQUIRED, ACCOUNT_MISSING:LINKEDIN (several are joined by commas), INTERNAL_ERROR:… null: it "
            "ran on every platform of the post."
        )
    )
    missed_count: int = strawberry.field(
        description="How many earlier occurrences, missed while the service was down, this one stands for."
    )
    post_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The clone that it made. null: it made none, or that was deleted.")
    async def post(self, info: Info) -> Post | None:
        row = await info.context.loader(posts_by_id).load(self.post_id) if self.post_id else None
        return Post.of(row) if row else None

    @classmethod
    def of(cls, row: models.QueueExecution) -> Self:
        """The row as a QueueExecution."""
        return cls(
            id=ID(str(row.id)),
            scheduled_time=row.scheduled_time,
            executed_time=row.executed_time,
            outcome=row.outcome,
            reason=row.reason,
            missed_count=row.missed_count,
            post_id=row.post_id,
        )


@strawberry.type(
    description="A post that comes back every so many days: at its times a clone of it is made and published."
)
class RecurringQueue:
    id: ID = strawberry.field(description="A UUID.")
    clerk_user_id: str = strawberry.field(description="The owner: the `sub` of the bearer token that made it.")
    original_post_id: ID | None = strawberry.field(description="The post that it repeats. null: that was deleted.")
    original_post: Post | None = strawberry.field(
        description="The post that it repeats: clones of it go out, not the post itself. null: that was deleted."
    )
    status: QueueStatus = strawberry.field(description="Whether it runs.")
    status_reason: str | None = strawberry.field(
        description="Why it is completed: MAX_EXECUTIONS_REACHED or ORIGINAL_POST_DELETED. null: it is not completed."
    )
    interval: int = strawberry.field(description="Days between occurrences, of 24 hours each, from 1 to 3650.")
    cadence: Cadence = strawberry.field(description="What the next occurrence is counted from.")
    next_scheduled_time: datetime = strawberry.field(
        description=(
            "The pending occurrence. An active queue runs within a second of it. One that is paused or completed keeps "
            "it and does not run."
        )
    )
    last_executed_time: datetime | None = strawberry.field(
        description=(
            "The occurrence that ran last, not counting skipped and failed ones; under AFTER_EXECUTION, the moment at "
            "which it ran. null: none has run."
        )
    )
    execution_count: int = strawberry.field(description="How often it has run, not counting skipped and failed ones.")
    max_executions: int | None = strawberry.field(
        description="How often it may run, from 1 to 1,000,000,000; then it is completed. null: no end."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When its owner changed it last, or it last moved on.")

    @strawberry.field(
        description="Its ledger, the latest occurrence first. Errors: BAD_USER_INPUT for `first` or `after`."
    )
    async def executions(self, info: Info, first: First = 10, after: After = UNSET) -> Connection[QueueExecution]:
        page = Page(first, unset_to_none(after), 10, info.context.page_size_max, cursor_time)
        queue_id = UUID(self.id)
        if page.after is None:
            rows = await info.context.loader(loading.newest_executions, page.size + 1).load(queue_id)
        else:
            rows = await loading.list_executions(info.context.owner, queue_id, page)
        return Connection.of(rows, page, QueueExecution.of, lambda row: [row.scheduled_time])

    @classmethod
    def of(cls, row: models.RecurringQueue | QueueRow) -> Self:
        """The row as a RecurringQueue, with its original post."""
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
