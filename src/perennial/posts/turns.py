"""Whose turn it is among the posts of a queue, as whoever deletes a post has to know (queues/rotation.py has the rest).

`recurring_queues.original_post_id` is a second truth where a queue has rows in `queue_posts`. *Invariant*: it is the
post that is first by IN_TURN. *Lock*: the queue's row; whoever changes the queue's rows, or deletes one of its posts,
holds it, and derives the column in the same transaction. *Repair*: every tick that finds the queue due, and every
change of the list, reads what runs next from the rows, and writes it to the column.
"""

from collections.abc import Collection
from uuid import UUID

from perennial.db.sql import as_id, run_sql

# The least recently used first; of those that were never used, the first in the owner's list.
IN_TURN = "last_used_time NULLS FIRST, position, post_id"

_NAMING = """
    SELECT id FROM recurring_queues AS queue WHERE clerk_user_id = $1 AND id IN (
        SELECT id FROM recurring_queues WHERE original_post_id = $2
        UNION SELECT queue_id FROM queue_posts WHERE post_id = $2
    ) ORDER BY id
"""
_FOLLOW = f"""
    UPDATE recurring_queues SET original_post_id = (
        SELECT post_id FROM queue_posts WHERE queue_id = recurring_queues.id ORDER BY {IN_TURN} LIMIT 1
    )
    WHERE id = ANY($1) AND clerk_user_id = $2
        AND EXISTS (SELECT 1 FROM queue_posts WHERE queue_id = recurring_queues.id)
"""  # noqa: S608 (the order is ours)


async def queues_of_post(owner: str, post_id: UUID, *, lock: bool = False) -> list[UUID]:
    """The ids of the owner's queues that repeat the post; locked on request, in the order of the ids."""
    rows = await run_sql(f"{_NAMING} FOR UPDATE OF queue" if lock else _NAMING, owner, post_id)
    return [as_id(row["id"]) for row in rows]


async def follow_turns(owner: str, queue_ids: Collection[UUID]) -> None:
    """Writes whose turn it is to these queues of the owner, which the caller has locked.

    Those without rows stay as they are.
    """
    if queue_ids:
        await run_sql(_FOLLOW, list(queue_ids), owner)
