"""Lists of an owner's posts: by state and platform, of a queue, in one order or another, and how many there are."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from perennial.api.graphql._paging import Page, cursor_id, cursor_time
from perennial.api.graphql._walks import Keyset, Source, Walk, count_of, page_of
from perennial.api.graphql.posts.enums import PostOrder
from perennial.api.graphql.posts.rows import PostRow
from perennial.core.states import Platform, PostStatus
from perennial.db import bulk
from perennial.db.models import Post, Publication
from perennial.db.sql import run_sql
from perennial.posts.listed_by import platform_sets

# A condition that no index has, so that PostgreSQL does not read all of the owner's posts beside those of a queue.
_IS_OWNERS = "clerk_user_id || '' = {}"
_POSTS = Source(", ".join(PostRow._fields[:-1]), "posts")


def _time_or_none(value: str) -> datetime | None:
    return cursor_time(value) if value else None


# A cursor of the times has none for a draft.
_BY_ID, _BY_TIME = (("id",), (cursor_id,)), (("earliest_time", "id"), (_time_or_none, cursor_id))
KEYSETS = {
    PostOrder.CREATED_DESC: Keyset(*_BY_ID, is_descending=True),
    PostOrder.CREATED_ASC: Keyset(*_BY_ID),
    PostOrder.SCHEDULED_ASC: Keyset(*_BY_TIME),
    PostOrder.SCHEDULED_DESC: Keyset(*_BY_TIME, is_descending=True),
}


def key_of(order: PostOrder, row: PostRow) -> list[Any]:
    """The row's key in this order, for its cursor."""
    if len(KEYSETS[order].columns) == 1:
        return [row.id]
    # A draft is listed without a time, so its key has none, even where the row should still have one.
    time = None if row.status == PostStatus.DRAFT else row.earliest_time
    return [time or "", row.id]


class PostFilter(NamedTuple):
    """Which of an owner's posts a list has. `statuses`: None is any, an empty one none."""

    owner: str
    statuses: Collection[PostStatus] | None = None
    platform: Platform | None = None
    queue_id: UUID | None = None

    def among(self, statuses: Collection[PostStatus]) -> "PostFilter":
        """Those of the posts that are in one of these states."""
        return self._replace(statuses=[one for one in statuses if self.statuses is None or one in self.statuses])

    def walks(self) -> list[Walk]:
        """The walks that have these posts."""
        owned = {"clerk_user_id": self.owner}
        states = None if self.statuses is None else [one.value for one in PostStatus if one in self.statuses]
        sets = None if self.platform is None else platform_sets(self.platform)
        if self.queue_id is not None:  # which has made few: they are read, whatever is asked for of them
            filters = [(_IS_OWNERS, self.owner), ("status = ANY({})", states), ("platforms = ANY({})", sets)]
            asked = [one for one in filters if one[1] is not None]
            return [Walk({"created_by_queue_id": self.queue_id}, asked)] if states != [] else []
        if states is None and sets is None:
            return [Walk(owned)]
        states = [one.value for one in PostStatus] if states is None else states
        return [Walk({**owned, "status": one, "platforms": each}) for one in states for each in sets or platform_sets()]


async def count_posts(found: PostFilter) -> int:
    """How many there are, up to one more than a list counts to."""
    walks = found.walks()
    if not walks:
        return 0
    statement, values = count_of(_POSTS, walks, KEYSETS[PostOrder.CREATED_ASC])
    return int((await run_sql(statement, *values))[0]["count"])


async def list_posts(found: PostFilter, order: PostOrder, page: Page, *, with_publications: bool) -> list[PostRow]:
    """The posts after the page's cursor: one more than the page holds, if there are that many."""
    keyset, size = KEYSETS[order], page.size + 1
    if len(keyset.columns) == 1:
        rows = await _read(found.walks(), keyset, page.after, size)
    else:
        rows = await _by_time(found, keyset, page.after, size)
    if not with_publications:
        return rows
    publications = await publications_of([row.id for row in rows])
    return [row._replace(publications=publications[row.id]) for row in rows]


async def _by_time(found: PostFilter, keyset: Keyset, after: Sequence[Any] | None, size: int) -> list[PostRow]:
    """Those with a time, and then, if the page has room for them, drafts: no other post is without one."""
    rows: list[PostRow] = []
    time, post_id = after or (None, None)
    if after is None or time is not None:
        timed = [one for one in PostStatus if one != PostStatus.DRAFT]
        rows = await _read(found.among(timed).walks(), keyset, after, size)
        post_id = None
    if len(rows) < size:
        drafts, by_id = found.among([PostStatus.DRAFT]), Keyset(*_BY_ID, is_descending=keyset.is_descending)
        rows += await _read(drafts.walks(), by_id, None if post_id is None else [post_id], size - len(rows))
    return rows


async def _read(walks: Sequence[Walk], keyset: Keyset, after: Sequence[Any] | None, size: int) -> list[PostRow]:
    if not walks:
        return []
    statement, values = page_of(_POSTS, walks, keyset, after, size)
    return list(map(bulk.row_reader(Post, PostRow), await run_sql(statement, *values)))


async def publications_of(post_ids: Collection[Any]) -> Mapping[UUID, list[Publication]]:
    """The publications of each post, in the order in which they were created."""
    by_post: dict[UUID, list[Publication]] = defaultdict(list)
    for publication in await Publication.filter(post_id__in=list(post_ids)).order_by("id"):
        by_post[publication.post_id].append(publication)
    return by_post
