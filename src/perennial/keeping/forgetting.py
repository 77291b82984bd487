"""Deletes all that an owner has, while servers and workers go on; it may be killed at any point, and begun again.

1. The accounts lose their tokens and are disconnected: from then on nothing of the owner's is claimed or refreshed.
2. What workers have claimed before is waited for, until it is out or its lease has expired, when it cannot be sent.
3. Queues go, with their ledgers; then posts, with their publications; then accounts and idempotency keys. Each batch is
   one statement, in the order of locks.

A tick that read the accounts before they were disconnected may still write a clone: it is not claimed either, and goes
with the other posts. What the owner creates meanwhile, with a bearer token that is still valid, may be left over.
"""

import asyncio
from collections import Counter
from collections.abc import Callable

from perennial.core import clock
from perennial.core.command_line import CommandError
from perennial.db.bulk import table_of
from perennial.db.models import ConnectedAccount, IdempotencyKey, Post, RecurringQueue
from perennial.db.retrying import retry_while_away
from perennial.db.sql import run_sql
from perennial.keeping.owned import OWNED, OWNER, Owned
from perennial.observe.logs import get_logger

log = get_logger(__name__)

BATCH_SIZE = 200  # rows of a table, each with all that belongs to it
# A lease is 120 s.
WAIT_SECONDS_MAX = 180.0
POLL_SECONDS = 1.0

_DISCONNECT = """
    UPDATE connected_accounts SET status = 'disconnected', encrypted_access_token = '', encrypted_refresh_token = NULL,
        token_expires_at = NULL, tokens_version = tokens_version + 1
    WHERE id IN (SELECT id FROM connected_accounts WHERE clerk_user_id = $1 ORDER BY id FOR UPDATE)
"""
_PUBLISHING = """
    SELECT count(*) AS number FROM publications JOIN posts ON posts.id = post_id
    WHERE publications.status = 'publishing' AND lease_expires_at > $2 AND clerk_user_id = $1
"""
# Queues before posts, as everywhere: a queue names its original.
_ORDER = [RecurringQueue, Post, ConnectedAccount, IdempotencyKey]


async def count(owner: str) -> Counter[str]:
    """How many rows the owner has of each kind that has an owner's column: accounts, posts, queues, idempotencyKeys."""
    counts = Counter[str]()
    for table in OWNED:
        sql = f"SELECT count(*) AS number FROM {table_of(table.model)} WHERE {OWNER} = $1"  # noqa: S608 (ours)
        counts[f"{table.kind}s"] = (await run_sql(sql, owner))[0]["number"]
    return counts


async def forget(owner: str, say: Callable[[str], None]) -> Counter[str]:
    """Deletes all that the owner has; returns how many rows of each kind, as `count`. `say` is told what it waits for.

    Raises CommandError where something is being sent for longer than a lease is valid, or is there again in the end:
    somebody still uses the owner's bearer tokens.
    """
    await retry_while_away(lambda: run_sql(_DISCONNECT, owner))
    await _wait_until_nothing_is_sent(owner, say)
    tables = sorted(OWNED, key=lambda table: _ORDER.index(table.model))
    counts = Counter({f"{table.kind}s": await _delete(table, owner) for table in tables})
    log.info("owner.forgotten", owner=owner, **counts)
    if left := +await count(owner):
        again = ", ".join(f"{number} {kind}" for kind, number in left.items())
        raise CommandError(f"there are new rows of the owner: {again}; take the owner's access away and try again")
    return counts


async def _wait_until_nothing_is_sent(owner: str, say: Callable[[str], None]) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + WAIT_SECONDS_MAX
    said = 0
    while number := (await run_sql(_PUBLISHING, owner, await clock.now()))[0]["number"]:
        if loop.time() > deadline:
            raise CommandError(
                f"{number} publications are still being sent: take the owner's access away and try again"
            )
        if number != said:
            say(f"waiting for {number} publications that are being sent")
        said = number
        await asyncio.sleep(POLL_SECONDS)


async def _delete(table: Owned, owner: str) -> int:
    """Deletes the owner's rows of the table, batch by batch, and what belongs to them; returns their number."""
    name = table_of(table.model)
    sql = f"""
        DELETE FROM {name} WHERE id IN (
            SELECT id FROM {name} WHERE {OWNER} = $1 ORDER BY id LIMIT {BATCH_SIZE} FOR UPDATE
        )
        RETURNING id
    """  # noqa: S608 (all of it is ours)
    deleted = 0
    while batch := len(await retry_while_away(lambda: run_sql(sql, owner))):
        deleted += batch
    return deleted
