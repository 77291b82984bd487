"""Who gives up behind a pooler leaves, and asks it to cancel nothing: PgBouncer 1.18 may exit if it is asked.

The statement that was left goes on in PostgreSQL, and has an end there.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import asyncpg
import pytest
from support.stores.catalogs import new_postgres, read_postgres
from support.stores.forwarder import Forwarder, forwarding
from support.stores.pgbouncer import NO_PGBOUNCER, OwnPgBouncer
from support.stores.pools import pool_on
from support.stores.servers import DIRECTLY
from support.stores.transactions import bounded, kept, write
from support.story import eventually

from perennial.db.connection import connect, postgres_config
from perennial.db.pool import PoolClient
from perennial.db.sql import run_sql
from perennial.db.transactions import transaction

pytestmark = pytest.mark.parametrize("database", [DIRECTLY], indirect=True)

SLEEP = "SELECT pg_sleep(600)"
CANCEL = (80_877_102).to_bytes(4, "big")  # the protocol's number for a request to cancel
LIMIT = "SHOW statement_timeout"

Way = Callable[[PoolClient, str], Awaitable[None]]


@pytest.fixture
async def direct(database: str, postgres_url: str, migrated_template: str) -> AsyncIterator[str]:
    """A database of this test's own, with which its sessions end."""
    name = f"left_{uuid4().hex[:8]}"
    yield await new_postgres(postgres_url, name, migrated_template)
    await read_postgres(postgres_url, f"DROP DATABASE {name} WITH (FORCE)", "SELECT 1")


@pytest.fixture
def through(direct: str, pooler: OwnPgBouncer | None) -> str:
    """The way to it through PgBouncer."""
    if pooler is None:
        pytest.skip(NO_PGBOUNCER)
    return pooler.url(direct)


@pytest.fixture
def line(request: pytest.FixtureRequest) -> Iterator[Forwarder]:
    """What stands between us and the pooler, or the server if the test says so."""
    options = parse_qs(urlsplit(request.getfixturevalue(getattr(request, "param", "through"))).query)
    with forwarding(f"{options['host'][0]}/.s.PGSQL.{options.get('port', ['5432'])[0]}") as forwarder:
        yield forwarder


@pytest.fixture
def url(line: Forwarder, direct: str) -> str:
    """The address of the database at the end of that line."""
    return f"postgres://perennial@127.0.0.1:{line.port}{urlsplit(direct).path}"


async def cancelled(client: PoolClient, _: str) -> None:
    """As a request is at its limit, or when its caller goes away."""
    async with asyncio.timeout(0.2):
        await client.execute_query(SLEEP)


async def cancelled_in_a_transaction(_: PoolClient, __: str) -> None:
    async with asyncio.timeout(0.2), transaction():
        await write("alice")
        await run_sql(SLEEP)


async def too_long_for_the_driver(client: PoolClient, _: str) -> None:
    async with client.acquire_connection() as connection:
        await connection.execute(SLEEP, timeout=0.2)


async def closed_meanwhile(_: PoolClient, url: str) -> None:
    """As a migration closes a connection of its own, whatever it does."""
    connection = await connect(postgres_config(url, 1))
    sleeping = asyncio.create_task(connection.execute(SLEEP))
    await asyncio.sleep(0)  # until it is sent
    await connection.close()
    await sleeping


WAYS = [cancelled, cancelled_in_a_transaction, too_long_for_the_driver, closed_meanwhile]


@pytest.mark.parametrize("give_up", WAYS)
@bounded
async def test_nobody_asks_a_pooler_to_cancel_and_the_next_statement_has_a_connection(
    line: Forwarder, url: str, give_up: Way
) -> None:
    await _give_up(url, give_up)
    assert CANCEL not in line.said


@pytest.mark.parametrize("line", ["direct"], indirect=True)
@pytest.mark.parametrize("give_up", WAYS)
@bounded
async def test_a_server_is_asked_to_cancel(line: Forwarder, url: str, give_up: Way) -> None:
    await _give_up(url, give_up)
    assert CANCEL in line.said


async def _give_up(url: str, give_up: Way) -> None:
    async with pool_on(url, 1) as client:
        with pytest.raises((TimeoutError, asyncpg.QueryCanceledError, asyncpg.PostgresConnectionError)):
            await give_up(client, url)
        await write("bob")
        assert await kept() == ["bob"]


@bounded
async def test_a_statement_that_was_left_in_a_transaction_ends_at_its_limit_and_nothing_of_it_is_kept(
    direct: str, through: str
) -> None:
    await _limit_statements(direct, "1s")
    async with pool_on(through, 1) as client:
        with pytest.raises(TimeoutError):
            await cancelled_in_a_transaction(client, through)
        await eventually(lambda: _nobody_sleeps(direct), "it ended")
        assert await kept() == []


async def _nobody_sleeps(url: str) -> bool:
    sleeping = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"
    return not await read_postgres(url, f"{sleeping} AND datname = current_database()")


@pytest.mark.parametrize(("of_the_database", "within"), [("0", "1min"), ("5s", "5s"), ("5min", "5min")])
@bounded
async def test_each_transaction_behind_a_pooler_limits_its_statements_unless_the_database_does(
    direct: str, through: str, of_the_database: str, within: str
) -> None:
    await _limit_statements(direct, of_the_database)
    async with pool_on(through, 1):
        async with transaction():
            assert [tuple(row) for row in await run_sql(LIMIT)] == [(within,)]
        assert [tuple(row) for row in await run_sql(LIMIT)] == [(of_the_database,)]


async def _limit_statements(url: str, limit: str) -> None:
    """Before the first session begins: a session keeps what it began with."""
    await read_postgres(url, f"ALTER DATABASE {urlsplit(url).path[1:]} SET statement_timeout = '{limit}'", "SELECT 1")
