"""The posts of a queue, which take turns: at each run the least recently used one is cloned.

A queue that has had one and the same post since its first run has no rows in `queue_posts`: its post is
`original_post_id`, and was used last when the queue ran last. Any other has a row for each post, with the time at which
a clone of it was last made. Those are kept when the list is edited, so that no edit begins the round anew; a post that
was never used comes before all that were. `posts/turns.py` says what becomes of `original_post_id`.

A version that knows no rotations runs `original_post_id` and writes no row. `read_turns` finds that out, because the
queue has then run later than any of its posts, and catches up with clones that are younger than the row, as ids are in
the order of their making: a post that left the list and came back has a new row, and so its older clones are no uses.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from perennial.core.errors import InvalidInput, NotFound
from perennial.core.ids import new_id
from perennial.db import bulk
from perennial.db.models import QueuePost, RecurringQueue
from perennial.db.sql import as_id, as_time, run_sql
from perennial.posts.turns import IN_TURN
from perennial.queues.recurrence.columns import StoredQueue

AnyQueue = RecurringQueue | StoredQueue

POSTS_MAX = 100
POST_IDS = "postIds"  # the list's name in the API

# The owner is looked up of the rows that are found: nearly all queues of a tick have none.
_TURNS = f"""
    SELECT id, queue_id, post_id, newest_use FROM (
        SELECT id, queue_id, post_id, row_number() OVER (PARTITION BY queue_id ORDER BY {IN_TURN}) AS turn,
            max(last_used_time) OVER (PARTITION BY queue_id) AS newest_use
        FROM queue_posts
        WHERE queue_id = ANY($1) AND (SELECT clerk_user_id FROM recurring_queues WHERE id = queue_id) = ANY($2)
    ) AS taking WHERE turn <= 2 ORDER BY queue_id, turn
"""  # noqa: S608 (the order is ours)
_CATCH_UP = """
    UPDATE queue_posts SET last_used_time = queue.last_executed_time FROM recurring_queues AS queue
    WHERE queue.id = ANY($1) AND queue.clerk_user_id = ANY($2) AND queue_posts.queue_id = queue.id AND EXISTS (
        SELECT 1 FROM posts AS clone
        WHERE clone.created_by_queue_id = queue.id AND clone.cloned_from_id = queue_posts.post_id
            AND clone.created_at >= queue.last_executed_time
            AND clone.id > queue_posts.id
    )
"""
_LOCK = "SELECT id FROM posts WHERE id = ANY($1) AND clerk_user_id = $2 ORDER BY id FOR UPDATE"
_LOCK_NEXT = "SELECT id FROM posts WHERE id = ANY($1) AND clerk_user_id = ANY($2) ORDER BY id FOR KEY SHARE"
_DELETE = """
    DELETE FROM queue_posts
    WHERE queue_id IN (SELECT id FROM recurring_queues WHERE id = $1 AND clerk_user_id = $2)
"""


class Turn(NamedTuple):
    """Whose turn it is: the row's id, its post, and the post whose turn comes next. A single post is both."""

    id: UUID
    post_id: UUID
    following_post_id: UUID
    newest_use: datetime | None  # of any post of the queue


class Use(NamedTuple):
    """A row of queue_posts whose post was cloned."""

    id: UUID
    last_used_time: datetime


class _NewRow(NamedTuple):
    id: UUID
    queue_id: UUID
    post_id: UUID
    position: int
    last_used_time: datetime | None = None


def check_posts(post_ids: Sequence[UUID]) -> None:
    """Raises InvalidInput if a queue cannot have this list of posts."""
    if not 1 <= len(post_ids) <= POSTS_MAX:
        raise InvalidInput(POST_IDS, f"There must be from 1 to {POSTS_MAX} posts; a queue of one post has one.")
    if len(set(post_ids)) != len(post_ids):
        raise InvalidInput(POST_IDS, "Each post can be in the list once; they take turns in the order of the list.")


async def lock_posts(owner: str, post_ids: Sequence[UUID]) -> None:
    """Locks the owner's posts, so that none is deleted until the queue that names them is written. Raises NotFound."""
    if len(await run_sql(_LOCK, list(post_ids), owner)) != len(post_ids):
        raise NotFound("post", POST_IDS)


