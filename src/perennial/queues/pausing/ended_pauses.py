"""Ends the pauses whose time has come, each at that time: for a tick, or for an owner who comes before it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from perennial.core.fault_points import FaultPoint, reach
from perennial.db.outages import concerns_all
from perennial.db.sql import as_id, limit_lock_waits
from perennial.db.transactions import transaction
from perennial.events.publisher import EventPublisher
from perennial.jobs.alarms import Alarms, time_to_look_again
from perennial.jobs.worker_functions import WorkerFunction
from perennial.observe.logs import get_logger
from perennial.queues._rows import RawRow
from perennial.queues.ledger.recording import announce_executions
from perennial.queues.pausing import ending
from perennial.queues.pausing.ending import Ended

log = get_logger(__name__)


class EndedPauses:
    """Ends pauses at their own time. Any number of workers and owners may do so at once."""

    def __init__(self, alarms: Alarms, events: EventPublisher, excluded: set[UUID] | None = None) -> None:
        self._alarms, self._events = alarms, events
        self._excluded = set[UUID]() if excluded is None else excluded  # a tick's: it passes over these queues

    async def end_some(self, now: datetime) -> int:
        """Ends those of one batch of queues that nobody has locked; returns how many these were.

        Raises if the database is at fault.
        """
        size = await self._end(lambda: ending.lock_ended(now, self._excluded), now)
        if not size:  # they are locked: by an owner who changes a queue, or by another worker
            await self._alarms.arm(WorkerFunction.PROCESS_QUEUES, [time_to_look_again(now)], now)
        return size

    async def end_of(
        self, owner: str, now: datetime, queue_id: UUID | None = None, lock_seconds: float | None = None
    ) -> None:
        """Ends those of an owner's queues, or of this one, before the owner does something with them at `now`.

        So what falls due at the end of a pause runs, whoever comes first. One that fails stays paused. Raises if the
        database is at fault, or somebody holds a queue for too long, for longer than `lock_seconds` if they are given.
        """

        async def lock() -> list[RawRow]:
            if lock_seconds is not None:
                await limit_lock_waits(lock_seconds)
            return await ending.lock_ended_of(owner, ids[: ending.PAUSES_BATCH_SIZE], now)

        ids = await ending.ended_of(owner, now, queue_id)
        while ids:  # those that were taken are among the first ones; the others are no longer paused
            ids = ids[await self._end(lock, now) or ending.PAUSES_BATCH_SIZE :]

    async def _end(self, lock: Callable[[], Awaitable[list[RawRow]]], now: datetime) -> int:
        """Ends the pauses of the queues that are locked so; returns how many these were."""
        rows: Sequence[RawRow] = []
        try:
            async with transaction():
                rows = await lock()
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
        return ended.size

    async def _end_alone(self, queue_id: UUID, owner: str, now: datetime) -> None:
        """Ends the pause of one queue of a failed batch; where that fails too, the queue stays paused."""
        try:
            async with transaction():
                rows = await ending.lock_one_ended(owner, queue_id, now)
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
