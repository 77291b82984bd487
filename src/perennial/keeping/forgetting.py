"""Deletes all that an owner has, while servers and workers go on; it may be killed at any point, and begun again.

1. The accounts are disconnected: from then on nothing more of the owner's is claimed or refreshed.
2. Queues go, with their ledgers; then posts, with their publications; then accounts and idempotency keys. A post of
   which something is being sent stays, and the accounts with it.
3. If anything is left, all that is done again: until what was claimed before is out, or its lease has expired, when it
   cannot be sent any more; and with what came meanwhile, such as the clones of a tick that had already begun.

What the owner creates later, with a bearer token that is still valid, is left over.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from perennial.accounts.accounts import disconnect_all
from perennial.core import clock
from perennial.core.errors import CommandError
from perennial.db.bulk import table_of
from perennial.db.models import ConnectedAccount, IdempotencyKey, Post, RecurringQueue
from perennial.db.retrying import retry_while_away
from perennial.db.sql import run_sql
from perennial.db.transactions import transaction
from perennial.keeping.owned import OWNED, OWNER, Owned, page_of
from perennial.observe.logs import get_logger
from perennial.publishing.claims import CLAIM_LEASE

log = get_logger(__name__)

BATCH_SIZE = 200  # rows of a table, each with all that belongs to it
# A claim that is marked in the last moment of its lease is under way for as long again.
WAIT_SECONDS_MAX = 300.0
POLL_SECONDS = 1.0
# A mark that began before the lease was over may be written so much later: a statement takes no longer.
MARK_MAX = timedelta(seconds=30)

# What is claimed may be sent until the lease expires; and a request that has begun ends within a lease, also where
# somebody has found meanwhile that its claim has expired.
_BEING_SENT = """
    SELECT DISTINCT post_id FROM publications
    WHERE post_id = ANY($1) AND (
        (status = 'publishing' AND lease_expires_at > $2)
        OR (status IN ('publishing', 'unconfirmed') AND request_started_time > $3)
    )
"""
# Queues before posts, as everywhere: a queue names its original. What names accounts goes before them.
_ORDER = [RecurringQueue, Post, ConnectedAccount, IdempotencyKey]
_TABLES = sorted(OWNED, key=lambda table: _ORDER.index(table.model))


async def count(owner: str) -> Counter[str]:
    """How many rows the owner has of each kind that has an owner's column: accounts, posts, queues, idempotencyKeys."""
    counts = Counter[str]()
    for table in OWNED:
        sql = f"SELECT count(*) AS number FROM {table_of(table.model)} WHERE {OWNER} = $1"  # noqa: S608 (ours)
        counts[f"{table.kind}s"] = (await run_sql(sql, owner))[0]["number"]
    return counts


async def forget(owner: str, say: Callable[[str], None]) -> Counter[str]:
    """Deletes all that the owner has; returns how many rows of each kind, as `count`. `say` is told what it waits for.

    Raises CommandError where something is still being sent, or there is something new, after WAIT_SECONDS_MAX:
    somebody uses the owner's bearer tokens.
    """
    loop = asyncio.get_running_loop()
    counts, said, deadline = Counter({f"{table.kind}s": 0 for table in _TABLES}), "", None
    while left := await _delete_all(owner, counts):
        deadline = deadline or loop.time() + WAIT_SECONDS_MAX
        if loop.time() > deadline:
            raise CommandError(f"there are still {left}; take the owner's access away and try again")
        if left != said:
            say(f"there are still {left}: going on")
        said = left
        await asyncio.sleep(POLL_SECONDS)
    log.info("owner.forgotten", owner=owner, **counts)
    return counts


async def _delete_all(owner: str, counts: Counter[str]) -> str:
    """Goes through all tables once, and adds to the counts; returns what is left, in words, or nothing."""

    async def disconnect() -> None:
        await disconnect_all(owner, await clock.now())

    await retry_while_away(disconnect)
    for table in _TABLES:
        deleted, stayed = await _delete(table, owner)
        counts[f"{table.kind}s"] += deleted
        if stayed:
            return f"{stayed} posts that are being sent"
    left = ", ".join(f"{number:,} {kind}" for kind, number in (+await count(owner)).items())
    return f"{left} that are new" if left else ""


async def _delete(table: Owned, owner: str) -> tuple[int, int]:
    """Deletes the owner's rows of the table, page by page, and what belongs to them.

    It walks along an index of the owner's rows, so that a page costs the same whatever was deleted before it. Returns
    how many are deleted, and how many stay because they are being sent.
    """
    deleted = stayed = 0
    after: Sequence[Any] = ()
    while page := await retry_while_away(partial(run_sql, page_of(table, table.key, after, BATCH_SIZE), owner, *after)):
        gone, left = await retry_while_away(partial(_delete_rows, table, [row["id"] for row in page]))
        deleted, stayed = deleted + gone, stayed + left
        after = [page[-1][column] for column in table.key]
    return deleted, stayed


async def _delete_rows(table: Owned, ids: list[Any]) -> tuple[int, int]:
    """Deletes these rows of the table, but for posts that are being sent; returns how many, and how many of those."""
    name = table_of(table.model)
    async with transaction():
        locked = await run_sql(f"SELECT id FROM {name} WHERE id = ANY($1) ORDER BY id FOR UPDATE", ids)  # noqa: S608
        rows = [row["id"] for row in locked]
        # Read after the lock, which a claim takes too.
        sent = await _being_sent(rows, await clock.now()) if table.model is Post else set()
        await run_sql(f"DELETE FROM {name} WHERE id = ANY($1)", [one for one in rows if one not in sent])  # noqa: S608
    return len(rows) - len(sent), len(sent)


async def _being_sent(post_ids: list[Any], now: datetime) -> set[Any]:
    """Those of the posts of which something may go out yet."""
    rows = await run_sql(_BEING_SENT, post_ids, now - MARK_MAX, now - CLAIM_LEASE)
    return {row["post_id"] for row in rows}
