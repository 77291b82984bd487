"""Reads posts and publications for the API: the owner's alone, in a number of queries that no page size changes."""

from collections.abc import Sequence
from uuid import UUID

from perennial.accounts.blocking import blocks
from perennial.core import clock
from perennial.db.models import Post, Publication
from perennial.posts.posts import prefetch_publications
from perennial.posts.waiting import Reason, account_key, is_due, own_reason, waiting_reason
from perennial.publishing import breakers


async def publications_by_id(owner: str, ids: Sequence[UUID]) -> list[Publication]:
    """The owner's publications with these ids, and their posts; those that were deleted are left out."""
    return await Publication.filter(id__in=ids, post__clerk_user_id=owner).select_related("post").order_by("id")


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
