"""What an owner should know although what was asked for is done."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from perennial.core.errors import WarningCode
from perennial.core.instants import LEAST, instant
from perennial.core.states import QueueStatus
from perennial.queues.calendar.rules import rule_warnings
from perennial.queues.recurrence.changes import next_running, next_slot
from perennial.queues.recurrence.columns import Queue
from perennial.queues.recurrence.series import Series
from perennial.queues.rotation import AnyQueue


class Notice(NamedTuple):
    """One of them: its code, a sentence for the owner, and the input's field that it is about, if it is one alone."""

    code: WarningCode
    message: str
    field: str | None = None


def about_days(queue: AnyQueue, now: datetime) -> list[Notice]:
    """What the owner of such a queue should know: days that its rule leaves out, and that its next one is excluded.

    Or that none is left that runs, as `about_none_left` has it.
    """
    series = Series.of(queue)
    sentences = rule_warnings(series.calendar.rule, series.pending.date()) if queue.rule is not None else []
    notices = [Notice(WarningCode.RULE_LEAVES_OUT, sentence, "rule") for sentence in sentences]
    if series.pending.date() in series.excluded and queue.status != QueueStatus.COMPLETED:
        first = _first_running(queue, now)
        then = f"the queue runs next at {instant(series.time(first))}" if first else _ends(queue)
        message = f"The occurrence of {series.pending.date()} is on one of the excluded dates: {then}."
        return [*notices, Notice(WarningCode.EXCLUDED_DATE, message, "excludedDates")]
    return [*notices, *about_none_left(queue, now)]


def about_none_left(queue: AnyQueue, now: datetime, field: str | None = None) -> list[Notice]:
    """What the owner should know of a queue of which no occurrence ahead runs, as the others are skipped or excluded.

    What falls due in a pause does not run either. A queue that is completed shows that.
    """
    if queue.status == QueueStatus.COMPLETED or _first_running(queue, now) is not None:
        return []
    message = f"No occurrence of the queue is left that runs: {_ends(queue)}."
    return [Notice(WarningCode.NO_OCCURRENCE_LEFT, message, field)]


def about_end_in_pause(queue: Queue, until: datetime) -> list[Notice]:
    """What the owner should know of a pause until then of a queue of which nothing runs after it."""
    series, just_before = Series.of(queue), until - LEAST
    if next_running(queue, series, just_before) is not None:
        return []
    left = f"No occurrence of the queue is left from {instant(until)} on"
    completed = ": it is completed once the pause ends."
    if next_slot(queue, series, just_before) is not None:
        completed = " that runs: it is completed after the pause, once what is skipped or excluded has passed."
    return [Notice(WarningCode.ENDS_WITH_PAUSE, left + completed, "until")]


def about_paused_then(queue: AnyQueue, time: datetime, field: str) -> list[Notice]:
    """What the owner should know of an occurrence that is to run at this time, if that is in the queue's pause."""
    if queue.status != QueueStatus.PAUSED or (queue.paused_until and queue.paused_until <= time):
        return []
    end = f"until {instant(queue.paused_until)}" if queue.paused_until else "until it is resumed"
    message = f"The queue is paused {end}: the occurrence does not run at {instant(time)} if it is still paused then."
    return [Notice(WarningCode.PAUSED_THEN, message, field)]


def about_given_up(pending: datetime, series: Series) -> list[Notice]:
    """What the owner should know of a pending time, if the queue, with these occurrences, does not run then."""
    time = series.first_time()
    if time == pending:
        return []
    then = f"it runs at {instant(time)}" if time else "no occurrence is left that runs before the queue ends"
    message = f"The queue's pending time, {instant(pending)}, is given up: {then}."
    return [Notice(WarningCode.PENDING_TIME_GIVEN_UP, message)]


def about_last_run(pending: datetime) -> list[Notice]:
    """What the owner should know of a time that had just come, where a run by hand was the last one."""
    message = f"The queue's pending time, {instant(pending)}, is given up: this was the last run of maxExecutions."
    return [Notice(WarningCode.PENDING_TIME_GIVEN_UP, message)]


def about_overdue(time: datetime) -> list[Notice]:
    """What the owner should know who pauses a queue that had to run at this time, and had not."""
    message = (
        f"The queue's pending time, {instant(time)}, is given up: it had come, and the queue was paused before it ran. "
        "Call runQueueNow to run it nevertheless."
    )
    return [Notice(WarningCode.PENDING_TIME_GIVEN_UP, message)]


def about_dropped(names: Sequence[datetime]) -> list[Notice]:
    """What the owner should know of occurrences of these names that were skipped or moved, and no longer are."""
    message = f"What was skipped or moved is forgotten, as the queue goes on without it: {named(names)}."
    return [Notice(WarningCode.CHANGES_DROPPED, message)] if names else []


def about_recorded(names: Sequence[datetime]) -> list[Notice]:
    """What the owner should know of occurrences ahead of these names that the ledger has: they were moved earlier."""
    these, they = ("this occurrence", "it does") if len(names) == 1 else ("these occurrences", "they do")
    message = f"The queue's ledger has {these} already, so {they} not run: {named(names)}."
    return [Notice(WarningCode.ALREADY_IN_LEDGER, message)] if names else []


def _first_running(queue: AnyQueue, now: datetime) -> datetime | None:
    """The first slot whose occurrence runs, by its owner's will: after a pause, if there is one. None: none does."""
    series = Series.of(queue)
    if queue.status != QueueStatus.PAUSED:
        return series.first_running()
    return next_running(queue, series, queue.paused_until - LEAST if queue.paused_until else now)


def _ends(queue: Queue) -> str:
    return f"the queue ends without {'running again' if queue.execution_count else 'having run'}"


def named(names: Sequence[datetime]) -> str:
    """The first three of them, and how many more there are."""
    return ", ".join(map(instant, names[:3])) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
