"""Copies of posts, for their owners and for queues, and how new posts are written."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from perennial.models import Post, Publication, new_id
from perennial.scheduling import Row, clone_times, scheduled_rows
from perennial.states import Platform, PostStatus
from perennial.transactions import transaction


def copy_of(original: Post, platforms: Collection[Platform], now: datetime) -> tuple[Post, list[Row]]:
    """A new post with the original's texts for these platforms, and nothing of its fate."""
    post = Post(
        id=new_id(),
        clerk_user_id=original.clerk_user_id,
        status=PostStatus.DRAFT,
        cloned_from_id=original.id,
        created_at=now,
        updated_at=now,
    )
    rows = [row for row in original.publications if row.platform in platforms]
    return post, [{"platform": row.platform, "content": row.content} for row in rows]


def scheduled_copy(
    original: Post, platforms: Collection[Platform], queue_id: UUID, start: datetime, now: datetime
) -> tuple[Post, list[Publication]]:
    """The clone that a queue makes: scheduled from `start` on, and marked with the queue."""
    post, drafts = copy_of(original, platforms, now)
    post.created_by_queue_id = queue_id
    post.status = PostStatus.SCHEDULED
    times = clone_times({r.platform: r.scheduled_time for r in original.publications if r.platform in platforms}, start)
    rows = scheduled_rows({draft["platform"]: draft["content"] for draft in drafts}, times)
    return post, [publication(post, row) for row in rows]


def publication(post: Post, row: Row) -> Publication:
    """A new publication of the post with these columns."""
    return Publication(id=new_id(), post_id=post.id, **row)


async def insert(posts: Iterable[Post], rows: Iterable[Publication]) -> None:
    """Writes new posts with their publications, all or none."""
    async with transaction():
        await Post.bulk_create(posts)
        await Publication.bulk_create(rows)
