"""Reads for the API's lists: owner first, keyset pages, and no query count that grows with a page."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from perennial.api.graphql._paging import Page
from perennial.core.states import PostStatus
from perennial.db.models import Post, Publication, QueueExecution
from perennial.db.sql import select
from perennial.posts.posts import publications

_NEWEST = """
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY queue_id ORDER BY scheduled_time DESC) AS place
        FROM queue_executions WHERE queue_id = ANY($2)
    ) AS ranked
    WHERE place <= $1
"""


async def posts(owner: str, status: PostStatus | None, queue_id: UUID | None, page: Page) -> list[Post]:
    """The owner's posts, newest first, and one more than the page holds."""
    found = Post.filter(clerk_user_id=owner)
    if status is not None:
        found = found.filter(status=status)
    if queue_id is not None:
        found = found.filter(created_by_queue_id=queue_id)
    if page.after is not None:
        found = found.filter(id__lt=page.after[0])
    return await found.order_by("-id").limit(page.size + 1).prefetch_related(publications())


async def executions(owner: str, queue_id: UUID, page: Page) -> list[QueueExecution]:
    """A queue's ledger, newest first, and one more than the page holds."""
    found = QueueExecution.filter(queue_id=queue_id, queue__clerk_user_id=owner)
    if page.after is not None:
        found = found.filter(scheduled_time__lt=page.after[0])
    return await found.order_by("-scheduled_time").limit(page.size + 1)


async def publications_by_id(owner: str, ids: Sequence[UUID]) -> list[Publication]:
    """Those of the publications that are there still, and the owner's."""
    return await Publication.filter(id__in=ids, post__clerk_user_id=owner).order_by("id")


async def executions_by_id(owner: str, ids: Sequence[UUID]) -> list[QueueExecution]:
    """Those of the ledger rows that are there still, and of the owner's queues."""
    return await QueueExecution.filter(id__in=ids, queue__clerk_user_id=owner).order_by("scheduled_time", "id")


def posts_of(owner: str) -> Callable[[Sequence[UUID]], Awaitable[list[Post | None]]]:
    """Loads the owner's posts by id; None for what is gone, or another's."""

    async def load(ids: Sequence[UUID]) -> list[Post | None]:
        rows = await Post.filter(id__in=list(ids), clerk_user_id=owner).prefetch_related(publications())
        by_id = {row.id: row for row in rows}
        return [by_id.get(post_id) for post_id in ids]

    return load


def newest_executions_of(owner: str, count: int) -> Callable[[Sequence[UUID]], Awaitable[list[list[QueueExecution]]]]:
    """Loads the newest `count` ledger rows of each of the owner's queues."""

    async def load(queue_ids: Sequence[UUID]) -> list[list[QueueExecution]]:
        found = await select(_NEWEST, count, list(queue_ids))
        rows = QueueExecution.filter(id__in=[row["id"] for row in found], queue__clerk_user_id=owner)
        by_queue: dict[UUID, list[QueueExecution]] = defaultdict(list)
        for row in await rows.order_by("-scheduled_time"):
            by_queue[row.queue_id].append(row)
        return [by_queue[queue_id] for queue_id in queue_ids]

    return load
