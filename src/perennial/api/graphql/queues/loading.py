"""Reads queues and their ledger for the API: the owner's alone, in a number of queries that no page size changes."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from perennial.api.graphql._paging import COUNT_MAX, Page, cursor_id, cursor_time
from perennial.api.graphql._walks import LAST_ID, Keyset, Source, Walk, count_of, page_of
from perennial.api.graphql.executions.rows import ExecutionRow
from perennial.db import bulk
from perennial.db.models import QueueExecution, RecurringQueue
from perennial.db.sql import as_id, is_sqlite, run_sql
from perennial.queues.owned import prefetch_original

# All ledgers together, in the order in which occurrences ran.
ALL_EXECUTIONS = Keyset(("executed_time", "id"), (cursor_time, cursor_id))

_LEDGER = Source(", ".join(ExecutionRow._fields), "queue_executions")
# Between bounds and in the order of the index, with its limit written out: with an equation PostgreSQL may read and
# sort the whole ledger of a queue, where its statistics believe that ledgers are short.
_NEWEST_OF_QUEUE = """
    FROM queue_executions WHERE queue_id >= queue.id AND queue_id <= queue.id{older}
    ORDER BY queue_id DESC, scheduled_time DESC LIMIT {limit:d}
"""
_NEWEST_ON_POSTGRES = f"""
    SELECT newest.* FROM recurring_queues AS queue
    CROSS JOIN LATERAL (SELECT {_LEDGER.columns} {_NEWEST_OF_QUEUE}) AS newest
    WHERE queue.id = ANY($1) AND queue.clerk_user_id = $2 ORDER BY newest.scheduled_time DESC
"""  # noqa: S608 (the clauses are ours)
_NEWEST_ON_SQLITE = f"""
    SELECT newest.* FROM recurring_queues AS queue
    JOIN queue_executions AS newest ON newest.id IN (SELECT id {_NEWEST_OF_QUEUE})
    WHERE queue.id = ANY($1) AND queue.clerk_user_id = $2 ORDER BY newest.scheduled_time DESC
"""  # noqa: S608
_OLDER = " AND (queue_id, scheduled_time) < (queue.id, $3)"
_ROTATIONS = """
    SELECT queue_id, post_id FROM queue_posts JOIN recurring_queues AS queue ON queue.id = queue_id
    WHERE queue_id = ANY($1) AND queue.clerk_user_id = $2 ORDER BY position
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


async def rotations(owner: str, queue_ids: Sequence[UUID]) -> list[list[UUID]]:
    """The posts that take turns in each of the owner's queues, in the order of their lists; none of a single post."""
    by_queue: dict[UUID, list[UUID]] = defaultdict(list)
    for row in await run_sql(_ROTATIONS, list(queue_ids), owner):
        by_queue[as_id(row["queue_id"])].append(as_id(row["post_id"]))
    return [by_queue[queue_id] for queue_id in queue_ids]


async def list_executions(owner: str, queue_id: UUID, page: Page) -> list[ExecutionRow]:
    """Ledger rows of the owner's queue after the page's cursor, newest first: one more than the page holds, if any."""
    return await _read(*_newest_of([queue_id], owner, page.size + 1, page.after))


async def count_executions(owner: str, queue_ids: Sequence[UUID]) -> list[int]:
    """How many ledger rows each of the owner's queues has, up to one more than a list counts to."""
    counts = {as_id(row["id"]): row["count"] for row in await run_sql(_COUNTS, list(queue_ids), owner)}
    return [counts.get(queue_id, 0) for queue_id in queue_ids]


async def executions_by_id(owner: str, ids: Sequence[UUID]) -> list[QueueExecution]:
    """The ledger rows with these ids, of the owner's queues; those that were deleted are left out."""
    return await QueueExecution.filter(id__in=ids, queue__clerk_user_id=owner).order_by("scheduled_time", "id")


async def newest_executions(owner: str, queue_ids: Sequence[UUID], count: int) -> list[list[ExecutionRow]]:
    """The newest `count` ledger rows of each of the owner's queues, in the order of the ids."""
    by_queue: dict[UUID, list[ExecutionRow]] = defaultdict(list)
    for row in await _read(*_newest_of(queue_ids, owner, count)):
        by_queue[row.queue_id].append(row)
    return [by_queue[queue_id] for queue_id in queue_ids]


def _newest_of(
    queue_ids: Sequence[UUID], owner: str, limit: int, before: Sequence[Any] | None = None
) -> tuple[str, list[Any]]:
    """The statement for the newest rows of each queue, `limit` at most, before the key of a cursor; and its values."""
    sql = _NEWEST_ON_SQLITE if is_sqlite() else _NEWEST_ON_POSTGRES
    older = _OLDER if before is not None else ""
    return sql.format(limit=limit, older=older), [list(queue_ids), owner, *(before or ())]


async def list_all_executions(owner: str, executed_after: datetime | None, page: Page) -> list[ExecutionRow]:
    """Rows of all the owner's queues after that time and the page's cursor: one more than the page holds, if any."""
    after = _later(executed_after, page.after)
    return await _read(*page_of(_LEDGER, [_all_of(owner)], ALL_EXECUTIONS, after, page.size + 1))


async def count_all_executions(owner: str, executed_after: datetime | None) -> int:
    """How many there are after that time, up to one more than a list counts to."""
    statement, values = count_of(_LEDGER, [_all_of(owner)], ALL_EXECUTIONS, _later(executed_after))
    return int((await run_sql(statement, *values))[0]["count"])


async def _read(statement: str, values: Sequence[Any]) -> list[ExecutionRow]:
    return list(map(bulk.row_reader(QueueExecution, ExecutionRow), await run_sql(statement, *values)))


def _all_of(owner: str) -> Walk:
    return Walk({"clerk_user_id": owner})


def _later(executed_after: datetime | None, after: Sequence[Any] | None = None) -> Sequence[Any] | None:
    """The key after which the list begins: that of the cursor, or the last that any row of this time can have."""
    if executed_after is None or (after is not None and after[0] > executed_after):
        return after
    return [executed_after, LAST_ID]
