"""Runs a queue at once because its owner asks for it, beside its occurrences, as a tick runs one of those."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from perennial.core import clock
from perennial.core.errors import Conflict, NotFound
from perennial.core.ids import new_id
from perennial.core.instants import LEAST
from perennial.core.publication_codes import ACCOUNT_MISSING, RECONNECT_REQUIRED
from perennial.core.states import Cadence, QueueStatus
from perennial.db.models import QueueExecution, RecurringQueue
from perennial.db.transactions import transaction
from perennial.events.publisher import EventPublisher
from perennial.idempotency.keys import Key, reserve_key
from perennial.jobs.alarms import Alarms
from perennial.queues.pausing.ended_pauses import EndedPauses
from perennial.queues.recurrence.changes import after_extra_execution
from perennial.queues.recurrence.columns import StoredQueue
from perennial.queues.recurrence.passing import Passed, reason_of_pause, runs_no_more
from perennial.queues.recurrence.reasons import MAX_EXECUTIONS_REACHED, ORIGINAL_POST_DELETED
from perennial.queues.recurrence.series import Series
from perennial.queues.resuming import check_has_runs_left, without_time
from perennial.queues.settings.notices import Notice, about_last_run
from perennial.queues.tick import _due_queues
from perennial.queues.tick._accounts import Refusal
from perennial.queues.tick._after_commit import announce
from perennial.queues.tick._due import Due
from perennial.queues.tick._planning import Plan, by_hand

_NOTHING = "Nothing can be published now"
# By the reason of a refusal. Where platforms have different ones, it names each with its own.
_WHY = {
    ORIGINAL_POST_DELETED: "the queue's post was deleted",
    ACCOUNT_MISSING: "no account is connected on any platform of the post: connectAccount connects one",
    RECONNECT_REQUIRED: "no account's tokens are accepted any more: connectAccount connects an account again",
}


@dataclass(frozen=True)
class RunNow:
    """Runs queues by hand."""

    alarms: Alarms
    events: EventPublisher

    async def run(self, owner: str, queue_id: UUID, key: Key) -> QueueExecution:
        """Makes a clone of the post whose turn it is, which goes out now, and writes an extra row of the ledger.

        The time is read once the queue is locked: an earlier one could lie before that of a tick that had the queue.
        The pending occurrence stays; but if this is the last run that the queue may have, what has fallen due does not
        run any more, and the ledger says so. Raises NotFound, KeyTaken, or Conflict if the queue is completed, or
        nothing can be published; then nothing is written.
        """
        await EndedPauses(self.alarms, self.events).end_of(owner, await clock.now(), queue_id)
        execution_id = new_id()
        async with transaction():
            await reserve_key(key, execution_id)
            queue = await _due_queues.lock_of_owner(owner, queue_id)
            if queue is None:
                raise NotFound("queue")
            now = await clock.now()
            plan = await _plan(queue, now, execution_id)
            await _due_queues.write_plans([plan])
        await announce([plan], now, self.events, self.alarms)
        return await get_execution(owner, execution_id)


async def get_execution(owner: str, execution_id: UUID) -> QueueExecution:
    """The row of the owner's ledgers. Raises NotFound."""
    row = await QueueExecution.filter(id=execution_id, queue__clerk_user_id=owner).first()
    if row is None:
        raise NotFound("execution")
    return row


async def notices_of_run(queue: RecurringQueue, execution: QueueExecution) -> list[Notice]:
    """What the owner should know of a run of the queue by hand: what had fallen due, and does not run after the last.

    With AFTER_EXECUTION that was the pending occurrence alone, as the others are counted from its run.
    """
    if queue.status != QueueStatus.COMPLETED:
        return []
    beside = QueueExecution.filter(queue_id=queue.id, queue__clerk_user_id=queue.clerk_user_id)
    given_up = beside.filter(executed_time=execution.executed_time, reason=MAX_EXECUTIONS_REACHED)
    is_first = queue.cadence == Cadence.AFTER_EXECUTION
    row = await given_up.order_by("scheduled_time" if is_first else "-scheduled_time").first()
    if row is None:
        return []
    first = row.moved_to or row.scheduled_time
    return about_last_run(first if is_first else row.until or first)


async def _plan(queue: StoredQueue, now: datetime, execution_id: UUID) -> Plan:
    await check_has_runs_left(queue)
    if queue.status == QueueStatus.COMPLETED:
        without_time(queue, None, now)  # if it has ended, this says what has to be done
        raise Conflict("The queue is completed; resume it first.")
    ((due, found),) = await _due_queues.prepare([Due(queue, _given_up(queue, now), now)], pause_after_failures=0)
    if isinstance(found, Refusal):
        raise Conflict(f"{_NOTHING}, as {_WHY.get(found.reason, f'no account can be used: {found.reason}')}.")
    rows = await QueueExecution.filter(
        queue_id=queue.id, queue__clerk_user_id=queue.clerk_user_id, scheduled_time__gte=now
    )
    return by_hand(due, found, _free_time(queue, now, {row.scheduled_time for row in rows}), execution_id)


def _given_up(queue: StoredQueue, now: datetime) -> Passed | None:
    """What has fallen due and does not run any more, as this run completes the queue; None: there is nothing."""
    is_last = after_extra_execution(queue).get("status") == QueueStatus.COMPLETED
    if not is_last or queue.next_scheduled_time > now:
        return None
    is_paused = queue.status == QueueStatus.PAUSED
    return runs_no_more(queue, now, reason_of_pause(queue.status_reason) if is_paused else MAX_EXECUTIONS_REACHED)


def _free_time(queue: StoredQueue, now: datetime, taken: Collection[datetime]) -> datetime:
    """The first millisecond from `now` on that is neither in the queue's ledger nor the name of an occurrence."""
    series, time = Series.of(queue), now
    while time in taken or series.slot_at(time) is not None:
        time += LEAST
    return time
