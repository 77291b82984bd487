"""Rows as only a worker writes them: states that no operation of the API brings about by itself."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from perennial.core.ids import new_id
from perennial.core.states import ExecutionOutcome, Platform, PublicationStatus
from perennial.db.models import Post, Publication, QueueExecution, RecurringQueue
from perennial.publishing.publication_rows import update_post_status


async def set_publication(post: Any, status: PublicationStatus, platform: str | None = None, **columns: Any) -> None:
    """Brings the post's publications, or the one on `platform`, into this state, and the post with them."""
    rows = Publication.filter(post_id=post["id"])
    if platform is not None:
        rows = rows.filter(platform=Platform[platform])
    assert await rows.update(status=status, **columns)
    stored = await Post.get(id=post["id"])
    await update_post_status([stored.id], stored.updated_at)


async def set_queue(queue: Any, **columns: Any) -> None:
    """Writes these columns of the queue."""
    assert await RecurringQueue.filter(id=queue["id"]).update(**columns) == 1


async def add_executions(queue: Any, times: Iterable[datetime], post: Any = None) -> None:
    """Adds a ledger row for each of the occurrences; `post` is the clone that all of them name."""
    owner = (await RecurringQueue.get(id=queue["id"])).clerk_user_id
    await QueueExecution.bulk_create(
        QueueExecution(
            id=new_id(),
            queue_id=UUID(queue["id"]),
            scheduled_time=time,
            executed_time=time,
            outcome=ExecutionOutcome.EXECUTED,
            post_id=UUID(post["id"]) if post else None,
            clerk_user_id=owner,
        )
        for time in times
    )
