"""Which rows of the ledger may go, and the statements that delete them.

A row may go if it was written before the cutoff, its clone is gone, and its occurrence is not the queue's pending one
or a later one: a queue runs no earlier occurrence, so none runs twice because its row is gone. No lock on the queue is
needed for that, as its next time only ever moves to what lies ahead.
"""

from datetime import datetime
from uuid import UUID

from perennial.db.sql import as_id, is_sqlite, run_sql

BATCH_SIZE = 1_000
SQLITE_BATCH_SIZE = 200

_PAGE = "SELECT id FROM queue_executions WHERE id > $1 AND id < $2 ORDER BY id LIMIT {size}"
# By the ids that were just read: PostgreSQL cannot tell how many lie between two, as an id has no scale to it, and
# would read all queues rather than look up that of each row.
_DELETE = """
    DELETE FROM queue_executions WHERE id IN (
        SELECT id FROM queue_executions AS old
        WHERE id = ANY($1) AND executed_time <= $2
            AND NOT EXISTS (SELECT 1 FROM posts WHERE posts.id = old.post_id)
            AND NOT EXISTS (
                SELECT 1 FROM recurring_queues AS queue
                WHERE queue.id = old.queue_id AND queue.next_scheduled_time <= old.scheduled_time
            )
        FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""


async def delete_batch(after: UUID, end: UUID, cutoff: datetime) -> tuple[UUID | None, int]:
    """Looks at the next rows after `after` and before `end`, and deletes those that may go.

    Returns the last row that it has looked at, None if it was the last there is, and how many were deleted.
    """
    size = SQLITE_BATCH_SIZE if is_sqlite() else BATCH_SIZE
    page = await run_sql(_PAGE.format(size=size), after, end)
    if not page:
        return None, 0
    ids = [as_id(row["id"]) for row in page]
    deleted = len(await run_sql(_DELETE, ids, cutoff))
    return (ids[-1] if len(page) == size else None), deleted
