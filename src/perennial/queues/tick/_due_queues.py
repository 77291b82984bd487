"""The statements of a tick: they read a batch of due queues and the inputs of its plans, and write the plans.

They are raw SQL: rows come in hundreds, and PostgreSQL uses the partial index only where it sees its literal.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.accounts import heads
from perennial.db import bulk
from perennial.db.models import QueueExecution, RecurringQueue
from perennial.db.sql import as_id, as_time, is_sqlite, run_sql
from perennial.posts.cloning import insert_posts, read_originals
from perennial.queues._rows import COLUMNS, RawRow, read_queues
from perennial.queues.ledger.known import read_known
from perennial.queues.recurrence.columns import StoredQueue
from perennial.queues.rotation import read_turns, record_uses
from perennial.queues.stopping import find_reasons_to_stop
from perennial.queues.tick._accounts import Cloneable, Refusal, cloneable_or_refusal, read_accounts
from perennial.queues.tick._due import Due
from perennial.queues.tick._planning import Plan, would_execute

TICK_BATCH_SIZE = 500
# SQLite has one connection: a request to the API waits until the current batch is committed.
SQLITE_TICK_BATCH_SIZE = 150

_DUE = f"""
    SELECT {COLUMNS} FROM recurring_queues
    WHERE status = 'active' AND next_scheduled_time <= $1
    ORDER BY next_scheduled_time, id
    LIMIT $2
    FOR UPDATE SKIP LOCKED
"""  # noqa: S608 (the columns are ours)
_ONE_DUE = f"""
    SELECT {COLUMNS} FROM recurring_queues
    WHERE id = $1 AND status = 'active' AND next_scheduled_time <= $2
    FOR UPDATE
"""  # noqa: S608
_ONE_OF_OWNER = f"SELECT {COLUMNS} FROM recurring_queues WHERE id = $1 AND clerk_user_id = $2 FOR UPDATE"  # noqa: S608
_EARLIEST = """
    SELECT (
        SELECT next_scheduled_time FROM recurring_queues WHERE status = 'active' AND id <> ALL($1)
        ORDER BY next_scheduled_time, id LIMIT 1
    ) AS due, (
        SELECT paused_until FROM recurring_queues
        WHERE status = 'paused' AND paused_until IS NOT NULL AND id <> ALL($1)
        ORDER BY paused_until LIMIT 1
    ) AS end_of_pause
"""
_NEXT = """
    SELECT next_scheduled_time AS time FROM recurring_queues
    WHERE status = 'active' AND next_scheduled_time > $1
    ORDER BY next_scheduled_time, id
    LIMIT 1
"""


class Earliest(NamedTuple):
    """When the first queue falls due, or was due, and when the first pause ends; None: there is none."""

    due: datetime | None
    end_of_pause: datetime | None


async def earliest(excluded: Collection[UUID]) -> Earliest:
    """What is first of the queues that are not excluded; in one statement of two index probes."""
    (row,) = await run_sql(_EARLIEST, list(excluded))
    return Earliest(*(None if row[name] is None else as_time(row[name]) for name in Earliest._fields))


async def next_due_time(after: datetime) -> datetime | None:
    """The time after `after` at which the next queue falls due; None if there is none."""
    rows = await run_sql(_NEXT, after)
    return as_time(rows[0]["time"]) if rows else None


def batch_size() -> int:
    """The maximum number of queues in a batch."""
    return min(TICK_BATCH_SIZE, SQLITE_TICK_BATCH_SIZE) if is_sqlite() else TICK_BATCH_SIZE


async def lock_due(now: datetime, excluded: Collection[UUID]) -> dict[UUID, RawRow]:
    """Locks a batch of due queues, the longest due first, without those that are locked elsewhere or excluded.

    Returns raw rows by id: where one of them cannot be parsed the caller still knows which queues were due.
    """
    rows = await run_sql(_DUE, now, batch_size() + len(excluded))
    due = {queue_id: row for row in rows if (queue_id := as_id(row["id"])) not in excluded}
    return dict(list(due.items())[: batch_size()])


async def lock_one_due(queue_id: UUID, now: datetime) -> Sequence[RawRow]:
    """Locks a single queue; returns its row, or nothing where it is not due any more."""
    return await run_sql(_ONE_DUE, queue_id, now)


async def lock_of_owner(owner: str, queue_id: UUID) -> StoredQueue | None:
    """Locks a queue of the owner, in whatever state; None if there is none."""
    return next(iter(read_queues(await run_sql(_ONE_OF_OWNER, queue_id, owner))), None)


async def prepare(all_due: Sequence[Due], pause_after_failures: int) -> list[tuple[Due, Cloneable | Refusal]]:
    """These with their turns and without what the ledger has, each with what it clones, or why it does not run.

    The number of queries does not grow with the number of queues.
    """
    queues = [due.queue for due in all_due]
    owners = {queue.clerk_user_id for queue in queues}
    turns = await read_turns(queues)
    posts = {queue.original_post_id for queue in queues if queue.original_post_id and queue.id not in turns}
    posts |= {turn.post_id for turn in turns.values()}
    originals, accounts = await read_originals(owners, posts), await read_accounts(owners)
    known = await read_known([span for due in all_due if (span := due.span())])
    prepared: list[tuple[Due, Cloneable | Refusal]] = []
    for one in all_due:
        due = one.with_turn(turns.get(one.queue.id)).unless_recorded(known)
        post_id = due.queue.original_post_id
        original = originals.get(post_id) if post_id else None
        prepared.append((due, cloneable_or_refusal(due.queue.clerk_user_id, original, accounts, due.now)))
    may_stop = [due.queue for due, found in prepared if would_execute(due, found)]
    reasons = await find_reasons_to_stop(may_stop, pause_after_failures)
    return [
        (due, Refusal.stopping(reason) if (reason := reasons.get(due.queue.id)) else found) for due, found in prepared
    ]


async def write_plans(plans: Sequence[Plan]) -> None:
    """Writes the clones, ledger rows and queues of the plans; at last it locks the accounts and lowers their heads.

    The caller has locked the queues in a transaction, for an owner by the owner's name: rows that exist are then named
    by the ids that were read. Accounts are locked for no longer than the commit takes, so that ticks whose batches have
    owners in common work side by side.
    """
    publications = [row for plan in plans for row in plan.publications]
    await insert_posts([plan.clone for plan in plans if plan.clone], publications)
    await bulk.insert(QueueExecution, [row for plan in plans for row in plan.executions])
    next_posts = {one.queue_update.original_post_id for one in plans if one.use}
    uses, owners = [plan.use for plan in plans if plan.use], {plan.owner for plan in plans}
    await record_uses(uses, [post for post in next_posts if post], owners)
    await bulk.update(RecurringQueue, [plan.queue_update for plan in plans])
    times = [(row.connected_account_id, row.next_attempt_time) for row in publications]
    await heads.lock_and_lower(heads.earliest(times))
