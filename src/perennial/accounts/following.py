"""What waits follows its owner's account: if another account of the platform is connected, it is sent from that one.

What waits while no account is connected keeps the disconnected one, or none. The account that its owner connects next
adopts it: some of it in the transaction that connects, more in batches, and whatever is left when it falls due. So an
owner who has a million posts waiting can connect, too. A publication that may have been sent never follows, because it
is looked for in its own account alone.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from perennial.accounts import heads
from perennial.db.models import ConnectedAccount
from perennial.db.sql import as_id, as_time, run_sql
from perennial.db.transactions import transaction

BATCH_SIZE = 2_000

_OF_DISCONNECTED = """
    SELECT id FROM publications
    WHERE connected_account_id = ANY($1) AND status = 'scheduled' AND unclear_since IS NULL
    ORDER BY next_attempt_time LIMIT $2
"""
_WITHOUT_ACCOUNT = """
    SELECT publications.id FROM publications JOIN posts ON posts.id = post_id
    WHERE connected_account_id IS NULL AND publications.status = 'scheduled' AND platform = $1 AND clerk_user_id = $2
    LIMIT $3
"""
_ADOPT = """
    UPDATE publications SET connected_account_id = account.id
    FROM posts, connected_accounts AS account
    WHERE publications.id = ANY($1) AND publications.status = 'scheduled' AND unclear_since IS NULL
        AND (publications.connected_account_id IS NULL OR publications.connected_account_id = ANY($2))
        AND posts.id = post_id AND account.clerk_user_id = posts.clerk_user_id
        AND account.platform = publications.platform AND account.status <> 'disconnected'
    RETURNING publications.id
"""
_DUE = """
    SELECT publications.id, post_id, connected_account_id AS account_id, posts.clerk_user_id AS owner,
        next_attempt_time, account.id AS present_id
    FROM publications JOIN posts ON posts.id = post_id
    LEFT JOIN connected_accounts AS account ON account.clerk_user_id = posts.clerk_user_id
        AND account.platform = publications.platform AND account.status <> 'disconnected'
    WHERE publications.status = 'scheduled' AND next_attempt_time <= $1 AND {condition}
    ORDER BY connected_account_id, next_attempt_time LIMIT $2
"""
_DUE_WITHOUT_ACCOUNT = _DUE.format(condition="connected_account_id IS NULL")
_DUE_OF_DISCONNECTED = _DUE.format(condition="connected_account_id = ANY($3)")
_DISCONNECTED = """
    SELECT id FROM connected_accounts
    WHERE status = 'disconnected' AND next_due <= $1 ORDER BY next_due LIMIT $2
"""


class Waiting(NamedTuple):
    """A publication that waits, as little of it as is needed to end that."""

    id: UUID
    post_id: UUID
    owner: str
    account_id: UUID | None = None


async def follow(account: ConnectedAccount, disconnected: Collection[UUID]) -> bool:
    """Gives the account what waits with its owner's disconnected accounts, or with none; returns whether more is left.

    It is a transaction, or part of one; the caller has locked no publications.
    """
    async with transaction():
        await heads.lock([account.id, *disconnected])
        rows = [
            *await run_sql(_OF_DISCONNECTED, list(disconnected), BATCH_SIZE),
            *await run_sql(_WITHOUT_ACCOUNT, account.platform.value, account.clerk_user_id, BATCH_SIZE),
        ]
        if rows:
            await run_sql(_ADOPT, [row["id"] for row in rows], list(disconnected))
        await heads.reset([account.id, *disconnected])
    return len(rows) >= BATCH_SIZE


async def adopt_due(now: datetime, until: datetime) -> tuple[int, list[Waiting]]:
    """Gives publications that are due by `until` without a connected account the one that their owner has connected.

    Returns how many got one, and those that are due at `now` whose owner has none.
    """
    gone = [as_id(row["id"]) for row in await run_sql(_DISCONNECTED, until, BATCH_SIZE)]
    rows = [*await run_sql(_DUE_WITHOUT_ACCOUNT, until, BATCH_SIZE)]
    rows += await run_sql(_DUE_OF_DISCONNECTED, until, BATCH_SIZE, gone) if gone else []
    present = {as_id(row["present_id"]) for row in rows if row["present_id"]}
    adopted: set[UUID] = set()
    if rows or gone:
        async with transaction():
            await heads.lock(present | set(gone))
            found = await run_sql(_ADOPT, [row["id"] for row in rows], gone) if present else []
            adopted = {as_id(row["id"]) for row in found}
            await heads.reset(present | set(gone))
    left = [row for row in rows if as_id(row["id"]) not in adopted and as_time(row["next_attempt_time"]) <= now]
    return len(adopted), list(map(_waiting, left))


def _waiting(row: Mapping[str, Any]) -> Waiting:
    account_id = as_id(row["account_id"]) if row["account_id"] else None
    return Waiting(as_id(row["id"]), as_id(row["post_id"]), row["owner"], account_id)
