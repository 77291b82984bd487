"""The queries for posts. A post that is not the caller's is answered like one that never existed: with null."""

from datetime import datetime
from functools import partial
from typing import Annotated

import strawberry
from strawberry import ID, UNSET, argument

from perennial.api.graphql._arguments import ORDER_BY, STATUS, parse_id, unset_to_none
from perennial.api.graphql._enums import Platform
from perennial.api.graphql._paging import PAGE_SIZE, After, Connection, First, Page
from perennial.api.graphql._selection import is_selected
from perennial.api.graphql.context import Info
from perennial.api.graphql.posts import changes, listing
from perennial.api.graphql.posts.enums import PostOrder, PostStatus
from perennial.api.graphql.posts.inputs import PostId
from perennial.api.graphql.posts.listing import PostFilter
from perennial.api.graphql.posts.types import Post, Publication
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
        description=(
            "The caller's posts, the newest first unless `orderBy` says otherwise. Errors: BAD_USER_INPUT if `first` "
            "or `after` is invalid, such as a cursor of another order."
        )
    )
    async def posts(  # noqa: PLR0913, PLR0917 - the API's arguments
        self,
        info: Info,
        status: Annotated[list[PostStatus] | None, argument(STATUS)] = UNSET,
        platform: Annotated[
            Platform | None,
            argument(
                "Only posts that have a publication on this platform are returned. If it is left out or null, all are."
            ),
        ] = UNSET,
        created_by_queue_id: Annotated[
            ID | None,
            argument(
                "Only clones that this queue created are returned; the queue may have been deleted. If it is left "
                "out or null, all posts are."
            ),
        ] = UNSET,
        order_by: Annotated[PostOrder | None, argument(ORDER_BY)] = PostOrder.CREATED_DESC,
        first: First = PAGE_SIZE,
        after: After = UNSET,
    ) -> Connection[Post]:
        owner, order = info.context.owner, order_by or PostOrder.CREATED_DESC
        parts = listing.KEYSETS[order].parts
        page = Page(first, unset_to_none(after), PAGE_SIZE, info.context.page_size_max, *parts, order=order)
        found = PostFilter(owner, unset_to_none(status), unset_to_none(platform))
        try:
            if (queue_id := unset_to_none(created_by_queue_id)) is not None:
                found = found._replace(queue_id=parse_id("queue", queue_id))
        except NotFound:
            found = found._replace(statuses=())
        with_publications = is_selected(info, "publications")
        rows = await listing.list_posts(found, order, page, with_publications=with_publications)
        return Connection.of(rows, page, Post.of, partial(listing.key_of, order), partial(listing.count_posts, found))

    @strawberry.field(
        description=(
            "The caller's publications by `updatedAt`, the earliest first, so that a client which comes back finds out "
            "what happened meanwhile. A publication that changes again moves to the end, and so do all publications of "
            "its post; what was deleted is not listed. A change can become visible some seconds after its `updatedAt`: "
            "ask with an `updatedAfter` one minute before the last `updatedAt` that you have, and pass over what you "
            "know. Errors: BAD_USER_INPUT if `first` or `after` is invalid."
        )
    )
    async def publications(
        self,
        info: Info,
        updated_after: Annotated[
            datetime | None,
            argument("Only publications whose `updatedAt` is later are returned. If it is left out or null, all are."),
        ] = UNSET,
        first: First = PAGE_SIZE,
        after: After = UNSET,
    ) -> Connection[Publication]:
        owner, time = info.context.owner, unset_to_none(updated_after)
        page = Page(first, unset_to_none(after), PAGE_SIZE, info.context.page_size_max, *changes.CURSOR_PARTS)
        found = await changes.list_changed(owner, time, page)
        count = partial(changes.count_changed, owner, time)
        return Connection.of(
            found, page, lambda one: Publication.of(one.row, one.updated_at), lambda one: one.key, count
        )
