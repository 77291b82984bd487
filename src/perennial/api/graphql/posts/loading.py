"""Reads posts and publications for the API: the owner's alone, in a number of queries that no page size changes."""

from collections.abc import Sequence
from uuid import UUID

from perennial.accounts.blocking import blocks
from perennial.api.graphql._paging import Page
from perennial.core import clock
from perennial.core.states import PostStatus
from perennial.db.models import Post, Publication
from perennial.posts.posts import prefetch_publications
from perennial.posts.waiting import Reason, account_key, is_due, own_reason, waiting_reason
from perennial.publishing import breakers


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


async def reasons(owner: str, rows: Sequence[Publication]) -> list[Reason]:
    """Why each of these publications of the owner's waits; platforms and accounts are read only if any of them is due.

    Whether it is due is a matter of the database's clock.
    """
    now = await clock.now()
    due = [row for row in rows if is_due(row, now)]
    if not due:
        return [own_reason(row) for row in rows]
    tripped = await breakers.tripped()
    blocked = await blocks(owner, now) if any(row.platform not in tripped for row in due) else {}
    return [waiting_reason(row, tripped.get(row.platform), blocked.get(account_key(row)), now) for row in rows]
