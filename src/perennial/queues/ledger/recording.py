"""What an owner's operation has to do with the ledger: rows for occurrences that passed, and what has run already."""

from collections.abc import Sequence
from datetime import datetime

from tortoise.queryset import QuerySet

from perennial.core.errors import InvalidInput
from perennial.core.instants import instant
from perennial.core.states import QueueStatus
from perennial.db import bulk
from perennial.db.models import QueueExecution, RecurringQueue
from perennial.events.publisher import Event, EventPublisher, Topic
from perennial.observe import metrics
from perennial.observe.logs import get_logger
from perennial.queues._rows import NewExecution, new_not_run
from perennial.queues.recurrence.passing import MISSED, NotRun, passed_without_running, reason_of_pause

log = get_logger(__name__)


async def record_passed(queue: RecurringQueue, now: datetime) -> list[NewExecution]:
    """Writes the rows of the occurrences that passed until `now` without having run: the queue goes on behind them.

    The caller has locked the queue, and announces the rows once they are committed.
    """
    if queue.status == QueueStatus.COMPLETED:
        return []
    reason = reason_of_pause(queue.status_reason) if queue.status == QueueStatus.PAUSED else MISSED
    return await record_not_run(queue, passed_without_running(queue, now, reason), now)


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
    """Raises InvalidInput if the ledger has a row for the occurrence: it does not run a second time."""
    if await _rows_of(queue).filter(scheduled_time=scheduled_time).exists():
        raise InvalidInput(
            "nextScheduledTime",
            f"The occurrence of {instant(scheduled_time)} is in the queue's ledger already, and runs only once.",
        )


def _rows_of(queue: RecurringQueue) -> QuerySet[QueueExecution]:
    return QueueExecution.filter(queue_id=queue.id, queue__clerk_user_id=queue.clerk_user_id)