async def start_rotation(queue_id: UUID, post_ids: Sequence[UUID]) -> None:
    """Writes the rows of a new queue. The caller has locked the posts; the first of them runs next."""
    if len(post_ids) > 1:
        await bulk.insert(QueuePost, [_NewRow(new_id(), queue_id, one, index) for index, one in enumerate(post_ids)])


async def change_posts(queue: RecurringQueue, post_ids: Sequence[UUID]) -> UUID:
    """Gives the queue these posts; those that stay keep their last use. Returns the post whose turn it is.

    The caller has locked the queue, and writes that post to `original_post_id`. Raises InvalidInput, NotFound.
    """
    check_posts(post_ids)
    await lock_posts(queue.clerk_user_id, post_ids)
    had_rows = bool(await read_turns([queue]))
    uses = await _uses(queue) if had_rows else {queue.original_post_id: _last_use_of_single(queue)}
    await run_sql(_DELETE, queue.id, queue.clerk_user_id)
    was_always_alone = not had_rows and (not queue.execution_count or post_ids[0] == queue.original_post_id)
    if len(post_ids) == 1 and was_always_alone:
        return post_ids[0]
    rows = [_NewRow(new_id(), queue.id, one, index, uses.get(one)) for index, one in enumerate(post_ids)]
    await bulk.insert(QueuePost, rows)
    return (await read_turns([queue]))[queue.id].post_id


async def read_turns(queues: Collection[AnyQueue]) -> dict[UUID, Turn]:
    """Whose turn it is in each of these queues, which the caller has locked; those without rows are left out.

    Rows that are behind, because another version has run the queue, catch up first.
    """
    owners = list({queue.clerk_user_id for queue in queues})
    turns = await _read([queue.id for queue in queues], owners)
    if not turns:
        return turns
    behind = [queue.id for queue in queues if queue.id in turns and _is_behind(turns[queue.id], queue)]
    if behind:
        await run_sql(_CATCH_UP, behind, owners)
        turns |= await _read(behind, owners)
    return turns


async def read_without_post(queues: Collection[AnyQueue]) -> set[UUID]:
    """The ids of those of the queues, which the caller has locked, that have nothing to repeat any more.

    One that names no post may have some, of which one has its turn.
    """
    unnamed = [queue for queue in queues if queue.original_post_id is None]
    turns = await read_turns(unnamed) if unnamed else {}
    return {queue.id for queue in unnamed if queue.id not in turns}


async def record_uses(uses: Sequence[Use], next_posts: Collection[UUID], owners: Collection[str]) -> None:
    """Writes which posts were cloned, and locks those that queues of these owners name from now on.

    The caller has locked the queues. The posts are locked in the order of their ids, as everywhere: the foreign keys
    of a statement that updates many queues would lock them in any order.
    """
    await bulk.update(QueuePost, uses)
    if next_posts:
        await run_sql(_LOCK_NEXT, list(next_posts), list(owners))


async def _read(queue_ids: list[UUID], owners: list[str]) -> dict[UUID, Turn]:
    turns: dict[UUID, Turn] = {}
    for row in await run_sql(_TURNS, queue_ids, owners):
        queue_id, post_id = as_id(row["queue_id"]), as_id(row["post_id"])
        if queue_id in turns:
            turns[queue_id] = turns[queue_id]._replace(following_post_id=post_id)
        else:
            turns[queue_id] = Turn(as_id(row["id"]), post_id, post_id, _time_or_none(row["newest_use"]))
    return turns


async def _uses(queue: RecurringQueue) -> Mapping[Any, datetime | None]:
    """When each post of the queue was last used."""
    rows = QueuePost.filter(queue_id=queue.id, queue__clerk_user_id=queue.clerk_user_id)
    return dict(await rows.values_list("post_id", "last_used_time"))


def _last_use_of_single(queue: RecurringQueue) -> datetime | None:
    """When the queue's single post was cloned, or a time before that: `runQueueNow` leaves `last_executed_time`."""
    return queue.last_executed_time or (queue.created_at if queue.execution_count else None)


def _is_behind(turn: Turn, queue: AnyQueue) -> bool:
    """Whether the queue has run since its rows were written; or the post that was used last is no longer one of its."""
    if queue.last_executed_time is None:
        return False
    return turn.newest_use is None or turn.newest_use < queue.last_executed_time


def _time_or_none(value: Any) -> datetime | None:
    return None if value is None else as_time(value)
