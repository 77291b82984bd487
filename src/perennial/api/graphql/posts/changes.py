"""What has changed of an owner's publications, in the order in which it did, for clients that catch up.

A publication changes when its post does: whoever writes a publication so that its owner sees it has locked the post,
and gives it a new `updated_at`. So an index of posts serves, and no publication has a time or an owner to keep right;
but a post of two platforms is listed with both.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from perennial.api.graphql._paging import COUNT_MAX, Page, cursor_id, cursor_time
from perennial.api.graphql._walks import LAST_ID, Keyset, Source, Walk, page_of
from perennial.api.graphql.posts.listing import publications_of
from perennial.db.models import Post, Publication
from perennial.db.sql import as_id, as_time, run_sql

# A cursor's parts: when the post changed, the post, and the publication.
CURSOR_PARTS = (cursor_time, cursor_id, cursor_id)

_KEYSET = Keyset(("updated_at", "id"), CURSOR_PARTS[:2])
_POSTS = Source("id, updated_at", "posts")
_COUNT = """
    SELECT sum((SELECT count(*) FROM publications WHERE post_id = changed.id)) AS count FROM ({posts}) AS changed
"""


class Changed(NamedTuple):
    """A publication, and when it or its post last changed."""

    row: Publication
    updated_at: datetime

    @property
    def key(self) -> list[Any]:
        """The key for its cursor."""
        return [self.updated_at, self.row.post_id, self.row.id]


async def list_changed(owner: str, updated_after: datetime | None, page: Page) -> list[Changed]:
    """What changed after that time and the page's cursor: one more than the page holds, if there is that much."""
    after = page.after
    if updated_after is not None and (after is None or after[0] <= updated_after):
        after = (updated_after, LAST_ID, LAST_ID)
    posts = await _first_posts(owner, after, page.size + 1)
    publications = await publications_of(list(posts))
    changed = [Changed(row, time) for post_id, time in posts.items() for row in publications[post_id]]
    return [one for one in changed if after is None or one.key > [*after]][: page.size + 1]


async def _first_posts(owner: str, after: Sequence[Any] | None, limit: int) -> dict[UUID, datetime]:
    """When the first posts from that key on changed, by their ids; that of the key, if it has not changed since."""
    statement, values = page_of(_POSTS, [_whole(owner)], _KEYSET, after[:2] if after else None, limit)
    found = {as_id(row["id"]): as_time(row["updated_at"]) for row in await run_sql(statement, *values)}
    if after is None or after[1] == LAST_ID:
        return found
    time, post_id, _ = after
    has_stayed = await Post.filter(id=post_id, clerk_user_id=owner, updated_at=time).exists()
    return ({post_id: time} if has_stayed else {}) | found


async def count_changed(owner: str, updated_after: datetime | None) -> int:
    """How many there are after that time, up to one more than a list counts to."""
    after = None if updated_after is None else [updated_after, LAST_ID]
    # A post has a publication at least, so there are no more posts to read than are counted. A subselect, so that
    # PostgreSQL looks those of each post up, and does not read all that there are.
    statement, values = page_of(_POSTS, [_whole(owner)], _KEYSET, after, COUNT_MAX + 1)
    rows = await run_sql(_COUNT.format(posts=statement), *values)
    return min(int(rows[0]["count"] or 0), COUNT_MAX + 1)


def _whole(owner: str) -> Walk:
    return Walk({"clerk_user_id": owner})
