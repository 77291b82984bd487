"""An owner's operations on recurring queues. Every query names the owner."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from perennial.core.errors import Conflict, NotFound
from perennial.core.ids import new_id
from perennial.core.states import Cadence, QueueStatus
from perennial.db.models import Post, RecurringQueue
from perennial.db.transactions import transaction
from perennial.idempotency.keys import Key, reserve_key
from perennial.jobs.alarms import Alarms
from perennial.jobs.worker_functions import WorkerFunction
from perennial.observe.logs import bind_log_ids
from perennial.posts.posts import prefetch_publications
from perennial.posts.quotas import UNLIMITED, Quota
from perennial.posts.scheduling import validated_time
from perennial.queues._checks import check_interval, check_max_executions, checked_changes
from perennial.queues._rows import record_not_run
from perennial.queues.recurrence.changes import (
    ResumeFrom,
    active,
    after_resuming,
    at_slot,
    default_start,
    has_reached_maximum,
)
from perennial.queues.recurrence.passing import passed_while_paused
from perennial.queues.recurrence.series import Series


@dataclass(frozen=True)
class QueueInput:
    """A user's input for a new queue; `interval` is in days, `max_executions` None means no limit."""

    original_post_id: UUID
    interval: int
    next_scheduled_time: datetime
    max_executions: int | None
    cadence: Cadence


@dataclass(frozen=True)
class Queues:
    """The operations on queues. `now` is the current time, `owner` the authenticated user."""

    alarms: Alarms
    quota: Quota = UNLIMITED

    async def create(self, owner: str, new: QueueInput, now: datetime, key: Key | None = None) -> RecurringQueue:
        """Creates an active queue.

        Raises InvalidInput, NotFound if the owner has no such post, QuotaExceeded, KeyTaken.
        """
        queue_id = new_id()
        next_time = validated_time("nextScheduledTime", new.next_scheduled_time, now)
        check_interval(new.interval)
        check_max_executions(new.max_executions, 0)
        async with transaction():
            await reserve_key(key, queue_id)
            await self.quota.check(owner)
            # The lock keeps the post from being deleted until the queue that names it is written.
            post = await Post.filter(id=new.original_post_id, clerk_user_id=owner).select_for_update().first()
            if post is None:
                raise NotFound("post")
            await RecurringQueue.create(
                id=queue_id,
                clerk_user_id=owner,
                original_post_id=post.id,
                status=QueueStatus.ACTIVE,
                interval=new.interval,
                cadence=new.cadence,
                next_scheduled_time=next_time,
                max_executions=new.max_executions,
                created_at=now,
                updated_at=now,
            )
        bind_log_ids(queue=str(queue_id))
        await self.alarms.arm(WorkerFunction.PROCESS_QUEUES, [next_time], now)
        return await get_queue(owner, queue_id)

    async def update(self, owner: str, queue_id: UUID, changes: dict[str, Any], now: datetime) -> RecurringQueue:
        """Changes the given columns: `interval` (days), `next_scheduled_time`, `max_executions` (None: no limit).

        A new interval does not move the pending occurrence. Raises InvalidInput, NotFound.
        """
        async with transaction():
            queue = await lock_queue(owner, queue_id)
            checked = checked_changes(changes, queue, now)
            if checked:
                await _write(queue, checked, now)
        if queue.status == QueueStatus.ACTIVE and "next_scheduled_time" in checked:
            await self.alarms.arm(WorkerFunction.PROCESS_QUEUES, [checked["next_scheduled_time"]], now)
        return await get_queue(owner, queue_id)

    async def delete(self, owner: str, queue_id: UUID) -> UUID:
        """Deletes the queue and its ledger; clones that are already scheduled are still published. Raises NotFound."""
        await delete_queue(owner, queue_id)
        return queue_id

    async def pause(self, owner: str, queue_id: UUID, now: datetime) -> RecurringQueue:
        """Pauses the queue until it is resumed. Raises NotFound, or Conflict if it is completed."""
        await pause_queue(owner, queue_id, now)
        return await get_queue(owner, queue_id)

    async def resume(
        self, owner: str, queue_id: UUID, next_scheduled_time: datetime | None, now: datetime
    ) -> RecurringQueue:
        """Makes a paused or completed queue active again; it runs next at the given time, or one interval after `now`.

        Raises InvalidInput, NotFound, or Conflict while `max_executions` is still reached or the original is gone.
        """
        time = await resume_queue(owner, queue_id, next_scheduled_time, now)
        await self.alarms.arm(WorkerFunction.PROCESS_QUEUES, [time] if time else [], now)
        return await get_queue(owner, queue_id)


async def delete_queue(owner: str, queue_id: UUID) -> None:
    """`Queues.delete`, in a transaction."""
    async with transaction():
        if not await RecurringQueue.filter(id=queue_id, clerk_user_id=owner).delete():
            raise NotFound("queue")


async def pause_queue(owner: str, queue_id: UUID, now: datetime) -> None:
    """`Queues.pause`, in a transaction."""
    async with transaction():
        queue = await lock_queue(owner, queue_id)
        if queue.status == QueueStatus.COMPLETED:
            raise Conflict("The queue is completed; there is nothing to pause.")
        if queue.status == QueueStatus.ACTIVE:
            await _write(queue, {"status": QueueStatus.PAUSED}, now)


async def resume_queue(
    owner: str, queue_id: UUID, time: datetime | None, now: datetime, start: ResumeFrom | None = None
) -> datetime | None:
    """`Queues.resume`, in a transaction. Returns the time for which an alarm is to be set; None if there is none."""
    async with transaction():
        queue = await lock_queue(owner, queue_id)
        if queue.status == QueueStatus.ACTIVE:
            return None
        if time is not None:
            time = validated_time("nextScheduledTime", time, now)
        _check_can_resume(queue)
        if queue.status == QueueStatus.PAUSED:
            await record_not_run(queue, passed_while_paused(queue, now), now)
        if time is None:
            changes = after_resuming(queue, now, start or default_start(queue))
        else:
            series = Series.of(queue)
            changes = active(now) | at_slot(queue, series, series.calendar.slot_of(time))
        await _write(queue, dict(changes), now)
    return changes.get("next_scheduled_time")


async def get_queue(owner: str, queue_id: UUID) -> RecurringQueue:
    """The owner's queue with its original. Raises NotFound."""
    queue = await RecurringQueue.filter(id=queue_id, clerk_user_id=owner).prefetch_related(*prefetch_original()).first()
    if queue is None:
        raise NotFound("queue")
    return queue


def prefetch_original() -> tuple[Any, ...]:
    """The relations to prefetch so that a queue comes with its original and the original's publications."""
    return ("original_post", prefetch_publications("original_post__publications"))


async def lock_queue(owner: str, queue_id: UUID) -> RecurringQueue:
    """The owner's queue, locked. Raises NotFound."""
    queue = await RecurringQueue.filter(id=queue_id, clerk_user_id=owner).select_for_update().first()
    if queue is None:
        raise NotFound("queue")
    return queue


def _check_can_resume(queue: RecurringQueue) -> None:
    if queue.original_post_id is None:
        raise Conflict("The queue's post was deleted; there is nothing to repeat.")
    if has_reached_maximum(queue):
        raise Conflict("The queue has run as often as it may; raise maxExecutions first.")


async def _write(queue: RecurringQueue, changes: dict[str, Any], now: datetime) -> None:
    await RecurringQueue.filter(id=queue.id, clerk_user_id=queue.clerk_user_id).update(**changes, updated_at=now)
