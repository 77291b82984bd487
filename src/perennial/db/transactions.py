"""Transactions that release their connection however they end.

The ORM's own `in_transaction` keeps its connection (on SQLite: the lock on its only one) and stays in the task's
context if BEGIN fails or is cancelled, as it does when the database restarts. Found by reading and
running tortoise-orm 1.1.9, backends/base/client.py and backends/sqlite/client.py.

On PostgreSQL the pool (`pool`) sees to it that a transaction begins on a connection that works, and it rolls back what
failed. Nothing is begun a second time for a block that has begun: its caller does that, if it may be done twice.
"""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tortoise import connections
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.backends.sqlite.client import SqliteTransactionWrapper

from perennial.db.commits import committing
from perennial.db.connection import CONNECTION


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """Commits everything that is written inside, or nothing. Inside of another transaction it joins that one."""
    client: Any = connections.get(CONNECTION)
    if isinstance(client, TransactionalDBClient):
        yield
        return
    async with _on_sqlite(client) if client.capabilities.dialect == "sqlite" else client.transaction() as inner:
        token = connections.set(CONNECTION, inner)
        try:
            yield
        finally:
            connections.reset(token)


@asynccontextmanager
async def _on_sqlite(client: Any) -> AsyncIterator[TransactionalDBClient]:
    """One transaction at a time. A COMMIT that fails leaves the transaction open, so it is rolled back too."""
    async with client.acquire_connection() as connection:
        try:
            await connection.execute("BEGIN")
            yield SqliteTransactionWrapper(client)
            with committing(lambda error: isinstance(error, sqlite3.Error)):
                await connection.commit()
        except BaseException:
            await connection.rollback()
            raise
