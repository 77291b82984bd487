"""What waits follows its owner's account: if another account of the platform is connected, it is sent from that one.

What waits while its account is disconnected keeps that account, or has none. When it is nearly due, the account that
its owner has connected by then adopts it. So connecting costs the same however much waits. A publication that may have
been sent never follows, because it is looked for in its own account alone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from perennial.accounts import heads
from perennial.core.states import Platform
from perennial.db.sql import as_id, as_time, literals, run_sql
from perennial.db.transactions import transaction

BATCH_SIZE = 2_000
ACCOUNTS_MAX = 20

_DISCONNECTED = f"""
    SELECT id, clerk_user_id AS owner, platform FROM connected_accounts
    WHERE status = 'disconnected' AND next_due <= $1 AND platform IN ({literals(Platform)}) ORDER BY next_due LIMIT $2
"""  # noqa: S608 (the platforms are ours)
# Between bounds and in the order of the account's own index, as in heads.py.
_OF_ACCOUNT = """
    SELECT id, post_id, next_attempt_time, unclear_since FROM publications
    WHERE connected_account_id >= $1 AND (connected_account_id, next_attempt_time) <= ($1, $2)
        AND status = 'scheduled'
    ORDER BY connected_account_id, next_attempt_time LIMIT $3
"""
# The time is compared outside, and the limit hidden: so PostgreSQL takes the index of accounts, not that of all due.
_WITHOUT_ACCOUNT = f"""
    SELECT earliest.*, clerk_user_id AS owner FROM (
        SELECT id, post_id, next_attempt_time, unclear_since, platform FROM publications
        WHERE connected_account_id IS NULL AND status = 'scheduled' AND platform IN ({literals(Platform)})
        ORDER BY connected_account_id, next_attempt_time LIMIT (SELECT {BATCH_SIZE})
    ) AS earliest JOIN posts ON posts.id = post_id
    WHERE next_attempt_time <= $1
"""  # noqa: S608
_ADOPT = """
    UPDATE publications SET connected_account_id = $1
    WHERE id = ANY($2) AND status = 'scheduled' AND unclear_since IS NULL
    RETURNING id
"""


class Waiting(NamedTuple):
    """A publication that waits, as little of it as is needed to end that."""

    id: UUID
    post_id: UUID
    owner: str


class _Homeless(NamedTuple):
    waiting: Waiting
    platform: Platform
    time: datetime
    is_in_doubt: bool


async def adopt(now: datetime, until: datetime) -> tuple[int, list[Waiting]]:
    """Gives what is due by `until`, without a connected account, the one that its owner has connected.

    Returns how many got one, and those that are due at `now` and cannot get one: their owner has none, or they may have
    been sent from the one that is disconnected.
    """
    found = await _homeless(until)
    by_owner: dict[tuple[str, Platform], list[UUID]] = {}
    for one in found:
        if not one.is_in_doubt:
            by_owner.setdefault((one.waiting.owner, one.platform), []).append(one.waiting.id)
    adopted: set[UUID] = set()
    for (owner, platform), ids in by_owner.items():
        adopted |= await _give(owner, platform, ids)
    left = [one.waiting for one in found if one.waiting.id not in adopted and one.time <= now]
    return len(adopted), left


async def _homeless(until: datetime) -> list[_Homeless]:
    """What is due by `until` and has a disconnected account, or none: BATCH_SIZE of each at most."""
    found = [
        _read(row, account["owner"], account["platform"])
        for account in await run_sql(_DISCONNECTED, until, ACCOUNTS_MAX)
        for row in await _of_account(as_id(account["id"]), until)
    ]
    rows = await run_sql(_WITHOUT_ACCOUNT, until)
    return [*found, *(_read(row, row["owner"], row["platform"]) for row in rows)]


async def _of_account(account_id: UUID, until: datetime) -> Sequence[Mapping[str, Any]]:
    rows = await run_sql(_OF_ACCOUNT, account_id, until, BATCH_SIZE)
    if not rows:  # the head came too early
        async with transaction():
            await heads.lock([account_id])
            await heads.reset([account_id])
    return rows


def _read(row: Mapping[str, Any], owner: str, platform: str) -> _Homeless:
    waiting = Waiting(as_id(row["id"]), as_id(row["post_id"]), owner)
    return _Homeless(waiting, Platform(platform), as_time(row["next_attempt_time"]), row["unclear_since"] is not None)


async def _give(owner: str, platform: Platform, ids: Sequence[UUID]) -> set[UUID]:
    """Gives these publications the account that the owner has connected; returns those that got it."""
    async with transaction():
        accounts = await heads.lock_of_owner(owner)
        if (account_id := accounts.present.get(platform)) is None:
            return set()
        rows = await run_sql(_ADOPT, account_id, list(ids))
        await heads.reset(accounts.ids)
    return {as_id(row["id"]) for row in rows}
