"""Where the same text goes out again from the same account within a time, which a platform may refuse as a duplicate.

What is looked at is bounded. An occurrence is compared with those of its own queue, of NEIGHBOURS_MAX other queues that
repeat the same post, and with all that are asked for together with it; and with the owner's publications, of which at
most READ_MAX that wait on each account and as many posts that changed lately are read. Texts are the same if every
character is.
"""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from perennial.core.states import Platform
from perennial.db.sql import as_time, run_sql
from perennial.posts.cloning import read_originals
from perennial.queues._rows import COLUMNS, read_queues
from perennial.queues.recurrence.columns import StoredQueue
from perennial.queues.recurrence.forecast import Upcoming
from perennial.queues.upcoming.occurrences import Asked, Foreseen, Originals, ahead_of, with_posts

NEIGHBOURS_MAX = 10
READ_MAX = 1_000

# Those that are asked for come last: of these, what is listed is compared anyway.
_NEIGHBOURS = f"""
    WITH repeating AS (
        SELECT id, post_id FROM (
            SELECT id, original_post_id AS post_id FROM recurring_queues
            WHERE original_post_id = ANY($1) LIMIT {READ_MAX}
        ) AS alone
        UNION SELECT queue_id, post_id FROM (
            SELECT queue_id, post_id FROM queue_posts WHERE post_id = ANY($1) LIMIT {READ_MAX}
        ) AS turns
    )
    SELECT {COLUMNS} FROM recurring_queues WHERE id IN (
        SELECT id FROM repeating WHERE post_id IN (SELECT post_id FROM repeating GROUP BY post_id HAVING count(*) > 1)
    ) AND clerk_user_id || '' = $2 AND status = 'active'
    ORDER BY CASE WHEN id = ANY($3) THEN 1 ELSE 0 END, next_scheduled_time, id LIMIT {NEIGHBOURS_MAX}
"""  # noqa: S608 (columns and numbers are ours)
_WAITING = f"""
    SELECT row.platform, row.content, row.next_attempt_time AS time FROM (
        SELECT post_id, platform, content, next_attempt_time FROM publications
        WHERE connected_account_id = $1 AND status = 'scheduled' AND next_attempt_time > $2 AND next_attempt_time <= $3
        ORDER BY connected_account_id, next_attempt_time LIMIT {READ_MAX}
    ) AS row JOIN posts AS post ON post.id = row.post_id
    WHERE row.content = ANY($4) AND post.clerk_user_id || '' = $5
"""  # noqa: S608
_SENT = f"""
    SELECT row.platform, row.content, COALESCE(row.published_time, row.request_started_time) AS time FROM (
        SELECT id FROM posts WHERE clerk_user_id = $1 AND updated_at > $2
        ORDER BY clerk_user_id DESC, updated_at DESC, id DESC LIMIT {READ_MAX}
    ) AS post JOIN publications AS row ON row.post_id = post.id
    WHERE row.status IN ('publishing', 'published', 'unconfirmed') AND row.content = ANY($3)
        AND COALESCE(row.published_time, row.request_started_time) > $2
"""  # noqa: S608

# What goes out: an occurrence, by its queue and its slot's instant; or a publication (None).
_Source = tuple[UUID, datetime] | None


class Repeated:
    """When texts go out, by platform and text."""

    def __init__(self, within: timedelta) -> None:
        self._within = within
        self._times: dict[tuple[Platform, str], list[tuple[datetime, _Source]]] = defaultdict(list)

    def add(self, platform: Platform, content: str, time: datetime, source: _Source = None) -> None:
        """Adds that the text goes out then."""
        insort(self._times[platform, content], (time, source), key=_time)

    def before(self, one: Foreseen, platform: Platform, content: str, time: datetime) -> datetime | None:
        """The last time at which the text goes out before the occurrence, or with it; None if that is long before."""
        times = self._times.get((platform, content), [])
        for other, source in reversed(times[: bisect_right(times, time, key=_time)]):
            if other <= time - self._within:
                return None
            if source != _source(one):
                return other
        return None


async def read_repeated(
    asked: Asked, foreseen: Sequence[Foreseen], originals: Originals, account_ids: Collection[UUID], within: timedelta
) -> Repeated:
    """When the texts of these occurrences go out, as far as that is looked at: not at all if `within` is zero."""
    repeated, running = Repeated(within), [one for one in foreseen if one.post_id in originals]
    if not within or not running:
        return repeated
    around = await _around(asked, running, within)
    others = {one.post_id for one in around if one.post_id} - originals.keys()
    originals = {**originals, **await read_originals([asked.owner], others)}
    for one in {one.key: one for one in [*running, *around]}.values():
        for text, time in one.texts(originals, asked.now):
            repeated.add(text.platform, text.content, time, _source(one))
    going_out = [(text.content, time) for one in running for text, time in one.texts(originals, asked.now)]
    for row in await _publications(asked, account_ids, going_out, within):
        repeated.add(Platform(row["platform"]), row["content"], as_time(row["time"]))
    return repeated


async def _around(asked: Asked, running: Sequence[Foreseen], within: timedelta) -> list[Foreseen]:
    """The occurrences before these, by so much at most, of their queues and of others that repeat the same posts.

    One of their queues is such another one to the rest of them, whatever is asked for of it.
    """
    own, posts = {one.queue.id: one.queue for one in running}, {one.post_id for one in running}
    rows = await run_sql(_NEIGHBOURS, list(posts), asked.owner, list(own))
    neighbours = {queue.id: queue for queue in read_queues(rows)}
    found: list[tuple[StoredQueue, Upcoming]] = []
    for queue in (neighbours | own).values():
        times = [one.start(asked.now) for one in running if queue.id in neighbours or queue.id == one.queue.id]
        for start, end in _windows(times, within):
            for one in ahead_of(asked, queue, start):
                if one.time > end:
                    break
                found.append((queue, one))
    return await with_posts(asked, found)


async def _publications(
    asked: Asked, account_ids: Collection[UUID], going_out: Sequence[tuple[str, datetime]], within: timedelta
) -> list[Any]:
    """What waits with one of these texts before its time, by so much at most, and what was sent then."""
    contents = list({content for content, _ in going_out})
    first, last = min(time for _, time in going_out) - within, max(time for _, time in going_out)
    rows: list[Any] = []
    for account_id in account_ids:
        rows += await run_sql(_WAITING, account_id, first, last, contents, asked.owner)
    if first < asked.now:
        rows += await run_sql(_SENT, asked.owner, first, contents)
    return rows


def _windows(times: Iterable[datetime], within: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """The time before each of these, those together that overlap."""
    start = end = None
    for time in sorted(times):
        if start is None or end is None or time - within > end:
            if start is not None and end is not None:
                yield start, end
            start = time - within
        end = time
    if start is not None and end is not None:
        yield start, end


def _time(entry: tuple[datetime, _Source]) -> datetime:
    return entry[0]


def _source(one: Foreseen) -> _Source:
    return one.queue.id, one.occurrence.scheduled_time
