"""What a tick reads and writes: the due queues, what their plans need to know, and the plans, in few statements."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from perennial.accounts import accounts_of
from perennial.copies import insert
from perennial.database import select
from perennial.models import ConnectedAccount, Post, QueueExecution, RecurringQueue
from perennial.plans import Due, Plan
from perennial.posts import publications
from perennial.recurrence import due_occurrence
from perennial.states import Platform

BATCH = 500

_HELD = """
    SELECT id FROM recurring_queues
    WHERE status = 'active' AND next_scheduled_time <= $1
    ORDER BY next_scheduled_time, id
    LIMIT $2
"""
_DUE = _HELD + " FOR UPDATE SKIP LOCKED"
_NEXT = """
    SELECT next_scheduled_time AS time FROM recurring_queues
    WHERE status = 'active' AND next_scheduled_time > $1 AND next_scheduled_time <= $2
    ORDER BY next_scheduled_time, id
    LIMIT 1
"""
_ADVANCED = ["status", "status_reason", "next_scheduled_time", "last_executed_time", "execution_count", "updated_at"]


@dataclass(frozen=True)
class Surroundings:
    """What is known around a batch of queues."""

    originals: dict[UUID, Post]
    accounts: dict[tuple[str, Platform], ConnectedAccount]
    ledger: set[tuple[UUID, datetime]]

    def original(self, due: Due) -> Post | None:
        """The queue's original, where it is still there."""
        return self.originals.get(due.queue.original_post_id) if due.queue.original_post_id else None

    def has_run(self, due: Due) -> bool:
        """Whether the occurrence is in the ledger already."""
        return (due.queue.id, due.occurrence.time) in self.ledger


async def lock_due(now: datetime, passed: Collection[UUID]) -> list[UUID]:
    """Locks the longest due queues that nobody else is working on, but for those that were passed over."""
    rows = await select(_DUE, now, BATCH + len(passed))
    return [found for row in rows if (found := UUID(str(row["id"]))) not in passed][:BATCH]


async def read(ids: Collection[UUID]) -> list[RecurringQueue]:
    """Reads queues. Apart from the locking, so that one that cannot be read does not hide which ones were due."""
    return await RecurringQueue.filter(id__in=ids).order_by("next_scheduled_time", "id")


async def held(now: datetime, passed: Collection[UUID]) -> bool:
    """Whether something is still due, but for what was passed over: somebody else holds it."""
    rows = await select(_HELD, now, 1 + len(passed))
    return any(UUID(str(row["id"])) not in passed for row in rows)


async def lock_one(queue_id: UUID) -> RecurringQueue | None:
    """Locks a single queue, where it still exists."""
    return await RecurringQueue.filter(id=queue_id).select_for_update().first()


async def surroundings(queues: Sequence[RecurringQueue], now: datetime) -> Surroundings:
    """Reads what the plans of these queues need, in a number of queries that does not grow with theirs."""
    wanted = [queue.original_post_id for queue in queues if queue.original_post_id]
    originals = await Post.filter(id__in=wanted).prefetch_related(publications())
    times = {due_occurrence(queue, now).time for queue in queues}
    ledger = QueueExecution.filter(queue_id__in=[queue.id for queue in queues], scheduled_time__in=list(times))
    return Surroundings(
        {post.id: post for post in originals},
        await accounts_of([queue.clerk_user_id for queue in queues]),
        set(await ledger.values_list("queue_id", "scheduled_time")),
    )


async def write(plans: Sequence[Plan], now: datetime) -> None:
    """Writes the clones, the ledger and the queues' next times; the caller holds the queues in a transaction."""
    await insert([plan.clone for plan in plans if plan.clone], [row for plan in plans for row in plan.publications])
    await QueueExecution.bulk_create([plan.execution for plan in plans if plan.execution])
    for plan in plans:
        plan.queue.update_from_dict({**plan.changes, "updated_at": now})
    if plans:
        await RecurringQueue.bulk_update([plan.queue for plan in plans], fields=_ADVANCED)


async def next_due(after: datetime, until: datetime) -> datetime | None:
    """When the next queue falls due, if that is not later than `until`."""
    rows = await select(_NEXT, after, until)
    return _time(rows[0]["time"]) if rows else None


def _time(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
