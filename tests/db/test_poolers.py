"""PgBouncer as it comes out of the box, in transaction mode: it is recognised, and nothing is left in its sessions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.stores.pgbouncer import NO_PGBOUNCER, OwnPgBouncer, pgbouncer
from support.stores.servers import DIRECTLY
from tortoise import connections

from perennial.db.connecting.connector import Connection
from perennial.db.connection import connect, postgres_config
from perennial.db.models import Post, Publication, RecurringQueue
from perennial.db.transactions import transaction
from perennial.settings import Pooler

PREPARED = "SELECT count(*) FROM pg_prepared_statements"
# What a session has that it did not begin with. (The driver's names are told to PgBouncer, which keeps them apart.)
LEFT = "SELECT name FROM pg_settings WHERE source = 'session' AND name NOT IN ('application_name', 'client_encoding')"
IDLE = "SHOW idle_in_transaction_session_timeout"


@pytest.fixture(scope="module")
def through(postgres_url: str, pooler: OwnPgBouncer | None) -> str:
    """The URL through PgBouncer."""
    if pooler is None:
        pytest.skip(NO_PGBOUNCER)
    return pooler.url(postgres_url)


@asynccontextmanager
async def connected(url: str, pooler: Pooler = Pooler.AUTO) -> AsyncIterator[Connection]:
    connection = await connect(postgres_config(url, 2, pooler))
    try:
        yield connection
    finally:
        await connection.close()


async def test_postgresql_itself_keeps_statements_and_is_told_how_long_a_transaction_may_be_idle(postgres_url):
    async with connected(postgres_url) as connection:
        assert not connection.behind_pooler
        assert await connection.fetchval(IDLE) == "1min"
        assert await connection.fetchval(PREPARED) > 0


async def test_a_pooler_is_recognised_and_nothing_is_left_in_its_session(through):
    """Sent in one transaction, so that it is one session that is looked at."""
    async with connected(through) as connection:
        assert connection.behind_pooler
        async with connection.transaction():
            await connection.fetch("SELECT $1::uuid[], $2::timestamptz[], $3::text", [], [], "x")
            assert await connection.fetchval(PREPARED) == 0
            assert await connection.fetch(LEFT) == []
            assert await connection.fetchval(IDLE) == "0"


@pytest.mark.parametrize("number", range(5))
async def test_each_new_connection_is_told_from_a_direct_one(through, postgres_url, number):
    async with connected(through) as one, connected(postgres_url) as another:
        assert (one.behind_pooler, another.behind_pooler) == (True, False)


async def test_a_pooler_that_is_not_recognised_can_be_told(postgres_url):
    async with connected(postgres_url, Pooler.ON) as connection:
        assert connection.behind_pooler
        await connection.fetch("SELECT $1::uuid[]", [])
        assert await connection.fetchval(PREPARED) == 0
        assert await connection.fetchval(IDLE) == "0"


async def test_statements_can_be_kept_in_spite_of_a_pooler_but_no_settings(through, postgres_url):
    """For a PgBouncer that knows the statements of its clients: 1.21 or later. Here it has no other client."""
    with pgbouncer(postgres_url) as alone:
        async with connected(alone.url(postgres_url), Pooler.OFF) as connection, connection.transaction():
            assert connection.behind_pooler
            assert await connection.fetchval(PREPARED) > 0
            assert await connection.fetch(LEFT) == []


async def test_the_driver_changes_no_setting_for_any_type_of_ours(through):
    """It switches JIT off while it looks up a type that it does not know: in one session, and on again in another."""
    types = {
        field.get_for_dialect("postgres", "SQL_TYPE")
        for model in (Post, Publication, RecurringQueue)
        for field in model._meta.fields_map.values()
        if getattr(field, "SQL_TYPE", None)
    }
    said: list[str] = []
    async with connected(through) as connection:
        with connection.query_logger(lambda record: said.append(record.query)):
            for one in types:
                await connection.fetch(f"SELECT NULL::{one}, NULL::{one}[]")
                await asyncio.sleep(0)  # the driver logs it in the loop's next turn
    assert len(said) == len(types) > 3
    assert not [query for query in said if "set_config" in query]


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_a_transaction_of_ours_may_not_be_idle_for_long_behind_a_pooler_either(database, through):
    async with transaction():
        assert await setting() == "1min"
    assert await setting() == "0"


@pytest.mark.parametrize("database", [DIRECTLY], indirect=True)
async def test_nor_may_it_without_one(database):
    assert await setting() == "1min"
    async with transaction():
        assert await setting() == "1min"


async def setting() -> Any:
    (row,) = await connections.get("default").execute_query_dict(IDLE)
    return row["idle_in_transaction_session_timeout"]
