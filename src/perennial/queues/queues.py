"""An owner's operations on recurring queues. Every query names the owner."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from perennial.core.errors import NotFound
from perennial.core.ids import new_id
from perennial.core.states import Cadence, OnDuplicate, QueueStatus
from perennial.db.models import RecurringQueue
from perennial.db.transactions import transaction
from perennial.events.publisher import EventPublisher
from perennial.idempotency.keys import Key, reserve_key
from perennial.jobs.alarms import Alarms
from perennial.jobs.worker_functions import WorkerFunction
from perennial.observe.logs import bind_log_ids
from perennial.posts.quotas import UNLIMITED, Quota
from perennial.queues._rows import NewExecution
from perennial.queues.ledger.recording import announce_executions, record_passed, recorded_slots
from perennial.queues.owned import get_queue, lock_queue, write_queue
from perennial.queues.pausing.ended_pauses import EndedPauses
from perennial.queues.pausing.pauses import Pause, pause_queue
from perennial.queues.resuming import Start, resume_queue
from perennial.queues.rotation import change_posts, check_posts, lock_posts, start_rotation
from perennial.queues.settings.checks import MissedRunsGiven, checked_columns
from perennial.queues.settings.notices import Notice
from perennial.queues.settings.schedules import changed_columns, new_schedule, with_columns, with_one_pattern


@dataclass(frozen=True)
class QueueInput:
    """A user's input for a new queue: its posts in their order, `interval` in days, `max_executions` None: no limit."""

    post_ids: Sequence[UUID]
    interval: int | None
    next_scheduled_time: datetime
    max_executions: int | None
    cadence: Cadence
    rule: str | None = None
    timezone: str | None = None
    ends_at: datetime | None = None
    excluded_dates: Collection[date] = ()
    missed_runs: MissedRunsGiven | None = None
    on_duplicate: OnDuplicate = OnDuplicate.SKIP
    name: str | None = None

    def settings(self) -> dict[str, Any]:
        """The settings, without the posts."""
        return {name: value for name, value in vars(self).items() if name != "post_ids"}


class ChangedQueue(NamedTuple):
    """A queue after an operation, and what its owner should know about that."""

    queue: RecurringQueue
    notices: Sequence[Notice]


@dataclass(frozen=True)
class Queues:
    """The operations on queues. `now` is the current time, `owner` the authenticated user.

    What is later than `missed_after` is missed.
    """

    alarms: Alarms
    events: EventPublisher
    quota: Quota = UNLIMITED
    missed_after: timedelta = timedelta(minutes=5)

    async def create(self, owner: str, new: QueueInput, now: datetime, key: Key | None = None) -> RecurringQueue:
        """Creates an active queue.

        Raises InvalidInput, NotFound if the owner has not each of the posts, QuotaExceeded, KeyTaken.
        """
        check_posts(new.post_ids)
        columns = checked_columns(with_one_pattern(new.settings()), 0)
        queue = RecurringQueue(id=new_id(), clerk_user_id=owner, **columns, created_at=now, updated_at=now)
        queue = with_columns(queue, new_schedule(queue, now))
        async with transaction():
            await reserve_key(key, queue.id)
            await self.quota.check(owner)
            await lock_posts(owner, new.post_ids)
            queue.original_post_id = new.post_ids[0]
            await queue.save(force_create=True)
            await start_rotation(queue.id, new.post_ids)
        bind_log_ids(queue=str(queue.id))
        await self.alarms.arm(WorkerFunction.PROCESS_QUEUES, [queue.next_scheduled_time], now)
        return await get_queue(owner, queue.id)

    async def update(self, owner: str, queue_id: UUID, given: Mapping[str, Any], now: datetime) -> ChangedQueue:
        """Changes the settings that are given, by the names of QueueInput; all but the cadence.

        Raises InvalidInput, NotFound.
        """
        await self._end_pause(owner, queue_id, now)
        settings = {name: value for name, value in given.items() if name != "post_ids"}
        async with transaction():
            queue = await lock_queue(owner, queue_id)
            columns, schedule = changed_columns(queue, settings, now)
            rows: list[NewExecution] = []
            if schedule:
                rows = await record_passed(queue, now, schedule.goes_on_with, schedule.gone)
                schedule = schedule.without(await recorded_slots(queue, schedule.series))
                columns |= schedule.columns
            if "post_ids" in given:
                columns["original_post_id"] = await change_posts(queue, given["post_ids"])
            if columns:
                await write_queue(queue, columns, now)
        announce_executions(rows, self.events)
        if queue.status == QueueStatus.ACTIVE and schedule and schedule.moves:
            await self.alarms.arm(WorkerFunction.PROCESS_QUEUES, [columns["next_scheduled_time"]], now)
        notices = [*schedule.notices_of_time(self.missed_after), *schedule.notices] if schedule else []
        return ChangedQueue(await get_queue(owner, queue_id), notices)

    async def delete(self, owner: str, queue_id: UUID) -> UUID:
        """Deletes the queue and its ledger; clones that are already scheduled are still published. Raises NotFound."""
        await delete_queue(owner, queue_id)
        return queue_id

    async def pause(self, owner: str, queue_id: UUID, pause: Pause, now: datetime) -> ChangedQueue:
        """Pauses the queue, or changes its pause. Raises NotFound, or Conflict if it is completed."""
        await self._end_pause(owner, queue_id, now)
        notices = await pause_queue(owner, queue_id, pause, now, self.missed_after)
        await self.alarms.arm(WorkerFunction.PROCESS_QUEUES, pause.alarm_times, now)
        return ChangedQueue(await get_queue(owner, queue_id), notices)

    async def resume(self, owner: str, queue_id: UUID, start: Start, now: datetime) -> ChangedQueue:
        """Makes a paused or completed queue active again; it runs next as `start` says.

        Raises InvalidInput, NotFound, or Conflict while `max_executions` is still reached, the queue has ended, or the
        original is gone.
        """
        await self._end_pause(owner, queue_id, now)
        resumed = await resume_queue(owner, queue_id, start, now)
        announce_executions(resumed.rows, self.events)
        await self.alarms.arm(WorkerFunction.PROCESS_QUEUES, resumed.times, now)
        return ChangedQueue(await get_queue(owner, queue_id), resumed.notices)

    async def _end_pause(self, owner: str, queue_id: UUID, now: datetime) -> None:
        """Ends the queue's pause, if its time has come before a tick."""
        await EndedPauses(self.alarms, self.events).end_of(owner, now, queue_id)


async def delete_queue(owner: str, queue_id: UUID) -> None:
    """`Queues.delete`, in a transaction."""
    async with transaction():
        if not await RecurringQueue.filter(id=queue_id, clerk_user_id=owner).delete():
            raise NotFound("queue")
