"""Reads queues and their ledger for the API: the owner's alone, in a number of queries that no page size changes.

The list of queues is the API's most frequent read, so it is one statement that fills plain rows, not models.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from perennial.api.graphql._paging import Page
from perennial.api.graphql.posts.rows import PostRow
from perennial.api.graphql.queues.rows import QueueRow
from perennial.core.states import QueueStatus
from perennial.db import bulk
from perennial.db.models import Post, Publication, QueueExecution, RecurringQueue
from perennial.db.sql import run_sql
from perennial.queues.queues import prefetch_original

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


_NEWEST_EXECUTIONS = """
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY queue_id ORDER BY scheduled_time DESC) AS place
        FROM queue_executions WHERE queue_id = ANY($2)
    ) AS ranked
    WHERE place <= $1
"""


async def list_queues(owner: str, status: QueueStatus | None, page: Page, *, with_publications: bool) -> list[QueueRow]:
    """The owner's queues after the page's cursor, with their originals, the next to run first.

    Returns one more than the page holds, if there are that many.
    """
    conditions, values = "", [owner, page.size + 1]
    if status is not None:
        values += [status.value]
        conditions += f" AND queue.status = ${len(values)}"
    if page.after is not None:
        values += page.after
        conditions += f" AND (queue.next_scheduled_time, queue.id) > (${len(values) - 1}, ${len(values)})"
    found = await run_sql(_QUEUES.format(conditions=conditions), *values)
    publications = (
        await _publications({row["post_id"] for row in found if row["post_id"]}) if with_publications else None
    )
    queue, post = bulk.row_reader(RecurringQueue, QueueRow), bulk.row_reader(Post, PostRow, "post_")
    return [
        queue(row)._replace(original_post=_with_publications(publications, post(row)) if row["post_id"] else None)
        for row in found
    ]


async def _publications(post_ids: Collection[Any]) -> Mapping[UUID, list[Publication]]:
    """The publications of each post, in the order in which they were created."""
    by_post: dict[UUID, list[Publication]] = defaultdict(list)
    for publication in await Publication.filter(post_id__in=list(post_ids)).order_by("id"):
        by_post[publication.post_id].append(publication)
    return by_post


def _with_publications(publications: Mapping[UUID, list[Publication]] | None, post: PostRow) -> PostRow:
    return post if publications is None else post._replace(publications=publications[post.id])


async def queues_by_id(owner: str, ids: Sequence[UUID]) -> list[RecurringQueue | None]:
    """The owner's queues with these ids, with their originals, in the order of the ids; None for one that is gone."""
    rows = await RecurringQueue.filter(id__in=ids, clerk_user_id=owner).prefetch_related(*prefetch_original())
    by_id = {row.id: row for row in rows}
    return [by_id.get(queue_id) for queue_id in ids]


async def list_executions(owner: str, queue_id: UUID, page: Page) -> list[QueueExecution]:
    """Ledger rows of the owner's queue after the page's cursor, newest first: one more than the page holds, if any."""
    found = QueueExecution.filter(queue_id=queue_id, queue__clerk_user_id=owner)
    if page.after is not None:
        found = found.filter(scheduled_time__lt=page.after[0])
    return await found.order_by("-scheduled_time").limit(page.size + 1)


async def executions_by_id(owner: str, ids: Sequence[UUID]) -> list[QueueExecution]:
    """The ledger rows with these ids, of the owner's queues; those that were deleted are left out."""
    return await QueueExecution.filter(id__in=ids, queue__clerk_user_id=owner).order_by("scheduled_time", "id")


async def newest_executions(owner: str, queue_ids: Sequence[UUID], count: int) -> list[list[QueueExecution]]:
    """The newest `count` ledger rows of each of the owner's queues, in the order of the ids."""
    found = await run_sql(_NEWEST_EXECUTIONS, count, list(queue_ids))
    rows = QueueExecution.filter(id__in=[row["id"] for row in found], queue__clerk_user_id=owner)
    by_queue: dict[UUID, list[QueueExecution]] = defaultdict(list)
    for row in await rows.order_by("-scheduled_time"):
        by_queue[row.queue_id].append(row)
    return [by_queue[queue_id] for queue_id in queue_ids]
