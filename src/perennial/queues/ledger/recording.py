"""What an owner's operation has to do with the ledger: rows for occurrences that passed, and what it has already."""

from collections.abc import Sequence
from datetime import datetime

from tortoise.queryset import QuerySet

from perennial.core.errors import Conflict
from perennial.core.instants import instant
from perennial.core.states import Cadence, QueueStatus
from perennial.db import bulk
from perennial.db.models import QueueExecution, RecurringQueue
from perennial.events.publisher import Event, EventPublisher, Topic
from perennial.observe import metrics
from perennial.observe.logs import get_logger
from perennial.queues._rows import NewExecution, new_not_run
from perennial.queues.recurrence.passing import NotRun, passed_without_running, reason_of_pause
from perennial.queues.recurrence.reasons import SCHEDULE_CHANGED
from perennial.queues.recurrence.series import Series

log = get_logger(__name__)

RUNS_ONCE = "is in the queue's ledger already, and runs only once."


async def record_passed(
    queue: RecurringQueue, now: datetime, goes_on_with: datetime | None = None
) -> list[NewExecution]:
    """Writes the rows of the occurrences that passed until `now` without having run: the queue goes on after them.

    `goes_on_with` is the slot that is pending from now on, if it is one of those that the queue has had. The caller has
    locked the queue, and announces the rows once they are committed.
    """
    if queue.status == QueueStatus.COMPLETED:
        return []
    reason = reason_of_pause(queue.status_reason) if queue.status == QueueStatus.PAUSED else SCHEDULE_CHANGED
    return await record_not_run(queue, passed_without_running(queue, now, reason, goes_on_with), now)


async def recorded_slots(queue: RecurringQueue, series: Series) -> set[datetime]:
    """The slots of the series, with which the queue goes on, whose occurrences the ledger has already.

    Those were moved to an earlier time, at which they ran, were skipped or failed. The caller has locked the queue.
    """
    rows = await _rows_of(queue).filter(scheduled_time__gte=series.calendar.instant(series.pending))
    slots = {series.slot_at(row.scheduled_time) for row in rows}
    if queue.cadence == Cadence.AFTER_EXECUTION:  # those after the pending one are counted from its run
        slots &= {series.pending}
    return {slot for slot in slots if slot is not None}


async def record_not_run(queue: RecurringQueue, all_not_run: Sequence[NotRun], now: datetime) -> list[NewExecution]:
    """Writes the ledger's rows for them, unless it has one for their time; the caller has locked the queue.

    Returns the rows, which the caller announces once they are committed.
    """
    if not all_not_run:
        return []
    times = [one.first for one in all_not_run]
    known = _rows_of(queue).filter(scheduled_time__in=times)
    has_row = set(await known.values_list("scheduled_time", flat=True))
    rows = [new_not_run(queue.clerk_user_id, queue.id, one, now) for one in all_not_run if one.first not in has_row]
    await bulk.insert(QueueExecution, rows)
    return rows


def announce_executions(rows: Sequence[NewExecution], events: EventPublisher) -> None:
    """What follows once new rows of the ledger are committed: counts, lines in the log, events."""
    metrics.count_executions(row.outcome for row in rows)
    for row in rows:
        log.info(
            "queue.executed",
            outcome=row.outcome.value,
            reason=row.reason,
            queue=str(row.queue_id),
            owner=row.clerk_user_id,
        )
    events.publish(Topic.EXECUTIONS, [Event(row.clerk_user_id, row.queue_id, row.id) for row in rows])


async def check_not_in_ledger(queue: RecurringQueue, scheduled_time: datetime) -> None:
    """Raises Conflict if the ledger has a row for the occurrence: it does not run a second time."""
    if await _rows_of(queue).filter(scheduled_time=scheduled_time).exists():
        raise Conflict(f"The occurrence of {instant(scheduled_time)} {RUNS_ONCE}")


def _rows_of(queue: RecurringQueue) -> QuerySet[QueueExecution]:
    return QueueExecution.filter(queue_id=queue.id, queue__clerk_user_id=queue.clerk_user_id)
