"""Which clones may go, and the statements that delete them.

A clone may go if nothing has changed of it since the cutoff, each of its publications is PUBLISHED or FAILED, no queue
repeats it, and no doubt needs its receipts. So it stays while something of it is scheduled, being sent, in doubt, or a
draft that its owner made of it. What owners have made themselves is never pruned.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from perennial.core.fault_points import FaultPoint, reach
from perennial.core.states import PublicationStatus
from perennial.db.sql import as_id, as_time, is_sqlite, run_sql
from perennial.db.transactions import transaction
from perennial.keeping._doubts import Doubts, needs

BATCH_SIZE = 500
# SQLite has one connection: a request to the API waits until the batch is committed.
SQLITE_BATCH_SIZE = 100

_ENDED = {PublicationStatus.PUBLISHED.value, PublicationStatus.FAILED.value}

# The size is written into the statement, so that PostgreSQL plans to walk along the ids and to stop early.
_PAGE = """
    SELECT id, CASE WHEN created_by_queue_id IS NOT NULL AND updated_at <= $3
        AND status IN ('published', 'partially_published', 'failed') THEN 1 ELSE 0 END AS is_old_clone
    FROM posts WHERE id > $1 AND id < $2 ORDER BY id LIMIT {size}
"""
_LOCK = "SELECT id FROM posts WHERE id = ANY($1) ORDER BY id FOR UPDATE SKIP LOCKED"
# Read after the lock: what another transaction did with them before, is committed now, and so is a queue that it made.
_ROWS = """
    SELECT posts.id AS post_id, publications.status AS status, connected_account_id AS account_id, published_time
    FROM posts JOIN publications ON post_id = posts.id
    WHERE posts.id = ANY($1) AND posts.updated_at <= $2
        AND NOT EXISTS (SELECT 1 FROM recurring_queues WHERE original_post_id = posts.id)
        AND NOT EXISTS (SELECT 1 FROM queue_posts WHERE queue_posts.post_id = posts.id)
"""
_DELETE_PUBLICATIONS = "DELETE FROM publications WHERE post_id = ANY($1) RETURNING id"
_DELETE_POSTS = "DELETE FROM posts WHERE id = ANY($1) RETURNING id"


async def delete_batch(after: UUID, end: UUID, cutoff: datetime, doubts: Doubts) -> tuple[UUID | None, Counter[str]]:
    """Looks at the next posts after `after` and before `end`, and deletes those that may go.

    Returns the last post that it has looked at, None if it was the last there is, and what was deleted.
    """
    size = SQLITE_BATCH_SIZE if is_sqlite() else BATCH_SIZE
    page = await run_sql(_PAGE.format(size=size), after, end, cutoff)
    old = [as_id(row["id"]) for row in page if row["is_old_clone"]]
    counts = await _delete(old, cutoff, doubts) if old else Counter[str]()
    return (as_id(page[-1]["id"]) if len(page) == size else None), counts


async def _delete(post_ids: Collection[UUID], cutoff: datetime, doubts: Doubts) -> Counter[str]:
    """Deletes those of the posts that may go, each with its publications; passes over what somebody has locked."""
    async with transaction():
        locked = [row["id"] for row in await run_sql(_LOCK, list(post_ids))]
        found: dict[UUID, bool] = {}
        for row in await run_sql(_ROWS, locked, cutoff):
            published_time = as_time(row["published_time"]) if row["published_time"] else None
            account_id = as_id(row["account_id"]) if row["account_id"] else None
            may_go = row["status"] in _ENDED and not needs(doubts, account_id, published_time)
            found[as_id(row["post_id"])] = may_go and found.get(as_id(row["post_id"]), True)
        ids = [post_id for post_id, may_go in found.items() if may_go]
        publications = await run_sql(_DELETE_PUBLICATIONS, ids) if ids else ()
        clones = await run_sql(_DELETE_POSTS, ids) if ids else ()
        reach(FaultPoint.PRUNING_DELETED)
    return Counter(clones=len(clones), publications=len(publications))
