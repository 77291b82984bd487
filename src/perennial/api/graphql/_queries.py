"""The queries. What is not the caller's is not found: null, like what never was."""

from typing import Annotated

import strawberry
from strawberry import ID, UNSET, argument

from perennial.api.graphql import _loading
from perennial.api.graphql._arguments import PostId, QueueId, or_none, parse_id
from perennial.api.graphql._enums import PostStatus, QueueStatus
from perennial.api.graphql._paging import After, Connection, First, Page, cursor_id, read_time
from perennial.api.graphql._selection import asks_for
from perennial.api.graphql.accounts.types import ConnectedAccount
from perennial.api.graphql.context import Info
from perennial.api.graphql.posts.types import Post
from perennial.api.graphql.queues import queue_rows
from perennial.api.graphql.queues.types import RecurringQueue
from perennial.core import clock
from perennial.core.errors import NotFound
from perennial.posts.posts import get_post
from perennial.queues.queues import get_queue

PAGE_SIZE = 25


@strawberry.type(
    description=(
        "What can be read. Every field wants a bearer token (else UNAUTHENTICATED), whose user is the caller, and "
        "shows what is the caller's alone: what is another's is answered like what never was."
    )
)
class Query:
    @strawberry.field(description="One of the caller's posts. null: the caller has none with this id.")
    async def post(self, info: Info, id: PostId) -> Post | None:  # noqa: A002 (the API's name)
        owner = info.context.owner
        try:
            return Post.of(await get_post(owner, parse_id("post", id)))
        except NotFound:
            return None

    @strawberry.field(description="The caller's posts, newest first. Errors: BAD_USER_INPUT for `first` or `after`.")
    async def posts(
        self,
        info: Info,
        status: Annotated[PostStatus | None, argument("Only those in this state. null: in any.")] = UNSET,
        created_by_queue_id: Annotated[
            ID | None,
            argument("Only the clones that this queue made, which may be gone by now. null: all posts."),
        ] = UNSET,
        first: First = PAGE_SIZE,
        after: After = UNSET,
    ) -> Connection[Post]:
        owner = info.context.owner
        page = Page(first, or_none(after), PAGE_SIZE, info.context.page_size_max, cursor_id)
        try:
            wanted = or_none(created_by_queue_id)
            queue_id = parse_id("queue", wanted) if wanted is not None else None
            rows = await _loading.posts(owner, or_none(status), queue_id, page)
        except NotFound:
            rows = []
        return Connection.of(rows, page, Post.of, lambda row: [row.id])

    @strawberry.field(description="One of the caller's queues. null: the caller has none with this id.")
    async def queue(self, info: Info, id: QueueId) -> RecurringQueue | None:  # noqa: A002 (the API's name)
        owner = info.context.owner
        try:
            return RecurringQueue.of(await get_queue(owner, parse_id("queue", id)))
        except NotFound:
            return None

    @strawberry.field(
        description=(
            "The caller's queues by `nextScheduledTime`, the earliest first: the founding story's getQueues. "
            "Errors: BAD_USER_INPUT for `first` or `after`."
        )
    )
    async def queues(
        self,
        info: Info,
        status: Annotated[QueueStatus | None, argument("Only those in this state. null: in any.")] = UNSET,
        first: First = PAGE_SIZE,
        after: After = UNSET,
    ) -> Connection[RecurringQueue]:
        owner = info.context.owner
        page = Page(first, or_none(after), PAGE_SIZE, info.context.page_size_max, read_time, cursor_id)
        with_publications = asks_for(info, "publications")
        rows = await queue_rows.queues(owner, or_none(status), page, with_publications=with_publications)
        return Connection.of(rows, page, RecurringQueue.of, lambda row: [row.next_scheduled_time, row.id])

    @strawberry.field(
        description="The caller's connected accounts: one at most for each platform, in the order of their connecting."
    )
    async def accounts(self, info: Info) -> list[ConnectedAccount]:
        rows = await info.context.process.accounts.listing(info.context.owner)
        now = await clock.now()
        return [ConnectedAccount.of(row, now) for row in rows]
