"""A pool of a test's own: what its queries go to in place of the one that the tests share."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from tortoise import connections

from perennial.db.connection import CONNECTION, postgres_config
from perennial.db.pool import PoolClient


@asynccontextmanager
async def pool_on(url: str, size: int) -> AsyncIterator[PoolClient]:
    """A pool of so many connections, all of them open, which the block's queries and transactions use."""
    credentials = postgres_config(url, size)["connections"][CONNECTION]["credentials"]
    client = PoolClient(**credentials | {"minsize": size, "connection_name": CONNECTION})
    token = connections.set(CONNECTION, client)
    try:
        await client.execute_query("SELECT 1")
        yield client
    finally:
        connections.reset(token)
        client.pool.terminate()  # it may be broken


async def on_each(client: PoolClient, sql: str) -> list[Any]:
    """Runs the statement once on each connection of the pool; returns the first values."""
    async with AsyncExitStack() as stack:
        places = range(client.pool.get_max_size())
        acquired = [await stack.enter_async_context(client.acquire_connection()) for _ in places]
        return [await one.fetchval(sql) for one in acquired]
