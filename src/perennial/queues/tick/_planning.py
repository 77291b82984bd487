"""Decides what a tick writes for one due queue, from rows that were read before; new rows get new ids."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from perennial.core.ids import new_id
from perennial.core.instants import LEAST
from perennial.core.states import ExecutionOutcome
from perennial.events.publisher import Event
from perennial.posts.cloning import NewPost, NewPublication, scheduled_clone
from perennial.queues._rows import NewExecution, QueueUpdate, new_not_run, queue_update
from perennial.queues.recurrence import changes as goes_on
from perennial.queues.recurrence.columns import Changes
from perennial.queues.recurrence.passing import Occurrence, Passed
from perennial.queues.recurrence.reasons import INTERNAL_ERROR, MAX_EXECUTIONS_REACHED
from perennial.queues.recurrence.series import Series
from perennial.queues.rotation import Turn, Use
from perennial.queues.tick._accounts import Cloneable, Refusal
from perennial.queues.tick._due import Due


class Plan(NamedTuple):
    """The rows to write for one queue: its update, its ledger rows, the clone and what belongs to it."""

    owner: str
    queue_update: QueueUpdate
    executions: list[NewExecution]
    clone: NewPost | None = None
    publications: list[NewPublication] = []
    use: Use | None = None  # of a post that takes turns with others
    rederived_from: datetime | None = None  # when it was to run before its zone got new rules


def publication_events(plans: Iterable[Plan]) -> list[Event]:
    """The events for the publications of the clones."""
    return [Event(one.owner, row.post_id, row.id) for one in plans for row in one.publications]


def plan(due: Due, found: Cloneable | Refusal, period: timedelta) -> Plan:
    """Executes, skips, pauses or completes, by the rules of recurrence; `period` is the cron period."""
    if goes_on.has_reached_maximum(due.queue):
        return _moves_on(due, goes_on.completed(MAX_EXECUTIONS_REACHED))
    if due.passed is None:
        series = Series.of(due.queue)
        update = queue_update(due.queue, goes_on.at_slot(due.queue, series, series.pending), due.now)
        return Plan(due.queue.clerk_user_id, update, [], rederived_from=due.queue.next_scheduled_time)
    if due.passed.occurrence is None:
        return _moves_on(due)
    if isinstance(found, Refusal):
        return not_executed(due, ExecutionOutcome.SKIPPED, found.reason, found.changes)
    return _execution(due, due.passed, due.passed.occurrence, found, period)


def would_execute(due: Due, found: Cloneable | Refusal) -> bool:
    """Whether the plan of this is an execution, unless there is a reason to stop."""
    has_occurrence = due.passed is not None and due.passed.occurrence is not None
    return has_occurrence and isinstance(found, Cloneable) and not goes_on.has_reached_maximum(due.queue)


def not_executed(due: Due, outcome: ExecutionOutcome, reason: str, changes: Changes | None = None) -> Plan:
    """A plan that moves the queue on and writes to the ledger why the occurrence was not executed."""
    due = due.if_it_does_not_run()
    rows = [_new_execution(due, due.passed.occurrence, outcome, reason)] if due.passed and due.passed.occurrence else []
    return _moves_on(due, changes, rows)


def failed(due: Due, error: Exception) -> Plan:
    """A plan that moves the queue on and writes to the ledger by which fault of ours the occurrence failed."""
    return not_executed(due, ExecutionOutcome.FAILED, f"{INTERNAL_ERROR}:{type(error).__name__}")


def _moves_on(due: Due, changes: Changes | None = None, rows: Collection[NewExecution] = ()) -> Plan:
    """A plan that moves the queue on, with these rows and those of what did not run by its owner's will.

    If it has ended, that completes it, whatever else would be its status.
    """
    moved = (changes or Changes()) | goes_on.after_not_executed(due.queue, due.now)
    return Plan(due.queue.clerk_user_id, queue_update(due.queue, moved, due.now), [*_not_run(due), *rows])


def by_hand(due: Due, cloneable: Cloneable, time: datetime, execution_id: UUID) -> Plan:
    """A plan for an execution that is no occurrence, which the ledger has at this time, by this id: it goes out now.

    Where its account waits it does not give way to later clones of the queue, nor do earlier ones to it.
    """
    made = _clone(due, cloneable, due.now)
    changes = goes_on.after_extra_execution(due.queue)
    if due.passed:
        changes = goes_on.after_not_executed(due.queue, due.now) | changes
    made = made._replace(publications=[one._replace(created_by_queue_id=None) for one in made.publications])
    row = _new_execution(due, Occurrence(time, time), ExecutionOutcome.EXECUTED, cloneable.left_out, made.post)
    return _executed(due, changes, [*_not_run(due), row._replace(id=execution_id, extra=True)], made)


def _execution(due: Due, passed: Passed, occurrence: Occurrence, cloneable: Cloneable, period: timedelta) -> Plan:
    made = _clone(due, cloneable, clone_start(occurrence.time, due.now, period))
    row = _new_execution(due, occurrence, ExecutionOutcome.EXECUTED, cloneable.left_out, made.post)
    changes = goes_on.after_execution(due.queue, passed, occurrence, due.now)
    return _executed(due, changes, [*_not_run(due), row], made)


class _Clone(NamedTuple):
    """A clone with its publications."""

    post: NewPost
    publications: list[NewPublication]


def _clone(due: Due, cloneable: Cloneable, start: datetime) -> _Clone:
    """The clone, which goes out from `start` on."""
    return _Clone(*scheduled_clone(cloneable.original, cloneable.account_ids, due.queue.id, start, due.now))


def _executed(due: Due, changes: Changes, rows: list[NewExecution], made: _Clone) -> Plan:
    """A plan with the clone, after which it is the next post's turn."""
    owner, update = due.queue.clerk_user_id, queue_update(due.queue, changes, due.now)
    if not due.turn:
        return Plan(owner, update, rows, made.post, made.publications)
    update = update._replace(original_post_id=due.turn.following_post_id)
    return Plan(owner, update, rows, made.post, made.publications, Use(due.turn.id, _time_of_use(due.turn, due.now)))


def _time_of_use(turn: Turn, now: datetime) -> datetime:
    """Now, but after the last use: whoever made that may have read a clock that was ahead, or read it later."""
    return max(now, turn.newest_use + LEAST) if turn.newest_use else now


def clone_start(occurrence: datetime, now: datetime, period: timedelta) -> datetime:
    """When the first publication of a clone goes out: at the occurrence, or now if that is over a cron period ago.

    So a tick that is only a little late does not change the time.
    """
    return occurrence if now - occurrence <= period else now


def _not_run(due: Due) -> list[NewExecution]:
    owner, queue_id, not_run = due.queue.clerk_user_id, due.queue.id, due.passed.not_run if due.passed else ()
    return [new_not_run(owner, queue_id, one, due.now) for one in not_run]


def _new_execution(
    due: Due, occurrence: Occurrence, outcome: ExecutionOutcome, reason: str | None, post: NewPost | None = None
) -> NewExecution:
    return NewExecution(
        id=new_id(),
        queue_id=due.queue.id,
        scheduled_time=occurrence.scheduled_time,
        executed_time=due.now,
        outcome=outcome,
        reason=reason,
        missed_count=occurrence.missed_count,
        until=None,
        moved_to=occurrence.time if occurrence.time != occurrence.scheduled_time else None,
        post_id=post.id if post else None,
        clerk_user_id=due.queue.clerk_user_id,
    )
