"""Lists of an owner's queues: by state and platform, in one order or another, and how many there are.

The list of queues is the API's most frequent read, so it is one statement that fills plain rows, not models.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from perennial.api.graphql._paging import Page, cursor_id, cursor_time
from perennial.api.graphql._walks import Keyset, Source, Statement, Walk, count_of, page_of
from perennial.api.graphql.posts.listing import publications_of
from perennial.api.graphql.posts.rows import PostRow
from perennial.api.graphql.queues.enums import QueueOrder
from perennial.api.graphql.queues.rows import QueueRow
from perennial.core.states import Platform, QueueStatus
from perennial.db import bulk
from perennial.db.models import Post, RecurringQueue
from perennial.db.sql import is_sqlite, run_sql
from perennial.posts.listed_by import platform_sets

_QUEUES = Source(", ".join(QueueRow._fields[:-1]), "recurring_queues AS queue")
_ITS_ORIGINAL = "post.id = queue.original_post_id AND post.clerk_user_id = queue.clerk_user_id"
_ORIGINAL = ", ".join(f"post.{name} AS post_{name}" for name in PostRow._fields[:-1])
# Each original of a page is looked up by its id: a join may begin with everybody's posts, or with all of the owner's.
_WITH_ORIGINALS = f"""
    SELECT queue.*, original.* FROM ({{page}}) AS queue
    LEFT JOIN LATERAL (SELECT {_ORIGINAL} FROM posts AS post WHERE {_ITS_ORIGINAL} LIMIT 1) AS original ON true
    ORDER BY {{order}}
"""  # noqa: S608 (the columns are ours)
_ON_SQLITE = f"""
    SELECT queue.*, {_ORIGINAL} FROM ({{page}}) AS queue LEFT JOIN posts AS post ON {_ITS_ORIGINAL} ORDER BY {{order}}
"""  # noqa: S608 (the same; it has no LATERAL, and looks up by ids anyway)
# Subselects, so that PostgreSQL looks the posts of each queue up, and does not begin with all that the owner has
# posted on the platform, or with all rotations; by their ids, since no index has the condition on their owner.
_OF_OWNER = "posts.clerk_user_id || '' = queue.clerk_user_id"
_IS_ON_PLATFORM = f"""
    ((SELECT platforms FROM posts WHERE posts.id = queue.original_post_id AND {_OF_OWNER}) = ANY({{}})
    OR (SELECT 1 FROM queue_posts AS turn WHERE turn.queue_id = queue.id AND
        (SELECT platforms FROM posts WHERE posts.id = turn.post_id AND {_OF_OWNER}) = ANY({{}}) LIMIT 1) = 1)
"""  # noqa: S608 (the condition is ours)

_BY_NEXT, _BY_ID = (("next_scheduled_time", "id"), (cursor_time, cursor_id)), (("id",), (cursor_id,))
KEYSETS = {
    QueueOrder.NEXT_ASC: Keyset(*_BY_NEXT),
    QueueOrder.NEXT_DESC: Keyset(*_BY_NEXT, is_descending=True),
    QueueOrder.CREATED_DESC: Keyset(*_BY_ID, is_descending=True),
    QueueOrder.CREATED_ASC: Keyset(*_BY_ID),
}


def key_of(order: QueueOrder, row: QueueRow) -> list[Any]:
    """The row's key in this order, for its cursor."""
    return [getattr(row, column) for column in KEYSETS[order].columns]


class QueueFilter(NamedTuple):
    """Which of an owner's queues a list has. `statuses`: None is any, an empty one none.

    By platform, and by state in the order of their making, the owner's queues are looked at one by one: a quota bounds
    their number, and each index more is written by every tick. (A column for the platform would have to follow the post
    that a queue repeats.)
    """

    owner: str
    statuses: Collection[QueueStatus] | None = None
    platform: Platform | None = None

    def walks(self) -> list[Walk]:
        """The walks that have these queues, in the order of their next times."""
        owned = {"clerk_user_id": self.owner}
        filters = [] if self.platform is None else [(_IS_ON_PLATFORM, platform_sets(self.platform))]
        if self.statuses is None:
            return [Walk(owned, filters)]
        return [Walk({**owned, "status": status}, filters) for status in self._states]

    def walks_by_id(self) -> list[Walk]:
        """The walks that have these queues, in the order of their making."""
        (whole,) = self._replace(statuses=None).walks()
        if self.statuses is None:
            return [whole]
        filters = [*whole.filters, ("status = ANY({})", self._states)]
        return [Walk(whole.values, filters)] if self.statuses else []

    @property
    def _states(self) -> list[str]:
        return [one.value for one in QueueStatus if one in (self.statuses or ())]


async def count_queues(found: QueueFilter) -> int:
    """How many there are, up to one more than a list counts to."""
    walks = found.walks()
    if not walks:
        return 0
    statement, values = count_of(_QUEUES, walks, KEYSETS[QueueOrder.NEXT_ASC])
    return int((await run_sql(statement, *values))[0]["count"])


async def list_queues(found: QueueFilter, order: QueueOrder, page: Page, *, with_publications: bool) -> list[QueueRow]:
    """The queues after the page's cursor, with their originals.

    Returns one more than the page holds, if there are that many.
    """
    found_page = _page_of(found, order, page.after, page.size + 1)
    if found_page is None:
        return []
    statement, values = found_page
    rows = await run_sql(statement, *values)
    queue, post = bulk.row_reader(RecurringQueue, QueueRow), bulk.row_reader(Post, PostRow, "post_")
    originals = {row["id"]: post(row) for row in rows if row["post_id"]}
    if with_publications:
        publications = await publications_of({one.id for one in originals.values()})
        originals = {of: one._replace(publications=publications[one.id]) for of, one in originals.items()}
    return [queue(row)._replace(original_post=originals.get(row["id"])) for row in rows]


def _page_of(found: QueueFilter, order: QueueOrder, after: Sequence[Any] | None, limit: int) -> Statement | None:
    """The statement for the first `limit` of these queues after the key, with their originals; None if none can be."""
    keyset = KEYSETS[order]
    walks = found.walks() if keyset.columns == KEYSETS[QueueOrder.NEXT_ASC].columns else found.walks_by_id()
    if not walks:
        return None
    page, values = page_of(_QUEUES, walks, keyset, after, limit)
    columns = [f"queue.{column}" for column in keyset.columns]
    whole = _ON_SQLITE if is_sqlite() else _WITH_ORIGINALS
    return whole.format(page=page, order=keyset.order(columns)), values
