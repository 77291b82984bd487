"""What a tick reads and writes: the due queues, what their plans need to know, and the plans, in few statements.

Raw SQL: rows come in hundreds, and the partial index wants to see its literal.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from perennial.core.states import AccountStatus, Platform
from perennial.db import bulk
from perennial.db.models import ConnectedAccount, Publication, QueueExecution, RecurringQueue
from perennial.db.sql import as_id, as_time, is_sqlite, select
from perennial.posts.cloning import Original, OriginalText, insert
from perennial.queues._planning import DueQueue, Plan
from perennial.queues.recurrence import due_occurrence

BATCH = 500
# On SQLite, with its one connection, whoever asks the API waits for the batch under way.
SQLITE_BATCH = 150

_PLATFORMS, _ACCOUNT_STATES = frozenset(Platform), frozenset(AccountStatus)

Found = Mapping[str, Any]

_COLUMNS = ", ".join(DueQueue._fields)
_DUE = f"""
    SELECT {_COLUMNS} FROM recurring_queues
    WHERE status = 'active' AND next_scheduled_time <= $1
    ORDER BY next_scheduled_time, id
    LIMIT $2
    FOR UPDATE SKIP LOCKED
"""  # noqa: S608 (the columns are ours)
_ONE = f"SELECT {_COLUMNS} FROM recurring_queues WHERE id = $1 FOR UPDATE"  # noqa: S608
_FIRST = """
    SELECT id, next_scheduled_time AS time FROM recurring_queues
    WHERE status = 'active' AND next_scheduled_time <= $1
    ORDER BY next_scheduled_time, id
    LIMIT $2
"""
_NEXT = """
    SELECT next_scheduled_time AS time FROM recurring_queues
    WHERE status = 'active' AND next_scheduled_time > $1 AND next_scheduled_time <= $2
    ORDER BY next_scheduled_time, id
    LIMIT 1
"""
_TEXTS = """
    SELECT posts.id AS post_id, posts.clerk_user_id AS owner, platform, content, scheduled_time
    FROM posts JOIN publications ON publications.post_id = posts.id
    WHERE posts.id = ANY($1)
    ORDER BY publications.id
"""
_ACCOUNTS = """
    SELECT clerk_user_id, platform, status, token_expires_at, encrypted_refresh_token
    FROM connected_accounts
    WHERE clerk_user_id = ANY($1)
"""
_LEDGER = "SELECT queue_id, scheduled_time FROM queue_executions WHERE queue_id = ANY($1) AND scheduled_time = ANY($2)"


class _Text(NamedTuple):
    post_id: UUID
    owner: str
    platform: Platform
    content: str
    scheduled_time: datetime | None


class _Account(NamedTuple):
    clerk_user_id: str
    platform: Platform
    status: AccountStatus
    token_expires_at: datetime | None
    encrypted_refresh_token: str | None


class _Entry(NamedTuple):
    queue_id: UUID
    scheduled_time: datetime


@dataclass(frozen=True)
class Surroundings:
    """What is known around a batch of queues."""

    originals: Mapping[UUID, Original]
    accounts: Mapping[tuple[str, Platform], _Account]
    ledger: Collection[tuple[UUID, datetime]]

    def original(self, queue: DueQueue) -> Original | None:
        """The queue's original, where it is still there."""
        return self.originals.get(queue.original_post_id) if queue.original_post_id else None


async def first(until: datetime, passed: Collection[UUID]) -> datetime | None:
    """When the first of the queues falls due, or fell due, but for those that were passed over; one index probe."""
    rows = await select(_FIRST, until, 1 + len(passed))
    return next((as_time(row["time"]) for row in rows if as_id(row["id"]) not in passed), None)


async def next_due(after: datetime, until: datetime) -> datetime | None:
    """When the next queue falls due, if that is not later than `until`."""
    rows = await select(_NEXT, after, until)
    return as_time(rows[0]["time"]) if rows else None


def batch() -> int:
    """How many queues a batch has at most."""
    return min(BATCH, SQLITE_BATCH) if is_sqlite() else BATCH


async def lock_due(now: datetime, passed: Collection[UUID]) -> dict[UUID, Found]:
    """Locks the longest due queues that nobody else is working on, but for those that were passed over.

    As they were found: one that cannot be read must not hide which ones were due.
    """
    rows = await select(_DUE, now, batch() + len(passed))
    found = {queue_id: row for row in rows if (queue_id := as_id(row["id"])) not in passed}
    return dict(list(found.items())[: batch()])


async def lock_one(queue_id: UUID) -> Sequence[Found]:
    """Locks a single queue, where it still exists."""
    return await select(_ONE, queue_id)


def read(found: Collection[Found]) -> list[DueQueue]:
    """The queues that were found. Raises ValueError where one of them cannot be read."""
    return list(map(bulk.reader(RecurringQueue, DueQueue), found))


async def surroundings(queues: Sequence[DueQueue], now: datetime) -> Surroundings:
    """Reads what the plans of these queues need, in a number of queries that does not grow with theirs."""
    owners = {queue.clerk_user_id for queue in queues}
    posts = {queue.original_post_id for queue in queues if queue.original_post_id}
    times = {due_occurrence(queue, now).time for queue in queues}
    texts = map(bulk.reader(Publication, _Text), await select(_TEXTS, list(posts)))
    ledger = await select(_LEDGER, [queue.id for queue in queues], list(times))
    return Surroundings(
        _originals(texts),
        _accounts(await select(_ACCOUNTS, list(owners))),
        set(map(bulk.reader(QueueExecution, _Entry), ledger)),
    )


async def write(plans: Sequence[Plan]) -> None:
    """Writes the clones, the ledger and the queues' next times; the caller holds the queues in a transaction."""
    await insert([plan.clone for plan in plans if plan.clone], [row for plan in plans for row in plan.publications])
    await bulk.insert(QueueExecution, [plan.execution for plan in plans if plan.execution])
    await bulk.update(RecurringQueue, [plan.advanced for plan in plans])


def _originals(texts: Iterable[_Text]) -> dict[UUID, Original]:
    found: dict[UUID, Original] = {}
    for text in texts:
        post = found.setdefault(text.post_id, Original(text.post_id, text.owner, []))
        post.publications.append(OriginalText(text.platform, text.content, text.scheduled_time))
    return found


def _accounts(found: Collection[Found]) -> dict[tuple[str, Platform], _Account]:
    """By owner and platform. What only a newer version knows how to read must not cost what is read with it."""
    known = (row for row in found if row["platform"] in _PLATFORMS and row["status"] in _ACCOUNT_STATES)
    accounts = map(bulk.reader(ConnectedAccount, _Account), known)
    return {(account.clerk_user_id, account.platform): account for account in accounts}
