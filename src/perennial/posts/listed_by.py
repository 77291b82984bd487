"""What a post's row says of its publications, so that lists of posts walk along indexes: platforms and earliest time.

Both are second truths. *Invariant*: they are what `platform_set` and `earliest_time` make of the post's publications.
*Lock*: publications come, go and get their times in transactions that have locked the post, or have just inserted it.
*Repair*: every such operation of an owner derives both anew, and the statement of the migration that filled them
(`backfill_lists`) does so for all posts.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import combinations
from uuid import UUID

from perennial.core.states import Platform
from perennial.db.models import Post, Publication
from perennial.publishing.publication_rows import update_post_status


def platform_set(platforms: Iterable[Platform]) -> str:
    """The platforms as a text that is the same for the same platforms."""
    return ",".join(sorted({platform.value for platform in platforms}))


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


async def follow_publications(post_id: UUID, now: datetime) -> None:
    """Derives all of the post's row that follows its publications; the caller has locked the post."""
    rows = await Publication.filter(post_id=post_id)
    await Post.filter(id=post_id).update(
        platforms=platform_set(row.platform for row in rows),
        earliest_time=earliest_time(row.scheduled_time for row in rows),
    )
    await update_post_status([post_id], now)
