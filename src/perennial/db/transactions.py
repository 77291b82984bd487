"""Transactions that leave nothing behind, however they end.

The ORM's own `in_transaction` keeps its connection (on SQLite: the lock on its only one) and goes on standing in the
task's context where BEGIN fails or is cancelled, which a restart of the database makes it do. Found by reading and
running tortoise-orm 1.1.9, backends/base/client.py and backends/sqlite/client.py.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tortoise import connections
from tortoise.backends.asyncpg.client import TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.backends.sqlite.client import SqliteTransactionWrapper

from perennial.db.connection import CONNECTION


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """All that is written inside is committed in the end, or nothing. Inside of another one it joins that."""
    client: Any = connections.get(CONNECTION)
    if isinstance(client, TransactionalDBClient):
        yield
        return
    begun = _on_sqlite if client.capabilities.dialect == "sqlite" else _on_postgres
    async with begun(client) as within:
        token = connections.set(CONNECTION, within)
        try:
            yield
        finally:
            connections.reset(token)


@asynccontextmanager
async def _on_postgres(client: Any) -> AsyncIterator[TransactionalDBClient]:
    async with client.acquire_connection() as connection, connection.transaction():
        within = TransactionWrapper(client)
        within._connection = connection
        yield within


@asynccontextmanager
async def _on_sqlite(client: Any) -> AsyncIterator[TransactionalDBClient]:
    """One transaction at a time. A COMMIT that fails leaves it open, so it is rolled back too."""
    async with client.acquire_connection() as connection:
        try:
            await connection.execute("BEGIN")
            yield SqliteTransactionWrapper(client)
            await connection.commit()
        except BaseException:
            await connection.rollback()
            raise
