"""The type RecurringQueue. Fields come from rows; only those that cost a query are resolvers."""

from datetime import datetime
from functools import partial
from typing import Self
from uuid import UUID

import strawberry
from strawberry import ID, UNSET

from perennial.api.graphql._arguments import id_or_none, unset_to_none
from perennial.api.graphql._node import Node
from perennial.api.graphql._paging import After, Connection, First, Page, cursor_time
from perennial.api.graphql.context import Info
from perennial.api.graphql.executions.types import QueueExecution
from perennial.api.graphql.posts.loading import posts_by_id
from perennial.api.graphql.posts.types import Post
from perennial.api.graphql.queues import loading
from perennial.api.graphql.queues.enums import QueueStatus
from perennial.api.graphql.queues.rows import QueueRow
from perennial.api.graphql.queues.settings.types import QueueSettings, settings_of
from perennial.api.graphql.queues.upcoming.types import UpcomingOccurrence, upcoming_of
from perennial.db import models

EXECUTIONS = 10  # of a queue, where the caller does not say how many


@strawberry.type(
    description=(
        "A queue that repeats a post, or several in turn, every few days or by a rule: at each occurrence it creates "
        "a clone of the post and publishes it."
    )
)
class RecurringQueue(QueueSettings, Node):
    clerk_user_id: str = strawberry.field(
        description=("The owner: the `sub` of the bearer token with which this object was created.")
    )
    original_post_id: ID | None = strawberry.field(
        description=(
            "The id of the post whose clone the queue publishes next. It is null if all of its posts were deleted."
        )
    )
    original_post: Post | None = strawberry.field(
        description=(
            "The post that the queue repeats; of several, the one that runs next. The queue publishes clones of it, "
            "not the post itself. It is null if all of its posts were deleted."
        )
    )
    status: QueueStatus = strawberry.field(description="Whether the queue runs.")
    status_reason: str | None = strawberry.field(
        description=(
            "Why the queue is completed: MAX_EXECUTIONS_REACHED (it has run `maxExecutions` times), "
            "ORIGINAL_POST_DELETED (its last post was deleted) or ENDED (it has no occurrence left until its "
            "`endsAt`). Or why it is paused, if not by `pauseQueue`: PAUSED_WITH_ALL (by `pauseAllQueues`), "
            "REPEATED_FAILURES (all that its last runs published has failed), DUPLICATE_CONTENT (a platform called "
            "its post a duplicate, and `onDuplicate` is PAUSE) or RESTORED (an operator restored a backup that is "
            "older than a run that may have taken place). Otherwise it is null. Later versions may add reasons."
        )
    )
    paused_until: datetime | None = strawberry.field(
        description=(
            "When a paused queue goes on by itself, with its next occurrence. It is null if the queue is not paused, "
            "or is until `resumeQueue` is called."
        )
    )
    pause_reason: str | None = strawberry.field(
        description="Why its owner paused the queue, in the words that they gave. It is null if they gave none."
    )
    last_executed_time: datetime | None = strawberry.field(
        description=(
            "The time of the occurrence that ran last; with AFTER_EXECUTION, the moment at which it really ran. "
            "Skipped and failed occurrences do not count. It is null if none has run."
        )
    )
    execution_count: int = strawberry.field(
        description=("How often the queue has run. Skipped and failed occurrences do not count.")
    )
    created_at: datetime = strawberry.field(description="When this object was created.")
    updated_at: datetime = strawberry.field(
        description=("When the owner last changed the queue, or the queue last moved to its next occurrence.")
    )

    upcoming: list[UpcomingOccurrence] = strawberry.field(
        resolver=upcoming_of,
        description=(
            "The occurrences ahead, the earliest first, as they will run if nothing is changed; none if the queue is "
            "not active. Skipped ones are among them, those on excluded dates are not. Errors: BAD_USER_INPUT if "
            "`first` is out of its range."
        ),
    )

    @strawberry.field(
        description=(
            "The posts that the queue repeats, 100 at most, in the order of its owner's list. They take turns, the "
            "least recently used first: `originalPost` is the next. The list is empty if all were deleted."
        )
    )
    async def posts(self, info: Info) -> list[Post]:
        ids = await info.context.loader(loading.rotations).load(UUID(self.id))
        if not ids:
            return [self.original_post] if self.original_post else []
        rows = await info.context.loader(posts_by_id).load_many(ids)
        return [Post.of(row) for row in rows if row]

    @strawberry.field(
        description=(
            "The queue's ledger, the latest occurrence first. Errors: BAD_USER_INPUT if `first` or `after` is invalid."
        )
    )
    async def executions(
        self, info: Info, first: First = EXECUTIONS, after: After = UNSET
    ) -> Connection[QueueExecution]:
        page = Page(first, unset_to_none(after), EXECUTIONS, info.context.page_size_max, cursor_time)
        queue_id = UUID(self.id)
        if page.after is None:
            rows = await info.context.loader(loading.newest_executions, page.size + 1).load(queue_id)
        else:
            rows = await loading.list_executions(info.context.owner, queue_id, page)
        count = partial(info.context.loader(loading.count_executions).load, queue_id)
        return Connection.of(rows, page, QueueExecution.of, lambda row: [row.scheduled_time], count)

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
            paused_until=row.paused_until,
            pause_reason=row.pause_reason,
            last_executed_time=row.last_executed_time,
            execution_count=row.execution_count,
            **settings_of(row),
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
