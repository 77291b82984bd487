"""Steps for migrations of large tables, beside which servers and workers go on: concurrent indexes, and backfills.

A migration that uses them says `RUN_IN_TRANSACTION = False`. So it is not undone where it ends in the middle; it is run
again from its beginning, and every step of it has to bear that, as these do. Both dialects are served:

    from perennial.db.migration_steps import backfill, build_index

    RUN_IN_TRANSACTION = False

    async def upgrade(db):
        await backfill(
            db,
            "publications",
            'UPDATE "publications" SET "length" = length("content") WHERE {batch} AND "length" IS NULL',
        )
        await build_index(db, "publications_by_length", '"publications" ("length", "id")')
        return "SELECT 1"

    async def downgrade(db):
        return 'DROP INDEX IF EXISTS "publications_by_length"'

The column itself is added by a migration before it, in a transaction: it may be null, or has a constant default, so
PostgreSQL rewrites no table. Processes of the version before go on inserting rows that do not know it.
"""

import asyncio
from typing import Any

import asyncpg
from tortoise import BaseDBAsyncClient
from tortoise.backends.base.client import TransactionalDBClient

from perennial.observe.logs import get_logger

log = get_logger(__name__)

BATCH_ROWS = 2_000
PROGRESS_SECONDS = 10.0
DEADLOCKS_MAX = 10
_LOOK_SECONDS = 1.0

_INDEX = """
    SELECT indisvalid AS valid,
           EXISTS (SELECT FROM pg_stat_progress_create_index WHERE index_relid = indexrelid) AS growing
    FROM pg_index WHERE indexrelid = to_regclass($1)
"""


async def build_index(db: BaseDBAsyncClient, name: str, on: str, *, unique: bool = False) -> None:
    """Builds an index unless it is there; on PostgreSQL concurrently, so that rows are written meanwhile.

    `on` is what follows ON, such as `"posts" ("clerk_user_id", "id") WHERE "status" = 'draft'`. A concurrent build that
    was interrupted leaves an invalid index, which no query uses and IF NOT EXISTS takes for the real one: it is dropped
    first. If a server process whose client died is still building it, that ends first.

    Raises RuntimeError inside of a transaction, and the driver's error if rows contradict a unique index.
    """
    _refuse_transaction(db)
    kind = "UNIQUE INDEX" if unique else "INDEX"
    if db.capabilities.dialect == "sqlite":
        await db.execute_script(f'CREATE {kind} IF NOT EXISTS "{name}" ON {on}')
        return
    if not await _is_valid(db, name):
        await db.execute_script(f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"')
    await db.execute_script(f'CREATE {kind} CONCURRENTLY IF NOT EXISTS "{name}" ON {on}')


async def _is_valid(db: BaseDBAsyncClient, name: str) -> bool:
    """Whether there is a finished index of this name; waits, between statements, for one that is being built."""
    while True:
        found = await db.execute_query_dict(_INDEX, [f'"{name}"'])
        if not (found and found[0]["growing"]):
            return bool(found and found[0]["valid"])
        log.info("migration.waiting", index=name, reason="another session is building it")
        await asyncio.sleep(_LOOK_SECONDS)


async def backfill(db: BaseDBAsyncClient, table: str, update: str, size: int = BATCH_ROWS) -> int:
    """Runs the UPDATE for all rows of the table, in batches by the range of their ids; returns how many it changed.

    `{batch}` in the statement becomes the condition for a batch, `"publications"."id" BETWEEN $1 AND $2`, in the order
    of ids, from the first to the last that there is when it is reached. The statement has no other placeholders, and a
    condition that leaves out what is done already, so that running it again is cheap. (It may have a FROM; the table
    that it updates then has no alias.) Each batch is committed by itself: row locks are held for `size` rows at most,
    and a batch that meets a deadlock is run again. The progress is logged as `migration.progress`.

    Raises RuntimeError inside of a transaction.
    """
    _refuse_transaction(db)
    placeholder = "?" if db.capabilities.dialect == "sqlite" else "$"
    statement = update.replace("{batch}", f'"{table}"."id" BETWEEN {placeholder}1 AND {placeholder}2')
    loop = asyncio.get_running_loop()
    changed, logged, last = 0, loop.time(), None
    while batch := await _next_batch(db, table, last, size):
        first, last = batch
        changed += await _update(db, statement, [first, last])
        if loop.time() - logged >= PROGRESS_SECONDS:
            logged = loop.time()
            log.info("migration.progress", table=table, changed=changed, id=str(last))
    log.info("migration.progress", table=table, changed=changed, done=True)
    return changed


async def _next_batch(db: BaseDBAsyncClient, table: str, after: Any, size: int) -> tuple[Any, Any] | None:
    """The first and the last id of the batch after this id; None behind the last."""
    placeholder = "?1" if db.capabilities.dialect == "sqlite" else "$1"
    condition = "" if after is None else f'WHERE "id" > {placeholder}'
    select = f'SELECT "id" FROM "{table}" {condition} ORDER BY "id" LIMIT {size:d}'  # noqa: S608
    rows = await db.execute_query_dict(select, [] if after is None else [after])
    return (rows[0]["id"], rows[-1]["id"]) if rows else None


async def _update(db: BaseDBAsyncClient, statement: str, values: list[Any]) -> int:
    """Runs the statement, again where it was the victim of a deadlock; returns how many rows it changed."""
    for _ in range(DEADLOCKS_MAX):
        try:
            return (await db.execute_query(statement, values))[0]
        except asyncpg.DeadlockDetectedError:
            log.warning("migration.retried", reason="deadlock")
    return (await db.execute_query(statement, values))[0]


def _refuse_transaction(db: BaseDBAsyncClient) -> None:
    if isinstance(db, TransactionalDBClient):
        raise RuntimeError("this step commits by itself: its migration needs RUN_IN_TRANSACTION = False")
