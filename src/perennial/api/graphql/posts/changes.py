"""What has changed of an owner's publications, in the order in which it did, for clients that catch up.

A publication changes when its post does: whoever writes a publication so that its owner sees it has locked the post,
and gives it a new `updated_at`. So an index of posts serves, and no publication has a time or an owner to keep right;
but a post of two platforms is listed with both.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from perennial.api.graphql._paging import COUNT_MAX, Page, cursor_id, cursor_time
from perennial.api.graphql.posts.listing import publications_of
from perennial.db.models import Publication
from perennial.db.sql import as_id, as_time, run_sql

# A cursor's parts: when the post changed, the post, and the publication.
CURSOR_PARTS = (cursor_time, cursor_id, cursor_id)

_CHANGED = """
    SELECT id, updated_at FROM posts WHERE clerk_user_id = $1{condition} ORDER BY updated_at, id LIMIT $2
"""
# A post has a publication at least, so there are no more posts to read than are counted.
_COUNT = f"""
    SELECT count(*) AS count FROM (
        SELECT 1 FROM (
            SELECT id FROM posts WHERE clerk_user_id = $1{{condition}} ORDER BY updated_at, id LIMIT {COUNT_MAX + 1}
        ) AS changed JOIN publications ON post_id = changed.id LIMIT {COUNT_MAX + 1}
    ) AS counted
"""  # noqa: S608 (a number of ours)
_LATER = " AND updated_at > $%d"


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
    condition, values = "", [owner, page.size + 2]  # the first post may be one of which all has been seen
    after = page.after
    if updated_after is not None and (after is None or after[0] <= updated_after):
        after, condition, values = None, _LATER % 3, [*values, updated_after]
    elif after is not None:
        condition, values = " AND (updated_at, id) >= ($3, $4)", [*values, *after[:2]]
    posts = await run_sql(_CHANGED.format(condition=condition), *values)
    times = {as_id(post["id"]): as_time(post["updated_at"]) for post in posts}
    publications = await publications_of(list(times))
    changed = [Changed(row, time) for post_id, time in times.items() for row in publications[post_id]]
    return [one for one in changed if after is None or not _is_seen(one, after)][: page.size + 1]


def _is_seen(one: Changed, after: Sequence[Any]) -> bool:
    """Whether it stands at the cursor or before it. (Others of its post may stand behind.)"""
    time, post_id, publication_id = after
    return (one.updated_at, one.row.post_id) == (time, post_id) and one.row.id <= publication_id


async def count_changed(owner: str, updated_after: datetime | None) -> int:
    """How many there are after that time, up to one more than a list counts to."""
    condition, values = ("", [owner]) if updated_after is None else (_LATER % 2, [owner, updated_after])
    return int((await run_sql(_COUNT.format(condition=condition), *values))[0]["count"])
