"""What an owner's operation has to do with the ledger: rows for occurrences that passed, and what it has already."""

from collections import Counter
from collections.abc import Iterable, Sequence
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
from perennial.queues.ledger.known import Span, read_known
from perennial.queues.recurrence.columns import StoredQueue
from perennial.queues.recurrence.passing import NotRun, passed_without_running, reason_of_pause
from perennial.queues.recurrence.reasons import SCHEDULE_CHANGED
from perennial.queues.recurrence.recorded import without_recorded
from perennial.queues.recurrence.series import Series

log = get_logger(__name__)

RUNS_ONCE = "is in the queue's ledger already, and runs only once"
RUN_BESIDE = "runQueueNow, which runs the queue beside its occurrences"


async def record_passed(
    queue: RecurringQueue, now: datetime, goes_on_with: datetime | None = None, gone: Iterable[datetime] = ()
) -> list[NewExecution]:
    """Writes the rows of the occurrences that passed until `now` without having run: the queue goes on after them.

    `goes_on_with` is the slot that is pending from now on, if it is one of those that the queue has had; of those after
    it only what is `gone` has passed. The caller has locked the queue, and announces the rows once they are committed.
    """
    if queue.status == QueueStatus.COMPLETED:
        return []
    reason = reason_of_pause(queue.status_reason) if queue.status == QueueStatus.PAUSED else SCHEDULE_CHANGED
    passed = passed_without_running(queue, now, reason, goes_on_with, gone)
    return await record_not_run([(queue, passed)], now)


async def recorded_slots(queue: RecurringQueue, series: Series) -> set[datetime]:
    """The slots of the series, with which the queue goes on, whose occurrences the ledger has already.

    Those were moved to an earlier time, at which they ran, were skipped or failed. The caller has locked the queue.
    """
    ahead = _rows_of(queue).filter(scheduled_time__gte=series.calendar.instant(series.pending))
    slots = {series.slot_at(row["scheduled_time"]) for row in await ahead.values("scheduled_time")}
    if queue.cadence == Cadence.AFTER_EXECUTION:  # those after the pending one are counted from its run
        slots &= {series.pending}
    return {slot for slot in slots if slot is not None}


async def record_not_run(
    all_passed: Iterable[tuple[RecurringQueue | StoredQueue, tuple[NotRun, ...]]], now: datetime
) -> list[NewExecution]:
    """Writes the rows of what passed of each queue without having run, but for what the ledgers have already.

    One statement reads for all queues, and one writes. The caller has locked the queues. Returns the rows, which the
    caller announces once they are committed.
    """
    some = [(queue, not_run) for queue, not_run in all_passed if not_run]
    known = await read_known([Span.of(queue.id, [not_run[0].first, not_run[-1].last]) for queue, not_run in some])
    rows = [
        new_not_run(queue.clerk_user_id, queue.id, one, now)
        for queue, not_run in some
        for one in without_recorded(queue, not_run, known.get(queue.id, {}))
    ]
    await bulk.insert(QueueExecution, rows)
    return rows


def announce_executions(rows: Sequence[NewExecution], events: EventPublisher) -> Counter[str]:
    """What follows once new rows of the ledger are committed: counts, lines in the log, events.

    Returns how many had each outcome.
    """
    counts = metrics.count_executions(row.outcome for row in rows)
    log_info = log.bind().info
    for row in rows:
        ids = {"queue": str(row.queue_id), "owner": row.clerk_user_id}
        log_info("queue.executed", outcome=row.outcome.value, reason=row.reason, **ids)
    events.publish(Topic.EXECUTIONS, [Event(row.clerk_user_id, row.queue_id, row.id) for row in rows])
    return counts


async def check_not_in_ledger(queue: RecurringQueue, scheduled_time: datetime) -> None:
    """Raises Conflict if the ledger has a row for the occurrence: it does not run a second time."""
    if await _rows_of(queue).filter(scheduled_time=scheduled_time).exists():
        raise Conflict(f"The occurrence of {instant(scheduled_time)} {RUNS_ONCE}: use {RUN_BESIDE}.")


def _rows_of(queue: RecurringQueue) -> QuerySet[QueueExecution]:
    return QueueExecution.filter(queue_id=queue.id, queue__clerk_user_id=queue.clerk_user_id)
