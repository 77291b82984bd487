"""Reads queues and their ledger for the API: the owner's alone, in a number of queries that no page size changes."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from perennial.api.graphql._paging import COUNT_MAX, Page, cursor_id, cursor_time
from perennial.api.graphql._walks import LAST_ID, Keyset, Source, Walk, count_of, page_of
from perennial.api.graphql.queues.rows import ExecutionRow
from perennial.db import bulk
from perennial.db.models import QueueExecution, RecurringQueue
from perennial.db.sql import as_id, run_sql
from perennial.queues.queues import prefetch_original

# All ledgers together, in the order in which occurrences ran.
ALL_EXECUTIONS = Keyset(("executed_time", "id"), (cursor_time, cursor_id))

_LEDGER = Source(", ".join(ExecutionRow._fields), "queue_executions")
_NEWEST_EXECUTIONS = """
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY queue_id ORDER BY scheduled_time DESC) AS place
        FROM queue_executions WHERE queue_id = ANY($2)
    ) AS ranked
    WHERE place <= $1
"""

_COUNTS = f"""
    SELECT id, (
        SELECT count(*) FROM (SELECT 1 FROM queue_executions WHERE queue_id = queue.id LIMIT {COUNT_MAX + 1}) AS counted
    ) AS count
    FROM recurring_queues AS queue WHERE id = ANY($1) AND clerk_user_id = $2
"""  # noqa: S608 (a number of ours)


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


async def count_executions(owner: str, queue_ids: Sequence[UUID]) -> list[int]:
    """How many ledger rows each of the owner's queues has, up to one more than a list counts to."""
    counts = {as_id(row["id"]): row["count"] for row in await run_sql(_COUNTS, list(queue_ids), owner)}
    return [counts.get(queue_id, 0) for queue_id in queue_ids]


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


async def list_all_executions(owner: str, executed_after: datetime | None, page: Page) -> list[ExecutionRow]:
    """Rows of all the owner's queues after that time and the page's cursor: one more than the page holds, if any."""
    after = _later(executed_after, page.after)
    statement, values = page_of(_LEDGER, [_all_of(owner)], ALL_EXECUTIONS, after, page.size + 1)
    return list(map(bulk.row_reader(QueueExecution, ExecutionRow), await run_sql(statement, *values)))


async def count_all_executions(owner: str, executed_after: datetime | None) -> int:
    """How many there are after that time, up to one more than a list counts to."""
    statement, values = count_of(_LEDGER, [_all_of(owner)], ALL_EXECUTIONS, _later(executed_after))
    return int((await run_sql(statement, *values))[0]["count"])


def _all_of(owner: str) -> Walk:
    return Walk({"clerk_user_id": owner})


def _later(executed_after: datetime | None, after: Sequence[Any] | None = None) -> Sequence[Any] | None:
    """The key after which the list begins: that of the cursor, or the last that any row of this time can have."""
    if executed_after is None or (after is not None and after[0] > executed_after):
        return after
    return [executed_after, LAST_ID]
