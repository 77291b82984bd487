"""The occurrences ahead of a queue, by the functions with which a tick runs them: what is foreseen is what will be."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol, Self
from uuid import UUID

from perennial.core.states import Cadence, MissedRuns, QueueStatus
from perennial.queues.recurrence.changes import after_execution, after_not_executed, at_slot
from perennial.queues.recurrence.columns import Changes, Queue
from perennial.queues.recurrence.passing import Occurrence, Passed, is_due, passed
from perennial.queues.recurrence.series import EXCLUDED_DATE, Series

_LEAST = timedelta(milliseconds=1)  # all times are whole milliseconds


class QueueOfPosts(Queue, Protocol):
    """The columns of a queue from which its occurrences are foreseen."""

    @property
    def original_post_id(self) -> UUID | None:
        """The post that runs next; None: it was deleted, and the next occurrence completes the queue."""


class Upcoming(NamedTuple):
    """An occurrence ahead."""

    scheduled_time: datetime  # its slot's instant, by which it is named
    time: datetime  # when it falls due: another time than that if its owner moved it
    local_time: datetime | None  # its slot or, if it was moved, the wall time of `time`; None without a zone
    run: int | None  # how many of those ahead run before it; None: its owner skipped it


def upcoming(
    queue: QueueOfPosts, now: datetime, missed_after: timedelta, since: datetime | None = None
) -> Iterator[Upcoming]:
    """The occurrences ahead of a queue at `now`, in their order, computed as they are asked for.

    There may be no last. One that is overdue is what a tick would run now. Skipped occurrences are among them, those of
    excluded dates are not. Those that fall due before `since` are left out, which costs the same however many there
    are. With AFTER_EXECUTION each is taken to run on time.
    """
    state, limit = _Columns.of(queue), _runs_left(queue)
    if state.status != QueueStatus.ACTIVE or limit == 0:
        return
    ran = 0
    if is_due(state, now) and (series := Series.of(state)).time(series.pending) <= now:
        found = passed(state, now, missed_after)
        if found.occurrence and (since is None or found.occurrence.time >= since):
            slot = series.calendar.latest(series.pending, found.occurrence.scheduled_time)
            yield _one(state, series, slot, found.occurrence.time, ran)
        ran, state = int(found.occurrence is not None), _after(state, found, now)
    for series, turn in _stretches(state):
        start = series.pending if since is None else series.first_after(since - _LEAST)
        ran += _runs_before(series, start, turn)
        for slot in _slots(series, start, turn):
            if limit is not None and ran >= limit:
                return
            reason = series.reason_against(slot)
            if reason != EXCLUDED_DATE:
                yield _one(state, series, slot, series.time(slot), None if reason else ran)
            ran += reason is None


def post_of(posts: Sequence[UUID], one: Upcoming) -> UUID | None:
    """The post that the occurrence runs, of those of its queue in turn; None if it is skipped, or there are none."""
    return posts[one.run % len(posts)] if posts and one.run is not None else None


class _Columns(NamedTuple):
    """A copy of the columns, in which the queue goes on."""

    status: QueueStatus
    interval: int | None
    rule: str | None
    timezone: str | None
    cadence: Cadence
    next_local_time: str | None
    next_scheduled_time: datetime
    ends_at: datetime | None
    excluded_dates: str | None
    changed_occurrences: str | None
    missed_runs: MissedRuns
    missed_within_minutes: int | None
    execution_count: int
    max_executions: int | None

    @classmethod
    def of(cls, queue: Queue) -> Self:
        """Those of the queue."""
        return cls(*(getattr(queue, name) for name in cls._fields))

    def changed(self, changes: Changes) -> Self:
        """The columns with these changes."""
        given: dict[str, Any] = {name: value for name, value in changes.items() if name in self._fields}
        return self._replace(**given)


def _runs_left(queue: QueueOfPosts) -> int | None:
    """How many occurrences may run; None: any number. Without a post the first completes the queue."""
    most = None if queue.original_post_id else 1
    if queue.max_executions is None:
        return most
    left = max(queue.max_executions - queue.execution_count, 0)
    return left if most is None else min(left, most)


def _after(state: _Columns, found: Passed, now: datetime) -> _Columns:
    """The columns after what has passed ran at `now`."""
    if found.occurrence is None:
        return state.changed(after_not_executed(state, now))
    return state.changed(after_execution(state, found, found.occurrence, now))


def _stretches(state: _Columns) -> Iterator[tuple[Series, datetime | None]]:
    """The series, and its last slot if another series follows: with AFTER_EXECUTION one that was moved shifts the rest.

    A slot has at most 100 such before it, as an owner moves no more than 100 occurrences.
    """
    while state.status == QueueStatus.ACTIVE:
        series = Series.of(state)
        turns = series.changed if state.cadence == Cadence.AFTER_EXECUTION else ()
        turn = next((one for one in sorted(turns) if _is_moved(series, one) and series.has(one)), None)
        yield series, turn
        if turn is None:
            return
        time = series.time(turn)
        occurrence = Occurrence(series.calendar.instant(turn), time)
        found = Passed(series, series.calendar.next(turn), occurrence)
        state = _after(state.changed(at_slot(state, series, turn)), found, time)


def _is_moved(series: Series, slot: datetime) -> bool:
    """Whether the occurrence runs at another time than its slot's."""
    return series.changed.get(slot) is not None and series.reason_against(slot) is None


def _runs_before(series: Series, start: datetime | None, turn: datetime | None) -> int:
    """How many occurrences of the stretch run before the one with which the forecast begins; None: before its end."""
    is_behind = turn is not None and (start is None or start > turn)
    last = turn if is_behind else start and start > series.pending and series.calendar.previous(start)
    if not last or last < series.pending:
        return 0
    return series.calendar.count(series.pending, last) - len(series.not_running(series.pending, last))


def _slots(series: Series, start: datetime | None, turn: datetime | None) -> Iterator[datetime]:
    """The slots of the stretch from `start` on."""
    slot = start
    while slot is not None and (turn is None or slot <= turn):
        yield slot
        slot = series.next(slot)


def _one(queue: Queue, series: Series, slot: datetime, time: datetime, run: int | None) -> Upcoming:
    scheduled_time = series.calendar.instant(slot)
    local_time = slot if time == scheduled_time else series.calendar.slot_of(time)
    return Upcoming(scheduled_time, time, local_time if queue.timezone else None, run)
