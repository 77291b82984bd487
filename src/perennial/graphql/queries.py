"""The queries. What is not the caller's is not found: null, like what never was."""

import strawberry
from strawberry import ID, UNSET

from perennial import clock
from perennial.errors import NotFound
from perennial.graphql import loading, queue_rows
from perennial.graphql.account_types import ConnectedAccount
from perennial.graphql.context import Info
from perennial.graphql.enums import PostStatus, QueueStatus
from perennial.graphql.inputs import or_none, read_id
from perennial.graphql.paging import Connection, Page, read_time
from perennial.graphql.paging import read_id as read_cursor_id
from perennial.graphql.post_types import Post
from perennial.graphql.queue_types import RecurringQueue
from perennial.graphql.selection import asks_for
from perennial.posts import get_post
from perennial.queues import get_queue

PAGE_SIZE = 25


@strawberry.type
class Query:
    @strawberry.field(description="A post of the caller's; null where there is none with this id.")
    async def post(self, info: Info, id: ID) -> Post | None:  # noqa: A002 (the API's name)
        owner = info.context.owner
        try:
            return Post.of(await get_post(owner, read_id("post", id)))
        except NotFound:
            return None

    @strawberry.field(description="The caller's posts, newest first.")
    async def posts(
        self,
        info: Info,
        status: PostStatus | None = UNSET,
        created_by_queue_id: ID | None = UNSET,
        first: int | None = PAGE_SIZE,
        after: str | None = UNSET,
    ) -> Connection[Post]:
        owner = info.context.owner
        page = Page(first, or_none(after), PAGE_SIZE, info.context.page_size_max, read_cursor_id)
        try:
            wanted = or_none(created_by_queue_id)
            queue_id = read_id("queue", wanted) if wanted is not None else None
            rows = await loading.posts(owner, or_none(status), queue_id, page)
        except NotFound:
            rows = []
        return Connection.of(rows, page, Post.of, lambda row: [row.id])

    @strawberry.field(description="A queue of the caller's; null where there is none with this id.")
    async def queue(self, info: Info, id: ID) -> RecurringQueue | None:  # noqa: A002 (the API's name)
        owner = info.context.owner
        try:
            return RecurringQueue.of(await get_queue(owner, read_id("queue", id)))
        except NotFound:
            return None

    @strawberry.field(description="The caller's queues, the next to run first: the founding story's getQueues.")
    async def queues(
        self, info: Info, status: QueueStatus | None = UNSET, first: int | None = PAGE_SIZE, after: str | None = UNSET
    ) -> Connection[RecurringQueue]:
        owner = info.context.owner
        page = Page(first, or_none(after), PAGE_SIZE, info.context.page_size_max, read_time, read_cursor_id)
        with_publications = asks_for(info, "publications")
        rows = await queue_rows.queues(owner, or_none(status), page, with_publications=with_publications)
        return Connection.of(rows, page, RecurringQueue.of, lambda row: [row.next_scheduled_time, row.id])

    @strawberry.field(description="The caller's connected accounts.")
    async def accounts(self, info: Info) -> list[ConnectedAccount]:
        rows = await info.context.process.accounts.listing(info.context.owner)
        now = await clock.now()
        return [ConnectedAccount.of(row, now) for row in rows]
