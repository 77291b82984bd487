"""The occurrences ahead of an owner's queues, with their posts. Nothing is stored: they are computed from the rows."""

import asyncio
from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import NamedTuple
from uuid import UUID

from perennial.db.sql import as_id, run_sql
from perennial.posts.cloning import Original, OriginalText
from perennial.posts.scheduling import clone_times
from perennial.posts.turns import IN_TURN
from perennial.queues._batches import QUEUES_AT_ONCE
from perennial.queues._rows import COLUMNS, read_queues
from perennial.queues.recurrence.columns import StoredQueue
from perennial.queues.recurrence.forecast import Upcoming, post_of, upcoming

UPCOMING_BATCH_SIZE = 500

# The key of an occurrence among all of an owner's: when it falls due, its queue, and its slot's instant.
Key = tuple[datetime, UUID, datetime]
# What is copied of posts, by their ids; those that were deleted are left out.
Originals = Mapping[UUID, Original]


class Asked(NamedTuple):
    """Which owner asks, at what time, and how late an occurrence is missed."""

    owner: str
    now: datetime
    missed_after: timedelta


@dataclass(frozen=True)
class Foreseen:
    """An occurrence ahead of a queue, and the post that it clones: None if it is skipped, or its post was deleted."""

    queue: StoredQueue
    occurrence: Upcoming
    post_id: UUID | None

    @property
    def key(self) -> Key:
        """By which all of an owner's are ordered."""
        return self.occurrence.time, self.queue.id, self.occurrence.scheduled_time

    def start(self, now: datetime) -> datetime:
        """When its clone goes out: at once, where it is overdue."""
        return max(self.occurrence.time, now)

    def texts(self, originals: Originals, now: datetime) -> list[tuple[OriginalText, datetime]]:
        """Its texts, and when each goes out; nothing where it is skipped, or its post was deleted."""
        original = originals.get(self.post_id) if self.post_id else None
        given = original.publications if original else []
        times = clone_times({text.platform: text.scheduled_time for text in given}, self.start(now))
        return [(text, times[text.platform]) for text in given]


class Horizon(NamedTuple):
    """What is asked for of all of an owner's: from a time on (None: all that is ahead), until another, after a key."""

    since: datetime | None
    until: datetime
    after: Key | None = None

    @property
    def start(self) -> datetime | None:
        """The first time at which one can fall due."""
        times = [time for time in (self.since, self.after and self.after[0]) if time]
        return max(times, default=None)


_BY_ID = f"SELECT {COLUMNS} FROM recurring_queues WHERE id = ANY($1) AND clerk_user_id = $2 AND status = 'active'"  # noqa: S608
# Along the index by_user_status; see api/graphql/_walks.py for why the owner is compared with a list.
_NEXT = f"""
    SELECT {COLUMNS} FROM recurring_queues
    WHERE clerk_user_id = ANY($1) AND status = 'active' AND next_scheduled_time <= $2
        AND (next_scheduled_time, id) > ($3, $4)
    ORDER BY clerk_user_id, next_scheduled_time, id LIMIT {{limit:d}}
"""  # noqa: S608
_ROTATIONS = f"""
    SELECT queue_id, post_id FROM queue_posts
    WHERE queue_id IN (SELECT id FROM recurring_queues WHERE id = ANY($1) AND clerk_user_id = $2)
    ORDER BY queue_id, {IN_TURN}
"""  # noqa: S608
_BEFORE_ALL = datetime.fromisoformat("0001-01-02T00:00:00+00:00"), UUID(int=0)


async def of_queues(
    asked: Asked, ids: Sequence[UUID], count: int, until: datetime | None = None, since: datetime | None = None
) -> list[list[Foreseen]]:
    """The first `count` occurrences of each of the owner's queues between these times, in the order of the ids."""
    queues = read_queues(await run_sql(_BY_ID, list(ids), asked.owner))
    found = [(queue, one) for queue in queues for one in islice(_until(ahead_of(asked, queue, since), until), count)]
    by_queue: dict[UUID, list[Foreseen]] = defaultdict(list)
    for one in await with_posts(asked, found):
        by_queue[one.queue.id].append(one)
    return [by_queue[queue_id] for queue_id in ids]


async def of_owner(asked: Asked, horizon: Horizon, count: int) -> list[Foreseen]:
    """The first `count` occurrences ahead of all of the owner's queues, in their order.

    The queues are read in the order of their pending occurrences, and no further than one of them can have a place. So
    what is next costs little, however many queues there are; for a time far ahead each has to be looked at.
    """
    page: list[_Entry] = []
    last, limit = _BEFORE_ALL, count + 1
    while True:
        rows = await run_sql(_NEXT.format(limit=limit), [asked.owner], horizon.until, *last)
        for number, queue in enumerate(read_queues(rows), 1):
            if number % QUEUES_AT_ONCE == 0:
                await asyncio.sleep(0)
            if len(page) == count and queue.next_scheduled_time > page[-1].key[0]:
                break
            _add(page, count, queue, ahead_of(asked, queue, horizon.start), horizon)
            last = queue.next_scheduled_time, queue.id
        else:
            if len(rows) == limit:
                limit = UPCOMING_BATCH_SIZE
                continue
        return await with_posts(asked, [(one.queue, one.occurrence) for one in page])


def ahead_of(asked: Asked, queue: StoredQueue, since: datetime | None = None) -> Iterator[Upcoming]:
    """The occurrences ahead of a queue, from that time on, without their posts."""
    return upcoming(queue, asked.now, asked.missed_after, since)


async def with_posts(asked: Asked, found: Sequence[tuple[StoredQueue, Upcoming]]) -> list[Foreseen]:
    """The occurrences with their posts, which take turns; in one statement."""
    posts: dict[UUID, list[UUID]] = defaultdict(list)
    queues = {queue.id: queue for queue, _ in found}
    for row in await run_sql(_ROTATIONS, list(queues), asked.owner) if queues else ():
        posts[as_id(row["queue_id"])].append(as_id(row["post_id"]))
    for queue in queues.values():
        if queue.id not in posts and queue.original_post_id:
            posts[queue.id] = [queue.original_post_id]
    return [Foreseen(queue, one, post_of(posts[queue.id], one)) for queue, one in found]


class _Entry(NamedTuple):
    key: Key
    queue: StoredQueue
    occurrence: Upcoming


def _add(page: list[_Entry], count: int, queue: StoredQueue, ahead: Iterable[Upcoming], horizon: Horizon) -> None:
    """Puts those of the queue's occurrences into the page that have a place in it."""
    for one in _until(ahead, horizon.until):
        key = (one.time, queue.id, one.scheduled_time)
        if len(page) == count and key > page[-1].key:
            return
        if horizon.after is None or key > horizon.after:
            insort(page, _Entry(key, queue, one), key=lambda entry: entry.key)
            del page[count:]


def _until(ahead: Iterable[Upcoming], until: datetime | None) -> Iterable[Upcoming]:
    return takewhile(lambda one: until is None or one.time <= until, ahead)
