"""What a tick does before it runs due queues: it ends the pauses whose time has come."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from perennial.core.fault_points import FaultPoint, reach
from perennial.db.sql import as_id
from perennial.db.transactions import transaction
from perennial.events.publisher import EventPublisher
from perennial.jobs.alarms import RETRY_DELAY, Alarms
from perennial.jobs.worker_functions import WorkerFunction
from perennial.observe.logs import get_logger
from perennial.queues._rows import RawRow
from perennial.queues.ledger.recording import announce_executions
from perennial.queues.pausing import ending
from perennial.queues.pausing.ending import Ended
from perennial.queues.tick._faults import concerns_all

log = get_logger(__name__)


class EndedPauses:
    """Ends pauses for one tick. Any number of workers may do so at once: each takes queues that nobody has locked."""

    def __init__(self, alarms: Alarms, events: EventPublisher, excluded: set[UUID]) -> None:
        self._alarms, self._events = alarms, events
        self._excluded = excluded  # the tick's: it passes over these queues

    async def end_some(self, now: datetime) -> int:
        """Ends those of one batch of queues; returns how many these were. Raises if the database is at fault."""
        rows: Sequence[RawRow] = []
        try:
            async with transaction():
                rows = await ending.lock_ended(now, self._excluded)
                ended = await ending.end_pauses_at_their_time(rows, now)
                reach(FaultPoint.PAUSES_ENDED)
        except Exception as error:
            if concerns_all(error) or not rows:
                raise
            log.exception("pauses.failed", queues=len(rows))
            for row in rows:
                await self._end_alone(as_id(row["id"]), row["clerk_user_id"], now)
            return len(rows)
        await self._conclude(ended, now)
        if not rows:  # they are locked: by an owner who changes a queue, or by another worker
            retry_time = (now + 2 * RETRY_DELAY).replace(microsecond=0)
            await self._alarms.arm(WorkerFunction.PROCESS_QUEUES, {retry_time}, now)
        return ended.size

    async def _end_alone(self, queue_id: UUID, owner: str, now: datetime) -> None:
        """Ends the pause of one queue of a failed batch; where that fails too, this tick leaves the queue paused."""
        try:
            async with transaction():
                rows = await ending.lock_one_ended(queue_id, now)
                ended = await ending.end_pauses_at_their_time(rows, now)
        except Exception as error:
            if concerns_all(error):
                raise
            log.exception("pause.failed", queue=str(queue_id), owner=owner)
            self._excluded.add(queue_id)
        else:
            await self._conclude(ended, now)

    async def _conclude(self, ended: Ended, now: datetime) -> None:
        """What follows once it is committed."""
        self._excluded |= ended.unreadable
        announce_executions(ended.rows, self._events)
        for queue in ended.queues:
            log.info("queue.resumed", queue=str(queue.id), owner=queue.clerk_user_id)
        await self._alarms.arm(WorkerFunction.PROCESS_QUEUES, ended.times, now)
