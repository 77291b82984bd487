"""The list of queues, which everybody looks at most: plain rows, in one statement, with the names of the models."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from perennial.api.graphql._paging import Page
from perennial.api.graphql.posts.post_rows import PostRow
from perennial.core.states import Cadence, QueueStatus
from perennial.db import bulk
from perennial.db.models import Post, Publication, RecurringQueue
from perennial.db.sql import select


class QueueRow(NamedTuple):
    """What models.RecurringQueue is of a queue, with its original."""

    id: UUID
    clerk_user_id: str
    original_post_id: UUID | None
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
    original_post: PostRow | None = None


_COLUMNS = [f"queue.{name}" for name in QueueRow._fields[:-1]]
_COLUMNS += [f"post.{name} AS post_{name}" for name in PostRow._fields[:-1]]
_QUEUES = f"""
    SELECT {", ".join(_COLUMNS)}
    FROM recurring_queues AS queue
    LEFT JOIN posts AS post ON post.id = queue.original_post_id AND post.clerk_user_id = queue.clerk_user_id
    WHERE queue.clerk_user_id = $1{{conditions}}
    ORDER BY queue.next_scheduled_time, queue.id
    LIMIT $2
"""  # noqa: S608 (the columns are ours)


async def queues(owner: str, status: QueueStatus | None, page: Page, *, with_publications: bool) -> list[QueueRow]:
    """The owner's queues with their originals, the next to run first, and one more than the page holds."""
    conditions, values = "", [owner, page.size + 1]
    if status is not None:
        values += [status.value]
        conditions += f" AND queue.status = ${len(values)}"
    if page.after is not None:
        values += page.after
        conditions += f" AND (queue.next_scheduled_time, queue.id) > (${len(values) - 1}, ${len(values)})"
    found = await select(_QUEUES.format(conditions=conditions), *values)
    texts = await _publications({row["post_id"] for row in found if row["post_id"]}) if with_publications else None
    queue, post = bulk.row_reader(RecurringQueue, QueueRow), bulk.row_reader(Post, PostRow, "post_")
    return [queue(row)._replace(original_post=_with(texts, post(row)) if row["post_id"] else None) for row in found]


async def _publications(post_ids: Collection[Any]) -> Mapping[UUID, list[Publication]]:
    """The posts' publications, in the order of their making."""
    by_post: dict[UUID, list[Publication]] = defaultdict(list)
    for publication in await Publication.filter(post_id__in=list(post_ids)).order_by("id"):
        by_post[publication.post_id].append(publication)
    return by_post


def _with(texts: Mapping[UUID, list[Publication]] | None, post: PostRow) -> PostRow:
    return post if texts is None else post._replace(publications=texts[post.id])
