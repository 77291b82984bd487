"""Reads posts and publications for the API: the owner's alone, in a number of queries that no page size changes."""

from collections.abc import Sequence
from uuid import UUID

from perennial.api.graphql._paging import Page
from perennial.core.states import PostStatus
from perennial.db.models import Post, Publication
from perennial.posts.posts import prefetch_publications


async def list_posts(owner: str, status: PostStatus | None, queue_id: UUID | None, page: Page) -> list[Post]:
    """The owner's posts after the page's cursor, newest first: one more than the page holds, if there are that many."""
    found = Post.filter(clerk_user_id=owner)
    if status is not None:
        found = found.filter(status=status)
    if queue_id is not None:
        found = found.filter(created_by_queue_id=queue_id)
    if page.after is not None:
        found = found.filter(id__lt=page.after[0])
    return await found.order_by("-id").limit(page.size + 1).prefetch_related(prefetch_publications())


async def publications_by_id(owner: str, ids: Sequence[UUID]) -> list[Publication]:
    """The owner's publications with these ids; those that were deleted are left out."""
    return await Publication.filter(id__in=ids, post__clerk_user_id=owner).order_by("id")


async def posts_by_id(owner: str, ids: Sequence[UUID]) -> list[Post | None]:
    """The owner's posts with these ids, in the order of the ids; None for one that is gone or another owner's."""
    rows = await Post.filter(id__in=list(ids), clerk_user_id=owner).prefetch_related(prefetch_publications())
    by_id = {row.id: row for row in rows}
    return [by_id.get(post_id) for post_id in ids]
