"""Sessions that may not write, as a switchover leaves them behind: nobody stays on one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from support.stores.catalogs import read_postgres
from support.stores.pools import on_each, pool_on
from support.stores.servers import DIRECTLY
from support.stores.transactions import begin_anew, bounded, kept, write

from perennial.db import connection
from perennial.db.models import Post
from perennial.db.outages import is_outage
from perennial.db.transactions import transaction

pytestmark = pytest.mark.parametrize("database", [DIRECTLY], indirect=True)

SIZE = 10
MINE = "SELECT pg_backend_pid()"
PAUSE = "perennial.db.pool.client.READ_ONLY_PAUSE_SECONDS"
READ_ONLY = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"


@pytest.fixture(autouse=True)
async def _no_posts(database: str) -> None:
    await begin_anew()


@pytest.fixture(autouse=True)
def _sessions_are_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them has just begun, so a new one may do better."""
    monkeypatch.setattr(PAUSE, 0.0)


@pytest.fixture
def sessions_are_new(_sessions_are_old: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them have just begun, so another one would do no better."""
    monkeypatch.setattr(PAUSE, 1_000.0)


@pytest.fixture
async def read_only_database(database: str, postgres_url: str) -> AsyncIterator[Callable[[bool], Awaitable[None]]]:
    """Lets every session that begins from now on write, or not."""

    async def let(write: bool) -> None:
        verb = "RESET default_transaction_read_only" if write else "SET default_transaction_read_only = on"
        name = (await read_postgres(postgres_url, "SELECT current_database()"))[0][0]
        await read_postgres(postgres_url, "BEGIN READ WRITE", f'ALTER DATABASE "{name}" {verb}', "COMMIT")

    yield let
    await let(True)


async def write_in_a_transaction(name: str) -> None:
    async with transaction():
        await write(name)


@bounded
async def test_no_transaction_fails_though_every_session_of_the_pool_has_become_read_only(postgres_url: str) -> None:
    async with pool_on(postgres_url, SIZE) as pool:
        await on_each(pool, READ_ONLY)
        await asyncio.gather(*(write_in_a_transaction(f"user{n}") for n in range(SIZE)))
        assert len(await kept()) == SIZE
        assert set(await on_each(pool, "SHOW transaction_read_only")) == {"off"}


@bounded
async def test_sessions_that_began_while_the_database_was_read_only_do_not_stay(
    postgres_url: str, read_only_database: Callable[[bool], Awaitable[None]]
) -> None:
    await read_only_database(False)
    async with pool_on(postgres_url, SIZE) as pool:
        with pytest.raises(Exception, match="read-only") as caught:
            await write_in_a_transaction("alice")
        assert is_outage(caught.value)
        async with transaction():
            assert await kept() == []  # reading goes on
        await read_only_database(True)
        await on_each(pool, "SELECT 1")
        await asyncio.gather(*(write_in_a_transaction(f"user{n}") for n in range(SIZE)))
        assert len(await kept()) == SIZE


@bounded
async def test_a_single_statement_that_a_read_only_session_refused_is_run_on_another(postgres_url: str) -> None:
    async with pool_on(postgres_url, SIZE) as pool:
        await write("alice")
        await on_each(pool, READ_ONLY)
        changed = [await Post.filter(clerk_user_id="alice").update(status="failed") for _ in range(SIZE)]
        assert changed == [1] * SIZE


@bounded
async def test_where_nothing_reports_it_one_transaction_fails_and_no_other(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is on PostgreSQL 13 and behind most poolers."""
    monkeypatch.setattr("perennial.db.pool.client.reports_read_only", lambda _connection: False)
    async with pool_on(postgres_url, SIZE) as pool:
        await on_each(pool, READ_ONLY)
        ended = [await asyncio.gather(write_in_a_transaction(f"user{n}"), return_exceptions=True) for n in range(SIZE)]
        failed = [error for [error] in ended if error is not None]
        assert len(failed) == 1
        assert is_outage(failed[0])
        assert len(await kept()) == SIZE - 1


@bounded
async def test_what_is_asked_of_health_is_whether_a_session_may_write_and_why_not(
    postgres_url: str, read_only_database: Callable[[bool], Awaitable[None]]
) -> None:
    async with pool_on(postgres_url, SIZE) as pool:
        await on_each(pool, READ_ONLY)
        await connection.ping_for_writing()  # because a new session may
    await read_only_database(False)
    async with pool_on(postgres_url, SIZE):
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError, match="ALTER DATABASE"):
            await connection.ping_for_writing()


@bounded
async def test_where_new_sessions_are_read_only_too_an_error_ends_no_other(
    postgres_url: str, read_only_database: Callable[[bool], Awaitable[None]], sessions_are_new: None
) -> None:
    await read_only_database(False)
    async with pool_on(postgres_url, SIZE) as pool:
        for _ in range(2):
            before = set(await on_each(pool, MINE))
            with pytest.raises(Exception, match="read-only"):
                await write_in_a_transaction("alice")
            assert len(before & set(await on_each(pool, MINE))) == SIZE - 1


@bounded
async def test_where_new_sessions_are_read_only_too_transactions_that_read_go_on_and_end_no_connection(
    postgres_url: str, read_only_database: Callable[[bool], Awaitable[None]], sessions_are_new: None
) -> None:
    """As on a standby."""
    await read_only_database(False)
    async with pool_on(postgres_url, SIZE) as pool:
        before = set(await on_each(pool, MINE))
        for _ in range(SIZE):
            async with transaction():
                assert await kept() == []
        assert set(await on_each(pool, MINE)) == before
