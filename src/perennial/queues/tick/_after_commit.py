"""What follows once a tick's plans are committed: counts, lines in the log, events, and alarms."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from perennial.core.states import QueueStatus
from perennial.events.publisher import EventPublisher, Topic
from perennial.jobs.alarms import Alarms, time_to_look_again
from perennial.jobs.worker_functions import WorkerFunction
from perennial.observe.logs import get_logger
from perennial.queues.ledger.recording import announce_executions
from perennial.queues.stopping import log_paused
from perennial.queues.tick import _due_queues
from perennial.queues.tick._planning import Plan, publication_events
from perennial.queues.time_zones import log_rederived

log = get_logger(__name__)


async def announce(plans: Sequence[Plan], now: datetime, events: EventPublisher, alarms: Alarms) -> Counter[str]:
    """Logs the outcomes, publishes events, and arms alarms for the clones; returns how many had each outcome."""
    counts = announce_executions([row for one in plans for row in one.executions], events)
    for one in plans:
        if not one.executions:
            status, queue_id = one.queue_update.status.value, str(one.queue_update.id)
            log.info("queue.advanced", status=status, queue=queue_id, owner=one.owner)
        _log_what_nobody_asked_for(one)
    events.publish(Topic.PUBLICATIONS, publication_events(plans))
    times = {row.scheduled_time for one in plans for row in one.publications if row.scheduled_time}
    await alarms.arm(WorkerFunction.PUBLISH, times, now)
    return counts


def _log_what_nobody_asked_for(plan: Plan) -> None:
    """Says that the queue was paused by the service, or waits for another instant by new rules of its zone."""
    queue = plan.queue_update
    if queue.status == QueueStatus.PAUSED and queue.status_reason in {row.reason for row in plan.executions} - {None}:
        log_paused(queue.id, plan.owner, queue.status_reason)
    if plan.rederived_from is not None:
        log_rederived(queue.id, plan.owner, plan.rederived_from, queue.next_scheduled_time)


async def arm_for_locked(now: datetime, alarms: Alarms) -> None:
    """Arms alarms for queues that are due but locked, by an owner's change for example, and for the next due."""
    again, upcoming = time_to_look_again(now), await _due_queues.next_due_time(now)
    await alarms.arm(WorkerFunction.PROCESS_QUEUES, {again, upcoming or again}, now)
