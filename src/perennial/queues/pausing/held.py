"""The clones of an owner's queues that wait to be sent: how many there are, and how all of them are held back.

Those of all queues count, whatever the queue's state, also those of queues that were deleted. A clone that is held back
is a draft, as `unschedulePost` makes one; nothing schedules it again but its owner.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tortoise.expressions import Subquery

from perennial.core import clock
from perennial.core.fault_points import FaultPoint, reach
from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import Post, Publication
from perennial.db.sql import as_id, run_sql
from perennial.db.transactions import transaction
from perennial.events.publisher import Event
from perennial.posts.listed_by import follow_all_publications
from perennial.posts.posts import RETRY_CANCELLED
from perennial.publishing.outcomes import unconfirmed
from perennial.publishing.publication_rows import lock_posts
from perennial.publishing.transitions import unscheduled

CLONES_BATCH_SIZE = 500
COUNT_MAX = 10_000

# A post of which anything is scheduled has one of these two states.
_WAITING = """
    SELECT id FROM posts
    WHERE clerk_user_id = $1 AND status IN ('scheduled', 'publishing') AND created_by_queue_id IS NOT NULL
        AND EXISTS (SELECT 1 FROM publications WHERE post_id = posts.id AND publications.status = 'scheduled')
    LIMIT $2
"""
_HELD = """
    SELECT id FROM posts WHERE clerk_user_id = $1 AND status = 'draft' AND created_by_queue_id IS NOT NULL LIMIT $2
"""
_SCHEDULED = """
    SELECT publications.id, post_id, platform, unclear_since FROM publications JOIN posts ON posts.id = post_id
    WHERE post_id = ANY($1) AND publications.status = 'scheduled' AND clerk_user_id = $2
"""


async def count_waiting(owner: str) -> int:
    """How many clones have something scheduled; one more than COUNT_MAX, if there are more."""
    return await _count(_WAITING, owner)


async def count_held(owner: str) -> int:
    """How many clones are drafts: they were held back, or unscheduled by hand. Counted as `count_waiting` counts."""
    return await _count(_HELD, owner)


async def hold_some(owner: str) -> list[Event] | None:
    """Unschedules what is scheduled of some clones, unless a worker has claimed it.

    Returns the events for that, which are none where workers have claimed everything; None: nothing was left.
    """
    ids = [as_id(row["id"]) for row in await run_sql(_WAITING, owner, CLONES_BATCH_SIZE)]
    if not ids:
        return None
    async with transaction():
        await lock_posts(ids)  # what a worker is just claiming is claimed by now
        rows = await run_sql(_SCHEDULED, ids, owner)
        await _unschedule(owner, rows)
        await follow_all_publications(ids)
        reach(FaultPoint.SCHEDULED_HELD)
    return [Event(owner, as_id(row["post_id"]), as_id(row["id"])) for row in rows]


async def _unschedule(owner: str, rows: Sequence[Any]) -> None:
    """Turns these of the owner's into drafts; a retry of what may be published is cancelled, and in doubt again."""
    posts = Post.filter(id__in={row["post_id"] for row in rows}, clerk_user_id=owner)
    own = Publication.filter(post_id__in=Subquery(posts.values("id")), status=PublicationStatus.SCHEDULED)
    now = await clock.now()
    certain = [row["id"] for row in rows if row["unclear_since"] is None]
    await own.filter(id__in=certain).update(**unscheduled())
    for platform in Platform:
        in_doubt: list[UUID] = [row["id"] for row in rows if row["unclear_since"] and row["platform"] == platform]
        if in_doubt:
            await own.filter(id__in=in_doubt).update(**unconfirmed(platform, RETRY_CANCELLED, now))


async def _count(statement: str, owner: str) -> int:
    (counted,) = await run_sql(f"SELECT count(*) AS number FROM ({statement}) AS found", owner, COUNT_MAX + 1)  # noqa: S608
    return int(counted["number"])
