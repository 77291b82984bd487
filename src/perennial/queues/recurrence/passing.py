"""What has passed of a queue: the occurrence that it has to run, and those that do not run, with their reasons."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from perennial.core.states import Cadence, MissedRuns, QueueStatus
from perennial.queues.recurrence.columns import RESTORED, Queue
from perennial.queues.recurrence.series import EXCLUDED_DATE, SKIPPED_BY_OWNER, Series

MISSED = "MISSED"
PAUSED = "PAUSED"


class PausedQueue(Protocol):
    """A queue that is paused."""

    @property
    def status_reason(self) -> str | None:
        """Why, if it was not its owner who paused it."""


class Occurrence(NamedTuple):
    """An occurrence that runs, and the number of earlier ones that were missed and that it stands for."""

    scheduled_time: datetime  # its slot's instant
    time: datetime  # when it fell due; another time than that if its owner moved it
    missed_count: int = 0


@dataclass(frozen=True)
class NotRun:
    """Neighbouring occurrences that do not run, for one reason: the instants of the first and the last slot."""

    first: datetime
    last: datetime
    count: int
    reason: str


@dataclass(frozen=True)
class Passed:
    """What has fallen due since the pending occurrence, which itself has: up to the slot before `following`.

    No slot follows within a hundred years where `following` is None.
    """

    series: Series
    following: datetime | None
    occurrence: Occurrence | None
    not_run: tuple[NotRun, ...] = ()


class _Range(NamedTuple):
    """Slots from one to another for which one thing is true: they do not run for this reason, or may run."""

    first: datetime
    last: datetime
    size: int
    reason: str | None


def is_due(queue: Queue, now: datetime) -> bool:
    """Whether the queue has an occurrence that has fallen due."""
    return queue.status == QueueStatus.ACTIVE and queue.next_scheduled_time <= now


def passed(queue: Queue, now: datetime, missed_after: timedelta) -> Passed:
    """What has passed of a queue whose pending occurrence has fallen due.

    The latest that its owner did not skip or exclude runs, and stands for the earlier ones; unless it is missed, which
    it is when it is later than `missed_after`, and the queue's policy says that missed ones do not run.
    """
    series = Series.of(queue)
    following = series.calendar.next(series.pending)
    is_one = queue.cadence == Cadence.AFTER_EXECUTION or following is None or series.time(following) > now
    if is_one and series.reason_against(series.pending) is None:  # as nearly always
        time = series.time(series.pending)
        if _runs(queue, now - time, missed_after):
            return Passed(series, following, Occurrence(series.calendar.instant(series.pending), time))
    last = series.pending if is_one else series.latest(now)
    following = following if is_one else series.calendar.next(last)
    ranges = _ranges(series, last)
    may_run = [one for one in ranges if one.reason is None]
    if not may_run or not _runs(queue, now - series.time(may_run[-1].last), missed_after):
        return Passed(series, following, None, _rows(series, ranges, MISSED))
    latest = may_run[-1].last
    missed = sum(one.size for one in may_run) - 1
    occurrence = Occurrence(series.calendar.instant(latest), series.time(latest), missed)
    return Passed(series, following, occurrence, _rows(series, [one for one in ranges if one.reason], MISSED))


def passed_without_running(queue: Queue, now: datetime, reason: str) -> tuple[NotRun, ...]:
    """The occurrences that have fallen due by `now`, none of which runs any more, for this reason.

    The owner's will is the reason of those that were skipped or excluded all the same.
    """
    series = Series.of(queue)
    if series.time(series.pending) > now:
        return ()
    last = series.pending if queue.cadence == Cadence.AFTER_EXECUTION else series.latest(now)
    return _rows(series, _ranges(series, last), reason)


def reason_of_pause(queue: PausedQueue) -> str:
    """Why what fell due during the queue's pause did not run: RESTORED if an operator paused it after a restore."""
    return RESTORED if queue.status_reason == RESTORED else PAUSED


def _runs(queue: Queue, late: timedelta, missed_after: timedelta) -> bool:
    """Whether the latest occurrence runs although it is so late."""
    if queue.missed_runs == MissedRuns.RUN_LATEST or late <= missed_after:
        return True
    if queue.missed_runs == MissedRuns.SKIP:
        return False
    return late <= timedelta(minutes=queue.missed_within_minutes or 0)


def _ranges(series: Series, last: datetime) -> list[_Range]:
    """All slots from the pending one to `last`, in order, those together that are neighbours and have one reason."""
    reasons = {0: EXCLUDED_DATE, 1: SKIPPED_BY_OWNER, None: None}
    found = series.calendar.stretches(series.pending, last, [series.excluded_days, series.skipped_days])
    return [_Range(one.first, one.last, one.size, reasons[one.place]) for one in found]


def _rows(series: Series, ranges: list[_Range], reason: str) -> tuple[NotRun, ...]:
    """What these are in the ledger; those that might have run did not for this reason."""
    rows: list[NotRun] = []
    for one in ranges:
        first = series.calendar.instant(one.first)
        last = first if one.first == one.last else series.calendar.instant(one.last)
        rows.append(NotRun(first, last, one.size, one.reason or reason))
    return tuple(rows)
