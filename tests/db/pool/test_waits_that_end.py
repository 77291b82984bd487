"""A database that is silent: nobody waits for it longer than they said they would."""

import asyncio

import pytest
from support.stores.catalogs import read_postgres
from support.stores.forwarder import Forwarder
from support.stores.pools import on_each, pool_on
from support.stores.servers import DIRECTLY
from support.stores.transactions import begin_anew, bounded, kept, write

from perennial.db.outages import is_outage
from perennial.db.sql import run_sql
from perennial.db.transactions import transaction

pytestmark = pytest.mark.parametrize("database", [DIRECTLY], indirect=True)

SIZE = 5
MINE = "SELECT pg_backend_pid()"


@pytest.fixture(autouse=True)
async def _no_posts(database: str) -> None:
    await begin_anew()


async def read() -> None:
    await run_sql("SELECT 1")


async def write_in_a_transaction() -> None:
    async with transaction():
        await write("alice")


async def fail_in_a_transaction(line: Forwarder) -> None:
    """The line dies in the middle: not even the transaction's end is heard."""
    async with transaction():
        await write("alice")
        line.swallow()
        await write("bob")


@bounded
async def test_who_gives_up_on_a_dead_line_does_not_wait_for_the_answer_to_that(
    line: Forwarder, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the server may take to answer: a request, for example, is answered at its limit."""
    monkeypatch.setattr("perennial.db.pool.client.CANCEL_SECONDS", 1_000.0)
    async with pool_on(url, SIZE) as pool:
        await on_each(pool, MINE)
        line.swallow()
        for work in (read, write_in_a_transaction, lambda: fail_in_a_transaction(line)):
            with pytest.raises(TimeoutError):
                await _given_up(work())


@bounded
async def test_after_somebody_gave_up_on_a_dead_line_others_go_on_on_new_connections(
    line: Forwarder, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit of `bounded` is far below the 30 s that the driver would wait for an answer to its cancelling."""
    monkeypatch.setattr("perennial.db.pool.client.CANCEL_SECONDS", 0.1)
    async with pool_on(url, SIZE) as pool:
        before = set(await on_each(pool, MINE))
        line.swallow()
        for work in (read, write_in_a_transaction, lambda: fail_in_a_transaction(line)):
            with pytest.raises(TimeoutError):
                await _given_up(work())
        while before & set(await on_each(pool, MINE)):  # noqa: ASYNC110 (until those who gave up have left)
            await asyncio.sleep(0.01)
        await asyncio.gather(*(write_in_a_transaction() for _ in range(2 * SIZE)))
        assert await kept() == ["alice"] * 2 * SIZE


async def _given_up(work: object) -> None:
    async with asyncio.timeout(0.2):
        await work  # type: ignore[misc]


@bounded
async def test_a_driver_s_own_limit_on_a_dead_line_is_an_outage(
    line: Forwarder, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("perennial.db.pool.client.CANCEL_SECONDS", 0.1)
    async with pool_on(url, SIZE) as pool:
        with pytest.raises(TimeoutError) as caught:  # noqa: PT012 (the block is what is tried)
            async with pool.acquire_connection() as connection:
                line.swallow()
                await connection.execute("SELECT 1", timeout=0.1)
        assert is_outage(caught.value)
        await write_in_a_transaction()
        assert await kept() == ["alice"]


@bounded
async def test_who_waits_for_a_place_waits_no_longer_than_for_a_statement(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("perennial.db.pool.client.ACQUIRE_SECONDS", 0.1)
    async with pool_on(url, 1) as pool:
        async with pool.acquire_connection():
            for work in (read, write_in_a_transaction):
                with pytest.raises(TimeoutError) as caught:
                    await work()
                assert is_outage(caught.value)
        await write_in_a_transaction()


@bounded
async def test_a_server_that_answers_breaks_the_statement_off_and_the_connection_stays(
    postgres_url: str, url: str
) -> None:
    async with pool_on(url, 1) as pool:
        [pid] = await on_each(pool, MINE)
        with pytest.raises(TimeoutError):
            await _given_up(run_sql("SELECT pg_sleep(60)"))
        assert await on_each(pool, MINE) == [pid]
        sleeping = f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid} AND state = 'active'"
        assert await read_postgres(postgres_url, sleeping) == []
        async with transaction():
            with pytest.raises(TimeoutError):
                await _given_up(run_sql("SELECT pg_sleep(60)"))
        assert await on_each(pool, MINE) == [pid]
