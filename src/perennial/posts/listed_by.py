"""What a post's row says of its publications, so that lists of posts walk along indexes: platforms and earliest time.

Both are second truths. *Invariant*: they are what `platform_set` and `earliest_time` make of the post's publications.
*Lock*: publications come, go and get their times in transactions that have locked the post, or have just inserted it.
*Repair*: every such operation of an owner derives both anew, and `mender` compares a slice of the posts with their
publications; the cron calls it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import combinations
from typing import Any, NamedTuple
from uuid import UUID

from perennial.core import clock
from perennial.core.mending import Mender
from perennial.core.states import Platform, PostStatus
from perennial.db import bulk
from perennial.db.models import Post
from perennial.db.sql import as_id, as_time, run_sql
from perennial.db.transactions import transaction
from perennial.observe.logs import get_logger
from perennial.publishing.publication_rows import lock_posts, status_of_post

log = get_logger(__name__)

_PUBLICATIONS = "SELECT post_id, platform, status, scheduled_time FROM publications WHERE post_id = ANY($1)"
_POSTS = """
    SELECT id, clerk_user_id AS owner, platforms, earliest_time FROM posts WHERE id > $1 ORDER BY id LIMIT $2
"""
_POST = _POSTS.replace("id > $1", "id = $1")

_Row = Mapping[str, Any]


class _Derived(NamedTuple):
    """What a post's row has of its publications: columns of posts."""

    id: UUID
    platforms: str
    earliest_time: datetime | None
    status: PostStatus
    updated_at: datetime


def platform_set(platforms: Iterable[str]) -> str:
    """The platforms as a text that is the same for the same platforms."""
    return ",".join(sorted(set(platforms)))


def platform_sets(platform: Platform | None = None) -> list[str]:
    """Every text that `platform_set` can make, or those that have this platform in them.

    There are two to the power of the platforms; a list walks along an index for each, so beyond five or six platforms
    this wants another way.
    """
    counts = range(len(Platform) + 1)
    sets = [chosen for count in counts for chosen in combinations(Platform, count)]
    return [platform_set(chosen) for chosen in sets if platform is None or platform in chosen]


def earliest_time(times: Iterable[datetime | None]) -> datetime | None:
    """The first of these times; None if there is none."""
    return min((time for time in times if time is not None), default=None)


async def follow_publications(post_id: UUID) -> None:
    """Derives all of the post's row that follows its publications; the caller has locked the post.

    The time of the change is read here: one that was read before the lock could lie before the last change.
    """
    await follow_all_publications([post_id])


async def follow_all_publications(post_ids: Collection[UUID]) -> None:
    """The same for several posts."""
    by_post = await _rows_of(post_ids)
    now = await clock.now()
    states = {post_id: status_of_post(row["status"] for row in rows) for post_id, rows in by_post.items()}
    await bulk.update(Post, [_Derived(one, *_derived(by_post[one]), states[one], now) for one in by_post])


def mender() -> Mender:
    """What compares all posts with their publications."""
    return Mender(_mend_slice)


async def _mend_slice(after: UUID, size: int) -> UUID | None:
    """Mends those that are wrong among so many posts behind this one; returns the last one's id, if there is any."""
    posts = await run_sql(_POSTS, after, size)
    for post_id in await _wrong(posts):
        await _mend(post_id)
    return as_id(posts[-1]["id"]) if posts else None


async def _mend(post_id: UUID) -> None:
    """Derives the post's row anew, if it is wrong now that the post is locked."""
    async with transaction():
        await lock_posts([post_id])
        posts = await run_sql(_POST, post_id, 1)
        if await _wrong(posts):
            await follow_publications(post_id)
            log.error("post.listing_mended", post=str(post_id), owner=posts[0]["owner"])


async def _wrong(posts: Sequence[_Row]) -> list[UUID]:
    """The posts whose platforms or earliest time are not what their publications say."""
    said = {as_id(post["id"]): (post["platforms"], _time(post["earliest_time"])) for post in posts}
    return [post_id for post_id, rows in (await _rows_of(said)).items() if _derived(rows) != said[post_id]]


async def _rows_of(post_ids: Collection[UUID]) -> dict[UUID, list[_Row]]:
    """The publications of each post."""
    rows: dict[UUID, list[_Row]] = {post_id: [] for post_id in post_ids}
    for row in await run_sql(_PUBLICATIONS, list(rows)):
        rows[as_id(row["post_id"])].append(row)
    return rows


def _derived(rows: Collection[_Row]) -> tuple[str, datetime | None]:
    """The platforms and the earliest time of these publications.

    They are texts and times as they are stored: of a platform, too, that only a newer version knows.
    """
    return platform_set(row["platform"] for row in rows), earliest_time(_time(row["scheduled_time"]) for row in rows)


def _time(value: Any) -> datetime | None:
    return None if value is None else as_time(value)
