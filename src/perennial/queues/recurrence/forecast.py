"""The occurrences ahead of a queue, by the functions with which a tick runs them: what is foreseen is what will be."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from perennial.core.instants import LEAST
from perennial.core.states import Cadence, QueueStatus
from perennial.queues.recurrence.changes import after_execution, after_not_executed
from perennial.queues.recurrence.columns import StoredQueue
from perennial.queues.recurrence.passing import Passed, is_due, passed
from perennial.queues.recurrence.series import Series


class Upcoming(NamedTuple):
    """An occurrence ahead."""

    scheduled_time: datetime  # its slot's instant, by which it is named
    time: datetime  # when it falls due: another time than that if its owner moved it
    local_time: datetime | None  # its slot or, if it was moved, the wall time of `time`; None without a zone
    run: int | None  # how many of those ahead run before it; None: its owner skipped it


def upcoming(
    queue: StoredQueue, now: datetime, missed_after: timedelta, since: datetime | None = None
) -> Iterator[Upcoming]:
    """The occurrences ahead of a queue at `now`, in their order, computed as they are asked for.

    There may be no last. One that is overdue is what a tick would run now. Skipped occurrences are among them, those of
    excluded dates are not. Those that fall due before `since` are left out, which costs the same however many there
    are. With AFTER_EXECUTION each is taken to run on time.
    """
    limit, ran = _runs_left(queue), 0
    if queue.status != QueueStatus.ACTIVE or limit == 0:
        return
    series = Series.of(queue)
    if (tick := _first_tick(queue, series, now)) is not None:
        found = passed(queue, tick, missed_after)
        if found.occurrence and (since is None or found.occurrence.time >= since):
            ran_slot = series.calendar.latest(series.pending, found.occurrence.scheduled_time)
            yield _one(queue, series, ran_slot, found.occurrence.time, 0)
        ran, queue = int(found.occurrence is not None), _after(queue, found, tick)
        if queue.status != QueueStatus.ACTIVE:
            return
        series = Series.of(queue)
    slot: datetime | None = series.pending if since is None else series.first_after(since - LEAST)
    ran += _runs_before(series, slot)
    slot = series.unless_excluded(slot)
    while slot is not None and (limit is None or ran < limit):
        reason = series.reason_against(slot)
        yield _one(queue, series, slot, series.time(slot), None if reason else ran)
        ran += reason is None
        slot = series.unless_excluded(series.next(slot))


def post_of(posts: Sequence[UUID], one: Upcoming) -> UUID | None:
    """The post that the occurrence runs, of those of its queue in turn; None if it is skipped, or there are none."""
    return posts[one.run % len(posts)] if posts and one.run is not None else None


def _runs_left(queue: StoredQueue) -> int | None:
    """How many occurrences may run; None: any number. Without a post the first completes the queue."""
    most = None if queue.original_post_id else 1
    if queue.max_executions is None:
        return most
    left = max(queue.max_executions - queue.execution_count, 0)
    return left if most is None else min(left, most)


def _after(queue: StoredQueue, found: Passed, now: datetime) -> StoredQueue:
    """The queue after what has passed ran at `now`."""
    if found.occurrence is None:
        return queue._replace(**after_not_executed(queue, now))
    return queue._replace(**after_execution(queue, found, found.occurrence, now))


def _first_tick(queue: StoredQueue, series: Series, now: datetime) -> datetime | None:
    """When the pending occurrence runs, if it is not simply the first of the series; None: it is.

    It is overdue, or was moved in a queue whose next occurrences are counted from its run.
    """
    if is_due(queue, now):
        return now
    is_moved = series.changed.get(series.pending) is not None
    return series.time(series.pending) if is_moved and queue.cadence == Cadence.AFTER_EXECUTION else None


def _runs_before(series: Series, slot: datetime | None) -> int:
    """How many occurrences from the pending one on run before this one."""
    last = series.calendar.previous(slot) if slot is not None and slot > series.pending else None
    if last is None:
        return 0
    return series.calendar.count(series.pending, last, series.not_running)


def _one(queue: StoredQueue, series: Series, slot: datetime, time: datetime, run: int | None) -> Upcoming:
    scheduled_time = series.calendar.instant(slot)
    local_time = slot if time == scheduled_time else series.calendar.slot_of(time)
    return Upcoming(scheduled_time, time, local_time if queue.timezone else None, run)
