"""Reads what is copied of posts, makes the copies, for owners and for queues, and inserts new posts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.core.ids import new_id
from perennial.core.states import Platform, PostStatus, PublicationStatus
from perennial.db import bulk
from perennial.db.models import Post, Publication
from perennial.db.sql import run_sql
from perennial.db.transactions import transaction
from perennial.posts.listed_by import earliest_time, platform_set
from perennial.posts.scheduling import clone_times
from perennial.publishing.transitions import new_schedule

# The owner is a condition that no index has, so that PostgreSQL looks the posts up, and reads no others of the owner's.
_TEXTS = """
    SELECT posts.id AS post_id, posts.clerk_user_id AS owner, platform, content, scheduled_time
    FROM posts JOIN publications ON publications.post_id = posts.id
    WHERE posts.id = ANY($1) AND posts.clerk_user_id || '' = ANY($2)
    ORDER BY publications.id
"""


class OriginalText(NamedTuple):
    """The copied part of a publication: its text, and its time, which gives the distances between a clone's times."""

    platform: Platform
    content: str
    scheduled_time: datetime | None


class Original(NamedTuple):
    """The copied part of a post."""

    id: UUID
    clerk_user_id: str
    publications: list[OriginalText]


class NewPost(NamedTuple):
    """A new row of posts."""

    id: UUID
    clerk_user_id: str
    created_at: datetime
    updated_at: datetime
    status: PostStatus = PostStatus.DRAFT
    cloned_from_id: UUID | None = None
    created_by_queue_id: UUID | None = None
    platforms: str = ""
    earliest_time: datetime | None = None


class NewPublication(NamedTuple):
    """A new row of publications."""

    id: UUID
    post_id: UUID
    platform: Platform
    content: str
    status: PublicationStatus = PublicationStatus.DRAFT
    connected_account_id: UUID | None = None
    created_by_queue_id: UUID | None = None
    scheduled_time: datetime | None = None
    scheduler_id: str | None = None
    next_attempt_time: datetime | None = None
    attempts: int = 0


class _Text(NamedTuple):
    post_id: UUID
    owner: str
    platform: Platform
    content: str
    scheduled_time: datetime | None


async def read_originals(owners: Collection[str], post_ids: Collection[UUID]) -> dict[UUID, Original]:
    """The copied parts of these owners' posts; those that were deleted are left out."""
    originals: dict[UUID, Original] = {}
    rows = await run_sql(_TEXTS, list(post_ids), list(owners)) if post_ids else ()
    for text in map(bulk.row_reader(Publication, _Text), rows):
        post = originals.setdefault(text.post_id, Original(text.post_id, text.owner, []))
        post.publications.append(OriginalText(text.platform, text.content, text.scheduled_time))
    return originals


def original_of(post: Post) -> Original:
    """The part of this post that is copied; its publications must have been prefetched."""
    texts = [OriginalText(row.platform, row.content, row.scheduled_time) for row in post.publications]
    return Original(post.id, post.clerk_user_id, texts)


def draft_clone(original: Original, now: datetime) -> tuple[NewPost, list[NewPublication]]:
    """A new draft with the texts of the original, without times, receipts and errors."""
    post = NewPost(new_id(), original.clerk_user_id, now, now, cloned_from_id=original.id)
    return post, [NewPublication(new_id(), post.id, text.platform, text.content) for text in original.publications]


def scheduled_clone(
    original: Original, account_ids: Mapping[Platform, UUID], queue_id: UUID, start: datetime, now: datetime
) -> tuple[NewPost, list[NewPublication]]:
    """The clone that a queue makes, for the platforms of these accounts: scheduled from `start` on.

    The times are those of the whole post, so a platform that is left out moves no other platform's time.
    """
    post = NewPost(new_id(), original.clerk_user_id, now, now, PostStatus.SCHEDULED, original.id, queue_id)
    times = clone_times({text.platform: text.scheduled_time for text in original.publications}, start)
    return post, [
        NewPublication(
            new_id(),
            post.id,
            text.platform,
            text.content,
            created_by_queue_id=queue_id,
            **new_schedule(times[text.platform], account_ids[text.platform]),
        )
        for text in original.publications
        if text.platform in account_ids
    ]


async def insert_posts(posts: Sequence[NewPost], rows: Sequence[NewPublication]) -> None:
    """Inserts new posts with their publications, in one transaction."""
    of_post: dict[UUID, list[NewPublication]] = {}
    for row in rows:
        of_post.setdefault(row.post_id, []).append(row)
    async with transaction():
        await bulk.insert(Post, [_listed(post, of_post[post.id]) for post in posts])
        await bulk.insert(Publication, rows)


def _listed(post: NewPost, rows: Sequence[NewPublication]) -> NewPost:
    """The post with what its row says of its publications."""
    return post._replace(
        platforms=platform_set(row.platform for row in rows),
        earliest_time=earliest_time(row.scheduled_time for row in rows),
    )
