"""What has passed of a queue: the occurrence that it has to run, and those that do not run, with their reasons."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple, Self

from perennial.core.states import Cadence, MissedRuns, QueueStatus
from perennial.queues.recurrence.columns import Queue
from perennial.queues.recurrence.reasons import (
    EXCLUDED_DATE,
    MISSED,
    PAUSED,
    RESTORED,
    SCHEDULE_CHANGED,
    SKIPPED_BY_OWNER,
)
from perennial.queues.recurrence.series import Series


class Occurrence(NamedTuple):
    """An occurrence that runs, and the number of earlier ones that were missed and that it stands for."""

    scheduled_time: datetime  # its slot's instant
    time: datetime  # when it fell due; another time than that if its owner moved it
    missed_count: int = 0


@dataclass(frozen=True)
class NotRun:
    """Neighbouring occurrences that do not run, for one reason: the instants of the first and the last slot.

    One that its owner moved stands alone, with the time to which it was moved.
    """

    first: datetime
    last: datetime
    count: int
    reason: str
    moved_to: datetime | None = None


@dataclass(frozen=True)
class Passed:
    """What has fallen due since the pending occurrence, which itself has: up to the slot before `following`.

    No slot follows within a hundred years where `following` is None.

    With AFTER_EXECUTION the pending occurrence runs however late, and makes the others void that have fallen due since:
    the next is counted from its run. `otherwise` is what has passed if it does not run after all; None: nothing else.
    """

    series: Series
    following: datetime | None
    occurrence: Occurrence | None
    not_run: tuple[NotRun, ...] = ()
    otherwise: Self | None = None


class _JudgedStretch(NamedTuple):
    """Slots from one to another for which one thing is true: they do not run for this reason, or may run.

    One that its owner moved is alone.
    """

    first: datetime
    last: datetime
    size: int
    reason: str | None
    moved_to: datetime | None = None


def is_due(queue: Queue, now: datetime) -> bool:
    """Whether the queue has an occurrence that has fallen due, and does so by the present rules of its zone."""
    if queue.status != QueueStatus.ACTIVE or queue.next_scheduled_time > now:
        return False
    series = Series.of(queue)
    return series.time(series.pending) <= now


def runs_so_late(queue: Queue, late: timedelta, missed_after: timedelta) -> bool:
    """Whether an occurrence of the queue runs that is so late; what is later than `missed_after` is missed."""
    if queue.missed_runs == MissedRuns.RUN_LATEST or late <= missed_after:
        return True
    if queue.missed_runs == MissedRuns.SKIP:
        return False
    return late <= timedelta(minutes=queue.missed_within_minutes or 0)


def passed(queue: Queue, now: datetime, missed_after: timedelta) -> Passed:
    """What has passed of a queue whose pending occurrence has fallen due.

    The latest that its owner did not skip or exclude runs, and stands for the earlier ones; unless it is missed, which
    it is when it is later than `missed_after`, and the queue's policy says that missed ones do not run.
    """
    series = Series.of(queue)
    following = _following(queue, series)
    is_one = following is None or series.time(following) > now
    if (is_one or queue.cadence == Cadence.AFTER_EXECUTION) and series.reason_against(series.pending) is None:
        scheduled_time = series.calendar.instant(series.pending)
        time = series.changed.get(series.pending) or scheduled_time
        if runs_so_late(queue, now - time, missed_after):  # as nearly always
            occurrence = Occurrence(scheduled_time, time)
            otherwise = None if is_one else _all_passed(queue, series, now, missed_after)
            return Passed(series, following, occurrence, otherwise=otherwise)
    return _all_passed(queue, series, now, missed_after)


def _all_passed(queue: Queue, series: Series, now: datetime, missed_after: timedelta) -> Passed:
    """What has passed if all slots count that have fallen due since the pending one."""
    last = series.latest(now)
    following, stretches = series.calendar.next(last), _judged_stretches(queue, series, last)
    may_run = [one for one in stretches if one.reason is None]
    if not may_run or not runs_so_late(queue, now - series.time(may_run[-1].last), missed_after):
        return Passed(series, following, None, _rows(series, stretches, MISSED))
    latest = may_run[-1].last
    missed = sum(one.size for one in may_run) - 1
    occurrence = Occurrence(series.calendar.instant(latest), series.time(latest), missed)
    return Passed(series, following, occurrence, _rows(series, [one for one in stretches if one.reason], MISSED))


def passed_without_running(
    queue: Queue,
    now: datetime,
    reason: str,
    goes_on_with: datetime | None = None,
    gone: Iterable[datetime] = (),
) -> tuple[NotRun, ...]:
    """The occurrences that have fallen due by `now`, none of which runs any more, for this reason.

    Of those that were skipped or excluded the owner's will is the reason all the same. If the queue goes on with one of
    its slots, `goes_on_with`, that and those after it have not passed. Those that are `gone` have, wherever they are:
    each has a row of its own, whose reason is the change of the schedule.
    """
    series = Series.of(queue)
    last = series.latest(now) if series.time(series.pending) <= now else None
    if goes_on_with is not None and last is not None and goes_on_with <= last:
        last = series.calendar.previous(goes_on_with) if goes_on_with > series.pending else None
    rows = _rows(series, _judged_stretches(queue, series, last), reason) if last is not None else ()
    return rows + _rows(series, [_alone(series, slot) for slot in gone], SCHEDULE_CHANGED)


def runs_no_more(queue: Queue, now: datetime, reason: str) -> Passed:
    """What has passed by `now` of a queue that does not run any more, for this reason."""
    return Passed(Series.of(queue), None, None, passed_without_running(queue, now, reason))


def reason_of_pause(status_reason: str | None) -> str:
    """Why what fell due during such a pause did not run: RESTORED if an operator paused the queue after a restore."""
    return RESTORED if status_reason == RESTORED else PAUSED


def _following(queue: Queue, series: Series) -> datetime | None:
    """The slot after the pending one.

    With AFTER_EXECUTION none comes before the pending one has had its time: it can be moved past others, as these are
    not known yet.
    """
    following, moved = series.calendar.next(series.pending), series.changed.get(series.pending)
    if following and moved and queue.cadence == Cadence.AFTER_EXECUTION:
        return series.calendar.first_after(following, moved)
    return following


def _judged_stretches(queue: Queue, series: Series, last: datetime) -> list[_JudgedStretch]:
    """All slots from the pending one to `last`, in order, those together that are neighbours and have one reason.

    However long that is, they are not many: an owner can exclude 366 dates, and skip or move a hundred occurrences.
    """
    first, stretches = series.pending, list[_JudgedStretch]()
    if series.changed.get(first):
        stretches, following = [_alone(series, first)], _following(queue, series)
        if following is None or following > last:
            return stretches
        first = following
    places = [series.moved_days, series.excluded_days, series.skipped_days]
    reasons = {1: EXCLUDED_DATE, 2: SKIPPED_BY_OWNER, None: None}
    for one in series.calendar.stretches(first, last, places):
        if one.place == 0:
            stretches += [_alone(series, slot) for slot in islice(series.from_slot(one.first), one.size)]
        else:
            stretches.append(_JudgedStretch(one.first, one.last, one.size, reasons[one.place]))
    return stretches


def _alone(series: Series, slot: datetime) -> _JudgedStretch:
    """A slot by itself; one whose occurrence was moved may have been excluded since."""
    return _JudgedStretch(slot, slot, 1, series.reason_against(slot), series.changed.get(slot))


def _rows(series: Series, stretches: list[_JudgedStretch], reason: str) -> tuple[NotRun, ...]:
    """What these are in the ledger; those that might have run did not for this reason."""
    rows: list[NotRun] = []
    for one in stretches:
        first = series.calendar.instant(one.first)
        last = first if one.first == one.last else series.calendar.instant(one.last)
        rows.append(NotRun(first, last, one.size, one.reason or reason, one.moved_to))
    return tuple(rows)
