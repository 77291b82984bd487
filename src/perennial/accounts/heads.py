"""The heads of accounts: `next_due` says when an account is next worth a look by whoever publishes.

**Invariant.** The head is not later than the earliest `next_attempt_time` of what the account has scheduled, unless
`blocked_until` is later. It is null if nothing of the account is scheduled.
**Lock.** Whoever makes a publication scheduled, or due earlier, locks its account in the same transaction (FOR NO KEY
UPDATE, in the order of ids, after posts and before the publications that it changes) and then lowers the head. A tick,
whose publications are all new, does so at its end. Whoever raises a head has locked the account, and reads what is
scheduled in the next statement, so that it sees whatever was committed before; a block moves it to its end.
**Repair.** `mender` compares a slice of the accounts with their publications; the cron calls it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from perennial.accounts.account_rows import CONNECTED
from perennial.core.mending import Mender
from perennial.core.states import Platform
from perennial.db import bulk
from perennial.db.models import ConnectedAccount
from perennial.db.sql import as_id, as_time, run_sql
from perennial.db.transactions import transaction
from perennial.observe.logs import get_logger

log = get_logger(__name__)

_PLATFORMS = frozenset(Platform)

_LOCK = "SELECT id, next_due FROM connected_accounts WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"
_LOCK_OF_OWNER = """
    SELECT id, platform, status FROM connected_accounts WHERE clerk_user_id = $1 ORDER BY id FOR NO KEY UPDATE
"""
_WANTED = "CASE WHEN blocked_until > given.next_due THEN blocked_until ELSE given.next_due END"
_LOWER = f"""
    UPDATE connected_accounts SET next_due = {_WANTED} FROM {{given}}
    WHERE connected_accounts.id = given.id
        AND (connected_accounts.next_due IS NULL OR connected_accounts.next_due > {_WANTED})
"""  # noqa: S608 (the expression is ours)
# Between bounds and in the order of the account's own index: with an equation PostgreSQL may take the index of all that
# is scheduled, and read another account's backlog, if its statistics know of few accounts.
_EARLIEST = """
    FROM publications
    WHERE connected_account_id >= connected_accounts.id AND connected_account_id <= connected_accounts.id
        AND publications.status = 'scheduled' AND next_attempt_time IS NOT NULL
    ORDER BY publications.connected_account_id, publications.next_attempt_time LIMIT 1
"""
_RAISE = f"""
    UPDATE connected_accounts SET next_due = (
        SELECT CASE WHEN blocked_until > next_attempt_time THEN blocked_until ELSE next_attempt_time END
        {_EARLIEST}
    )
    WHERE id = ANY($1)
"""  # noqa: S608 (the clauses are ours)
_NEXT = f"""
    SELECT next_due FROM connected_accounts
    WHERE platform = $1 AND next_due IS NOT NULL AND id <> ALL($2) AND status IN ({CONNECTED})
    ORDER BY next_due LIMIT 1
"""  # noqa: S608
_WRONG = f"""
    SELECT id, clerk_user_id AS owner, next_due, blocked_until, (SELECT next_attempt_time {_EARLIEST}) AS earliest
    FROM connected_accounts WHERE id > $1 ORDER BY id LIMIT $2
"""  # noqa: S608
_WRONG_ALONE = _WRONG.replace("id > $1", "id = $1")


class Head(NamedTuple):
    """A time at which an account has something due: columns of connected_accounts."""

    id: UUID
    next_due: datetime


async def lock(account_ids: Collection[UUID]) -> None:
    """Locks these accounts until the transaction ends; the caller has locked the posts that it locks."""
    if account_ids:
        await run_sql(_LOCK, list(account_ids))


class OwnersAccounts(NamedTuple):
    """An owner's accounts: those that are connected now by platform, and the ids of all, disconnected ones included."""

    present: dict[Platform, UUID]
    ids: list[UUID]


async def lock_of_owner(owner: str) -> OwnersAccounts:
    """Locks all accounts of the owner until the transaction ends; returns them.

    It reads twice: while the first waits for a transaction that connects an account, it does not see the new row.
    """
    await run_sql(_LOCK_OF_OWNER, owner)
    rows = await run_sql(_LOCK_OF_OWNER, owner)
    connected = [row for row in rows if row["status"] != "disconnected" and row["platform"] in _PLATFORMS]
    present = {Platform(row["platform"]): as_id(row["id"]) for row in connected}
    return OwnersAccounts(present, [as_id(row["id"]) for row in rows])


async def lock_and_lower(times: Mapping[UUID, datetime]) -> None:
    """Locks these accounts and lowers their heads, for a transaction whose scheduled publications are all new.

    It may do so at its end: whoever raised a head before did not see them, and its head is read with the lock.
    """
    if times:
        heads = {as_id(row["id"]): row["next_due"] for row in await run_sql(_LOCK, [*times])}
        await lower({one: times[one] for one, head in heads.items() if head is None or as_time(head) > times[one]})


async def lower(times: Mapping[UUID, datetime]) -> None:
    """Lowers the heads of these accounts, which the caller has locked, to what is due then."""
    await bulk.execute(_LOWER, ConnectedAccount, [Head(*one) for one in sorted(times.items())])


def earliest(times: Collection[tuple[UUID | None, datetime | None]]) -> dict[UUID, datetime]:
    """The earliest of the times of each account; pairs without an account or a time are passed over."""
    found: dict[UUID, datetime] = {}
    for account_id, time in times:
        if account_id is not None and time is not None:
            found[account_id] = min(time, found.get(account_id, time))
    return found


async def reset(account_ids: Collection[UUID]) -> None:
    """Reads the heads of these accounts anew; the caller has locked the accounts in an earlier statement."""
    if account_ids:
        await run_sql(_RAISE, list(account_ids))


async def next_head(platform: Platform, without: Collection[UUID]) -> datetime | None:
    """When any account of the platform, but for these, is next worth a look; None: never."""
    rows = await run_sql(_NEXT, platform.value, list(without))
    return as_time(rows[0]["next_due"]) if rows else None


def mender() -> Mender:
    """What compares the heads of all accounts with the truth."""
    return Mender(_mend_slice)


async def _mend_slice(after: UUID, size: int) -> UUID | None:
    """Mends the heads that are late among so many accounts behind this one; returns the last one's id, if any."""
    rows = await run_sql(_WRONG, after, size)
    for row in filter(_is_late, rows):
        await _mend(as_id(row["id"]))
    return as_id(rows[-1]["id"]) if rows else None


async def _mend(account_id: UUID) -> None:
    """Reads the account's head anew, if it is late now that the account is locked."""
    async with transaction():
        await lock([account_id])
        rows = await run_sql(_WRONG_ALONE, account_id, 1)
        if any(map(_is_late, rows)):
            await reset([account_id])
            log.error("account.head_mended", account=str(account_id), owner=rows[0]["owner"])


def _is_late(row: Mapping[str, Any]) -> bool:
    """Whether the account would be looked at later than it has something due."""
    if row["earliest"] is None:
        return False
    earliest_due = as_time(row["earliest"])
    if row["blocked_until"] is not None:
        earliest_due = max(earliest_due, as_time(row["blocked_until"]))
    return row["next_due"] is None or as_time(row["next_due"]) > earliest_due
