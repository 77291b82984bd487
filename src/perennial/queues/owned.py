"""An owner's queues as rows: each query names the owner."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from perennial.core.errors import NotFound
from perennial.db.models import RecurringQueue
from perennial.posts.posts import prefetch_publications


async def get_queue(owner: str, queue_id: UUID) -> RecurringQueue:
    """The owner's queue with its original. Raises NotFound."""
    queue = await RecurringQueue.filter(id=queue_id, clerk_user_id=owner).prefetch_related(*prefetch_original()).first()
    if queue is None:
        raise NotFound("queue")
    return queue


def prefetch_original() -> tuple[Any, ...]:
    """The relations to prefetch so that a queue comes with its original and the original's publications."""
    return ("original_post", prefetch_publications("original_post__publications"))


async def lock_queue(owner: str, queue_id: UUID) -> RecurringQueue:
    """The owner's queue, locked. Raises NotFound."""
    queue = await RecurringQueue.filter(id=queue_id, clerk_user_id=owner).select_for_update().first()
    if queue is None:
        raise NotFound("queue")
    return queue


async def write_queue(queue: RecurringQueue, changes: Mapping[str, Any], now: datetime) -> None:
    """Writes these columns of a queue that the caller has locked."""
    await RecurringQueue.filter(id=queue.id, clerk_user_id=queue.clerk_user_id).update(**changes, updated_at=now)
