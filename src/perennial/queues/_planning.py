"""Decides what a tick writes for one due queue, from rows that were read before; new rows get new ids."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self
from uuid import UUID

from perennial.accounts.usability import PresentAccount, unusable_reason
from perennial.core.errors import PerennialError
from perennial.core.ids import new_id
from perennial.core.states import Cadence, ExecutionOutcome, Platform, QueueStatus
from perennial.events.publisher import Event
from perennial.posts.cloning import NewPost, NewPublication, Original, scheduled_clone
from perennial.queues import recurrence
from perennial.queues.recurrence import Changes, Occurrence

Accounts = Mapping[tuple[str, Platform], PresentAccount]


class OccurrenceSkipped(PerennialError):
    """An occurrence that cannot run. The ledger gets a row with `reason`, and the batch goes on."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OriginalPostDeleted(OccurrenceSkipped):
    """The queue's original post is deleted: the queue is completed."""

    def __init__(self) -> None:
        super().__init__("ORIGINAL_POST_DELETED")


class AccountMissing(OccurrenceSkipped):
    """No platform of the post has a usable account: the occurrence is skipped."""


class DueQueue(NamedTuple):
    """A queue as a tick reads it: columns of recurring_queues."""

    id: UUID
    clerk_user_id: str
    original_post_id: UUID | None
    status: QueueStatus
    status_reason: str | None
    interval: int
    cadence: Cadence
    next_scheduled_time: datetime
    last_executed_time: datetime | None
    execution_count: int
    max_executions: int | None


class NewExecution(NamedTuple):
    """A new row of queue_executions."""

    id: UUID
    queue_id: UUID
    scheduled_time: datetime
    executed_time: datetime
    outcome: ExecutionOutcome
    reason: str | None
    missed_count: int
    post_id: UUID | None
    clerk_user_id: str


class QueueUpdate(NamedTuple):
    """The columns of recurring_queues that a tick writes."""

    id: UUID
    status: QueueStatus
    status_reason: str | None
    next_scheduled_time: datetime
    last_executed_time: datetime | None
    execution_count: int
    updated_at: datetime


class DueOccurrence(NamedTuple):
    """A due queue, the occurrence that it has to run, and the time of the decision."""

    queue: DueQueue
    occurrence: Occurrence
    now: datetime

    @classmethod
    def of(cls, queue: DueQueue, now: datetime) -> Self:
        """Computes the occurrence that the queue has to run at `now`."""
        return cls(queue, recurrence.due_occurrence(queue, now), now)


class Plan(NamedTuple):
    """The rows to write for one queue: its update, its ledger row, the clone and the clone's publications."""

    owner: str
    queue_update: QueueUpdate
    execution: NewExecution | None = None
    clone: NewPost | None = None
    publications: list[NewPublication] = []


def execution_events(plans: Iterable[Plan]) -> list[Event]:
    """The events for the new ledger rows."""
    return [Event(one.owner, one.execution.queue_id, one.execution.id) for one in plans if one.execution]


def publication_events(plans: Iterable[Plan]) -> list[Event]:
    """The events for the publications of the clones."""
    return [Event(one.owner, row.post_id, row.id) for one in plans for row in one.publications]


def plan(due: DueOccurrence, original: Original | None, accounts: Accounts, period: timedelta) -> Plan:
    """Executes, skips or completes, by the rules of recurrence; `period` is the cron period."""
    if recurrence.has_reached_maximum(due.queue):
        return advance(due, recurrence.completed(recurrence.MAX_EXECUTIONS_REACHED))
    try:
        return _execution(due, original, accounts, period)
    except OriginalPostDeleted as error:
        return not_executed(due, ExecutionOutcome.SKIPPED, error.reason, recurrence.completed(error.reason))
    except OccurrenceSkipped as error:
        return not_executed(due, ExecutionOutcome.SKIPPED, error.reason)


def advance(due: DueOccurrence, changes: Changes | None = None) -> Plan:
    """A plan that moves the queue on, without an execution and without a ledger row."""
    moved = recurrence.after_not_executed(due.queue, due.now) | (changes or Changes())
    return Plan(due.queue.clerk_user_id, _queue_update(due, moved))


def not_executed(due: DueOccurrence, outcome: ExecutionOutcome, reason: str, changes: Changes | None = None) -> Plan:
    """A plan that moves the queue on and writes to the ledger why the occurrence was not executed."""
    return advance(due, changes)._replace(execution=_new_execution(due, outcome, reason))


def failed(due: DueOccurrence, error: Exception) -> Plan:
    """A plan that moves the queue on and writes to the ledger by which fault of ours the occurrence failed."""
    return not_executed(due, ExecutionOutcome.FAILED, f"INTERNAL_ERROR:{type(error).__name__}")


def _execution(due: DueOccurrence, original: Original | None, accounts: Accounts, period: timedelta) -> Plan:
    queue, occurrence, now = due
    if original is None or original.clerk_user_id != queue.clerk_user_id:
        raise OriginalPostDeleted
    account_ids, reason = _usable_accounts(original, accounts, now)
    start = clone_start(occurrence.time, now, period)
    clone, publications = scheduled_clone(original, account_ids, queue.id, start, now)
    row = _new_execution(due, ExecutionOutcome.EXECUTED, reason, clone)
    queue_update = _queue_update(due, recurrence.after_execution(queue, occurrence.time, now))
    return Plan(queue.clerk_user_id, queue_update, row, clone, publications)


def clone_start(occurrence: datetime, now: datetime, period: timedelta) -> datetime:
    """When the first publication of a clone goes out: at the occurrence, or now if that is over a cron period ago.

    So a tick that is only a little late does not change the time.
    """
    return occurrence if now - occurrence <= period else now


def _usable_accounts(original: Original, accounts: Accounts, now: datetime) -> tuple[dict[Platform, UUID], str | None]:
    """The ids of the usable accounts, and the ledger's reason for the platforms that have none, if any.

    Raises AccountMissing if no platform has a usable account.
    """
    present = {text.platform: accounts.get((original.clerk_user_id, text.platform)) for text in original.publications}
    unusable_reasons = {platform: unusable_reason(account, now) for platform, account in present.items()}
    left_out = {platform: reason for platform, reason in unusable_reasons.items() if reason}
    summary = ",".join(f"{reason}:{platform.name}" for platform, reason in left_out.items())
    if len(left_out) == len(unusable_reasons):
        reasons = set(left_out.values())
        raise AccountMissing(reasons.pop() if len(reasons) == 1 else summary)
    usable = {platform: account.id for platform, account in present.items() if account and platform not in left_out}
    return usable, summary or None


def _queue_update(due: DueOccurrence, changes: Changes) -> QueueUpdate:
    columns: dict[str, Any] = {name: getattr(due.queue, name) for name in QueueUpdate._fields[:-1]}
    columns |= changes
    return QueueUpdate(**columns, updated_at=due.now)


def _new_execution(
    due: DueOccurrence, outcome: ExecutionOutcome, reason: str | None, post: NewPost | None = None
) -> NewExecution:
    occurrence = due.occurrence
    return NewExecution(
        id=new_id(),
        queue_id=due.queue.id,
        scheduled_time=occurrence.time,
        executed_time=due.now,
        outcome=outcome,
        reason=reason,
        missed_count=occurrence.missed_count,
        post_id=post.id if post else None,
        clerk_user_id=due.queue.clerk_user_id,
    )
