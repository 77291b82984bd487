"""The statements of a claim: which publications of these accounts are due, and which of them are over.

They are raw SQL: rows come in hundreds, and PostgreSQL uses a partial index only where it sees its literal.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from perennial.core.publication_codes import EXPIRED, SUPERSEDED
from perennial.core.states import Platform
from perennial.db import bulk
from perennial.db.models import Publication
from perennial.db.sql import as_id, is_sqlite, run_sql

_BEGINNING = datetime.fromisoformat("0001-01-01T00:00:00Z")

# A person's retry is a decision for this very publication: it counts from then, and gives way to none.
_REASON = f"""
    CASE
        WHEN scheduled_time <= $3 AND (retried_time IS NULL OR retried_time <= $3) THEN '{EXPIRED}'
        WHEN created_by_queue_id IS NOT NULL AND retried_time IS NULL AND EXISTS (
            SELECT 1 FROM publications AS later
            WHERE later.created_by_queue_id = due.created_by_queue_id
                AND later.platform = due.platform AND later.status = 'scheduled'
                AND (later.scheduled_time, later.id) > (due.scheduled_time, due.id) AND later.scheduled_time <= $2
        ) THEN '{SUPERSEDED}'
    END AS reason
"""  # noqa: S608 (the codes are ours)
# Between bounds and in the order of the account's own index: with an equation PostgreSQL may take the index of all that
# is scheduled, and read another account's backlog, if its statistics know of few accounts.
_DUE_OF_ACCOUNT = """
    FROM publications AS due
    WHERE connected_account_id >= {account} AND (connected_account_id, next_attempt_time) <= ({account}, $2)
        AND status = 'scheduled'
    ORDER BY due.connected_account_id, due.next_attempt_time, due.id LIMIT $4
"""
_DUE_ON_POSTGRES = f"""
    SELECT due.* FROM unnest($1::uuid[]) WITH ORDINALITY AS account (id, place)
    CROSS JOIN LATERAL (
        SELECT id, post_id, connected_account_id AS account_id, created_by_queue_id AS queue_id, next_attempt_time,
            {_REASON}
        {_DUE_OF_ACCOUNT.format(account="account.id")}
    ) AS due
    ORDER BY account.place, due.next_attempt_time, due.id LIMIT $5
"""  # noqa: S608
_DUE_ON_SQLITE = f"""
    SELECT due.id, post_id, connected_account_id AS account_id, created_by_queue_id AS queue_id, {_REASON}
    FROM json_each($1) AS account JOIN publications AS due
        ON due.id IN (SELECT id {_DUE_OF_ACCOUNT.format(account="account.value")})
    ORDER BY account.key, next_attempt_time, due.id LIMIT $5
"""  # noqa: S608
# Also those that were tried already, and are not to be tried again before some time.
_OVERTAKEN = """
    SELECT older.id, older.post_id, chosen.connected_account_id AS account_id, chosen.id AS chosen_id
    FROM publications AS chosen JOIN publications AS older
        ON older.created_by_queue_id = chosen.created_by_queue_id
        AND older.platform = chosen.platform AND older.status = 'scheduled'
        AND (older.scheduled_time, older.id) < (chosen.scheduled_time, chosen.id) AND older.retried_time IS NULL
    WHERE chosen.id = ANY($1)
"""
_LOCK_POSTS = "SELECT id FROM posts WHERE id = ANY($1) ORDER BY id FOR UPDATE SKIP LOCKED"


class ClaimedRow(NamedTuple):
    """The columns of a claimed publication."""

    id: UUID
    post_id: UUID
    platform: Platform
    connected_account_id: UUID
    content: str
    next_attempt_time: datetime
    attempts: int
    claim_id: UUID
    lease_expires_at: datetime
    unclear_since: datetime | None


_CLAIM = f"""
    UPDATE publications SET status = 'publishing', claim_id = $1, lease_expires_at = $2, request_started_time = NULL
    WHERE id = ANY($3) AND status = 'scheduled' AND next_attempt_time <= $4
    RETURNING {", ".join(ClaimedRow._fields)}
"""  # noqa: S608 (the columns are ours)


class Due(NamedTuple):
    """A due publication. `reason` says why it is over: EXPIRED, SUPERSEDED, or None where it is to be sent."""

    id: UUID
    post_id: UUID
    account_id: UUID
    reason: str | None
    is_of_queue: bool = False


class Overtaken(NamedTuple):
    """A publication that waits, and is older than one of the same queue and account that is to be sent."""

    id: UUID
    post_id: UUID
    account_id: UUID
    chosen_id: UUID


async def due_of_accounts(
    account_ids: Sequence[UUID], now: datetime, expire_after: timedelta, each: int, limit: int
) -> list[Due]:
    """The longest due publications of each of these accounts, `each` at most, in the order of the accounts.

    The caller has locked the accounts. `expire_after` is how long a publication may wait; zero: for ever.
    """
    cutoff = now - expire_after if expire_after else _BEGINNING
    sql = _DUE_ON_SQLITE if is_sqlite() else _DUE_ON_POSTGRES
    rows = await run_sql(sql, list(account_ids), now, cutoff, each, limit)
    return [
        Due(
            as_id(row["id"]),
            as_id(row["post_id"]),
            as_id(row["account_id"]),
            row["reason"],
            row["queue_id"] is not None,
        )
        for row in rows
    ]


async def overtaken_by(ids: Collection[UUID]) -> list[Overtaken]:
    """What is superseded if these are sent. The caller has locked their accounts."""
    rows = await run_sql(_OVERTAKEN, list(ids)) if ids else []
    return [Overtaken(*(as_id(row[name]) for name in Overtaken._fields)) for row in rows]


async def lock_free_posts(post_ids: Collection[UUID]) -> set[UUID]:
    """Locks those of the posts that nobody else has locked, until the transaction ends; returns them."""
    return {as_id(row["id"]) for row in await run_sql(_LOCK_POSTS, list(post_ids))}


async def claim_rows(ids: Collection[UUID], lease_expires_at: datetime, now: datetime) -> list[ClaimedRow]:
    """Claims those that are still due; returns them, the longest due first. The caller has locked their posts."""
    if not ids:
        return []
    found = await run_sql(_CLAIM, uuid4(), lease_expires_at, list(ids), now)
    rows = map(bulk.row_reader(Publication, ClaimedRow), found)
    return sorted(rows, key=lambda row: (row.next_attempt_time, row.id))
