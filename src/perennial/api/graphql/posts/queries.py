"""The queries for posts. A post that is not the caller's is answered like one that never existed: with null."""

from typing import Annotated

import strawberry
from strawberry import ID, UNSET, argument

from perennial.api.graphql._arguments import parse_id, unset_to_none
from perennial.api.graphql._paging import PAGE_SIZE, After, Connection, First, Page, cursor_id
from perennial.api.graphql.context import Info
from perennial.api.graphql.posts import loading
from perennial.api.graphql.posts.enums import PostStatus
from perennial.api.graphql.posts.inputs import PostId
from perennial.api.graphql.posts.types import Post
from perennial.core.errors import NotFound
from perennial.posts.posts import get_post


@strawberry.type
class PostQueries:
    @strawberry.field(description="The caller's post with this id. It is null if the caller has no such post.")
    async def post(self, info: Info, id: PostId) -> Post | None:  # noqa: A002 (the API's name)
        owner = info.context.owner
        try:
            return Post.of(await get_post(owner, parse_id("post", id)))
        except NotFound:
            return None

    @strawberry.field(
        description=("The caller's posts, newest first. Errors: BAD_USER_INPUT if `first` or `after` is invalid.")
    )
    async def posts(
        self,
        info: Info,
        status: Annotated[
            PostStatus | None,
            argument("Only entries in this state are returned. If it is left out or null, entries in any state are."),
        ] = UNSET,
        created_by_queue_id: Annotated[
            ID | None,
            argument(
                "Only clones that this queue created are returned; the queue may have been deleted. If it is left "
                "out or null, all posts are."
            ),
        ] = UNSET,
        first: First = PAGE_SIZE,
        after: After = UNSET,
    ) -> Connection[Post]:
        owner = info.context.owner
        page = Page(first, unset_to_none(after), PAGE_SIZE, info.context.page_size_max, cursor_id)
        try:
            queue_argument = unset_to_none(created_by_queue_id)
            queue_id = parse_id("queue", queue_argument) if queue_argument is not None else None
            rows = await loading.list_posts(owner, unset_to_none(status), queue_id, page)
        except NotFound:
            rows = []
        return Connection.of(rows, page, Post.of, lambda row: [row.id])
