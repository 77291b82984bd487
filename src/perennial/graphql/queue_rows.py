"""The list of queues, which everybody looks at most: plain rows, in one statement, with the names of the models."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from perennial.database import as_time, select
from perennial.graphql.paging import Page
from perennial.models import Publication
from perennial.recurrence import Cadence, QueueStatus
from perennial.states import PostStatus

_QUEUES = """
    SELECT queue.id, queue.clerk_user_id, queue.original_post_id, queue.status, queue.status_reason, queue.interval,
        queue.cadence, queue.next_scheduled_time, queue.last_executed_time, queue.execution_count,
        queue.max_executions, queue.created_at, queue.updated_at,
        post.id AS post_id, post.status AS post_status, post.cloned_from_id AS post_cloned_from_id,
        post.created_by_queue_id AS post_created_by_queue_id, post.created_at AS post_created_at,
        post.updated_at AS post_updated_at
    FROM recurring_queues AS queue
    LEFT JOIN posts AS post ON post.id = queue.original_post_id AND post.clerk_user_id = queue.clerk_user_id
    WHERE queue.clerk_user_id = $1{conditions}
    ORDER BY queue.next_scheduled_time, queue.id
    LIMIT $2
"""


@dataclass(slots=True)
class PostRow:
    """What models.Post is of a post. `publications` is None where nobody asked for them."""

    id: UUID | str
    clerk_user_id: str
    status: PostStatus
    cloned_from_id: UUID | str | None
    created_by_queue_id: UUID | str | None
    created_at: datetime
    updated_at: datetime
    publications: list[Publication] | None = None


@dataclass(slots=True)
class QueueRow:
    """What models.RecurringQueue is of a queue, with its original."""

    id: UUID | str
    clerk_user_id: str
    original_post_id: UUID | str | None
    original_post: PostRow | None
    status: QueueStatus
    status_reason: str | None
    interval: int
    cadence: Cadence
    next_scheduled_time: datetime
    last_executed_time: datetime | None
    execution_count: int
    max_executions: int | None
    created_at: datetime
    updated_at: datetime


async def queues(owner: str, status: QueueStatus | None, page: Page, *, with_publications: bool) -> list[QueueRow]:
    """The owner's queues with their originals, the next to run first, and one more than the page holds."""
    conditions, values = "", [owner, page.size + 1]
    if status is not None:
        values += [status.value]
        conditions += f" AND queue.status = ${len(values)}"
    if page.after is not None:
        time, queue_id = page.after
        values += [time, str(queue_id)]
        conditions += f" AND (queue.next_scheduled_time, queue.id) > (${len(values) - 1}, ${len(values)})"
    rows = [_queue(row) for row in await select(_QUEUES.format(conditions=conditions), *values)]
    if with_publications:
        await _add_publications([row.original_post for row in rows if row.original_post])
    return rows


async def _add_publications(posts: Collection[PostRow]) -> None:
    """Gives the posts their publications, in the order of their making."""
    by_post: dict[str, list[Publication]] = defaultdict(list)
    for publication in await Publication.filter(post_id__in=[post.id for post in posts]).order_by("id"):
        by_post[str(publication.post_id)].append(publication)
    for post in posts:
        post.publications = by_post[str(post.id)]


def _queue(row: dict[str, Any]) -> QueueRow:
    return QueueRow(
        id=row["id"],
        clerk_user_id=row["clerk_user_id"],
        original_post_id=row["original_post_id"],
        original_post=_post(row) if row["post_id"] else None,
        status=QueueStatus(row["status"]),
        status_reason=row["status_reason"],
        interval=row["interval"],
        cadence=Cadence(row["cadence"]),
        next_scheduled_time=as_time(row["next_scheduled_time"]),
        last_executed_time=as_time(row["last_executed_time"]) if row["last_executed_time"] else None,
        execution_count=row["execution_count"],
        max_executions=row["max_executions"],
        created_at=as_time(row["created_at"]),
        updated_at=as_time(row["updated_at"]),
    )


def _post(row: dict[str, Any]) -> PostRow:
    return PostRow(
        id=row["post_id"],
        clerk_user_id=row["clerk_user_id"],
        status=PostStatus(row["post_status"]),
        cloned_from_id=row["post_cloned_from_id"],
        created_by_queue_id=row["post_created_by_queue_id"],
        created_at=as_time(row["post_created_at"]),
        updated_at=as_time(row["post_updated_at"]),
    )
