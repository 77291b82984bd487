"""Read-only sessions behind a pooler: PgBouncer ends the session of a client who leaves in the middle of a transaction.

So a transaction that was refused takes the pooler's session with it, as it takes ours.
"""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from support.stores.catalogs import new_postgres, read_postgres
from support.stores.pgbouncer import NO_PGBOUNCER, pgbouncer
from support.stores.pools import pool_on
from support.stores.servers import DIRECTLY
from support.stores.transactions import bounded, kept, write

from perennial.db.outages import is_outage
from perennial.db.sql import run_sql
from perennial.db.transactions import transaction

pytestmark = pytest.mark.parametrize("database", [DIRECTLY], indirect=True)

SESSIONS = 3
TIMES = 20


@pytest.fixture
async def pooled(database: str, postgres_url: str, migrated_template: str) -> AsyncIterator[str]:
    """A database of which PgBouncer holds some sessions that may not write, although it takes writes by now."""
    name = f"pooled_{uuid4().hex[:8]}"
    url = await new_postgres(postgres_url, name, migrated_template)
    with pgbouncer(postgres_url) as pooler:
        if pooler is None:
            pytest.skip(NO_PGBOUNCER)
        await read_postgres(url, f"ALTER DATABASE {name} SET default_transaction_read_only = on", "SELECT 1")
        async with pool_on(pooler.url(url), SESSIONS):
            together = asyncio.Barrier(SESSIONS)
            await asyncio.gather(*(_read_in_a_transaction(together) for _ in range(SESSIONS)))
        await read_postgres(postgres_url, f"ALTER DATABASE {name} RESET default_transaction_read_only", "SELECT 1")
        yield pooler.url(url)
    await read_postgres(postgres_url, f"DROP DATABASE {name} WITH (FORCE)", "SELECT 1")


async def _read_in_a_transaction(together: asyncio.Barrier) -> None:
    async with transaction():
        assert [tuple(row) for row in await run_sql("SHOW transaction_read_only")] == [("on",)]
        await together.wait()


async def write_in_a_transaction() -> None:
    async with transaction():
        await write("alice")


@bounded
async def test_each_of_them_fails_one_transaction_at_most(pooled: str) -> None:
    async with pool_on(pooled, SESSIONS):
        failed = 0
        for _ in range(TIMES):
            try:
                await write_in_a_transaction()
            except Exception:
                failed += 1
        assert failed <= SESSIONS
        assert len(await kept()) == TIMES - failed


@bounded
async def test_the_error_is_an_outage(pooled: str) -> None:
    async with pool_on(pooled, SESSIONS):
        with pytest.raises(Exception, match="read-only") as caught:
            await write_in_a_transaction()
        assert is_outage(caught.value)
