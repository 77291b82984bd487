"""Pure: what a tick does with one due queue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from perennial import recurrence
from perennial.accounts import problem
from perennial.copies import scheduled_copy
from perennial.errors import AccountMissing, OccurrenceRefused, OriginalPostDeleted
from perennial.models import ConnectedAccount, Post, Publication, QueueExecution, RecurringQueue, new_id
from perennial.recurrence import Changes, Occurrence
from perennial.scheduling import clone_start
from perennial.states import ExecutionOutcome, Platform

Accounts = Mapping[tuple[str, Platform], ConnectedAccount]


@dataclass(frozen=True)
class Due:
    """A queue, the occurrence that it has to run, and the present."""

    queue: RecurringQueue
    occurrence: Occurrence
    now: datetime

    @classmethod
    def of(cls, queue: RecurringQueue, now: datetime) -> Self:
        """The due queue with the occurrence that is to run."""
        return cls(queue, recurrence.due_occurrence(queue, now), now)


@dataclass(frozen=True)
class Plan:
    """What is written for one queue: the clone, the ledger row, and the columns of the queue that change."""

    queue: RecurringQueue
    changes: Changes
    execution: QueueExecution | None = None
    clone: Post | None = None
    publications: list[Publication] = field(default_factory=list)


def plan(due: Due, original: Post | None, accounts: Accounts, period: timedelta) -> Plan:
    """What becomes of the occurrence; `period` is the cron's."""
    if recurrence.is_used_up(due.queue):
        return advance(due, recurrence.completed(recurrence.MAX_EXECUTIONS_REACHED))
    try:
        return _execution(due, original, accounts, period)
    except OriginalPostDeleted as error:
        skipped = refusal(due, ExecutionOutcome.SKIPPED, error.reason)
        return Plan(due.queue, skipped.changes | recurrence.completed(error.reason), skipped.execution)
    except OccurrenceRefused as error:
        return refusal(due, ExecutionOutcome.SKIPPED, error.reason)


def advance(due: Due, changes: Changes | None = None) -> Plan:
    """The queue moves on without a run and without a ledger row."""
    return Plan(due.queue, recurrence.after_refusal(due.queue, due.now) | (changes or Changes()))


def refusal(due: Due, outcome: ExecutionOutcome, reason: str) -> Plan:
    """The occurrence does not run, the ledger says why, and the queue moves on."""
    return Plan(due.queue, recurrence.after_refusal(due.queue, due.now), _ledger_row(due, outcome, reason))


def _execution(due: Due, original: Post | None, accounts: Accounts, period: timedelta) -> Plan:
    queue, occurrence, now = due.queue, due.occurrence, due.now
    if original is None or original.clerk_user_id != queue.clerk_user_id:
        raise OriginalPostDeleted
    platforms, reason = _usable_platforms(original, accounts, now)
    start = clone_start(occurrence.time, now, period)
    clone, publications = scheduled_copy(original, platforms, queue.id, start, now)
    row = _ledger_row(due, ExecutionOutcome.EXECUTED, reason, clone)
    return Plan(queue, recurrence.after_execution(queue, occurrence.time, now), row, clone, publications)


def _usable_platforms(original: Post, accounts: Accounts, now: datetime) -> tuple[set[Platform], str | None]:
    """The platforms that can be published on, and what is to be said of those that cannot. Raises AccountMissing."""
    owner = original.clerk_user_id
    problems = {row.platform: problem(accounts.get((owner, row.platform)), now) for row in original.publications}
    left_out = {platform: reason for platform, reason in problems.items() if reason}
    words = ",".join(f"{reason}:{platform.name}" for platform, reason in left_out.items())
    if len(left_out) == len(problems):
        reasons = set(left_out.values())
        raise AccountMissing(reasons.pop() if len(reasons) == 1 else words)
    return problems.keys() - left_out.keys(), words or None


def _ledger_row(due: Due, outcome: ExecutionOutcome, reason: str | None, post: Post | None = None) -> QueueExecution:
    return QueueExecution(
        id=new_id(),
        queue_id=due.queue.id,
        scheduled_time=due.occurrence.time,
        executed_time=due.now,
        outcome=outcome,
        reason=reason,
        missed_count=due.occurrence.missed_count,
        post_id=post.id if post else None,
    )
