"""Connections that break, however they do: they leave the pool, and what can be done again is done on others."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from support.stores.catalogs import read_postgres
from support.stores.forwarder import Forwarder
from support.stores.pools import on_each, pool_on
from support.stores.servers import DIRECTLY
from support.stores.transactions import begin_anew, bounded, kept, write

from perennial.db.connecting.connector import Connection, Connector
from perennial.db.models import Post
from perennial.db.outages import is_outage
from perennial.db.pool import PoolClient
from perennial.db.sql import run_sql
from perennial.db.transactions import transaction

pytestmark = pytest.mark.parametrize("database", [DIRECTLY], indirect=True)

SIZE = 10
MINE = "SELECT pg_backend_pid()"


@pytest.fixture(autouse=True)
async def _no_posts(database: str) -> None:
    await begin_anew()


def the_server_is_told_nonsense(line: Forwarder) -> None:
    """It answers 08P01 and closes the connection."""
    line.tell_servers(b"\x01\x00\x00\x00\x04")


def we_are_told_nonsense(line: Forwarder) -> None:
    """A message of a kind that no version of the protocol has: the driver cannot use an idle connection any more."""
    line.tell_clients(b"\x01\x00\x00\x00\x08oops")


@pytest.mark.parametrize("trouble", [the_server_is_told_nonsense, we_are_told_nonsense])
@bounded
async def test_after_a_broken_protocol_everything_goes_on_on_other_connections(
    line: Forwarder, url: str, trouble: Callable[[Forwarder], None]
) -> None:
    async with pool_on(url, SIZE) as pool:
        await on_each(pool, MINE)
        trouble(line)

        async def write_and_read(name: str) -> None:
            async with transaction():
                await write(name)
            assert name in await kept()

        await asyncio.gather(*(write_and_read(f"user{n}") for n in range(2 * SIZE)))
        assert len(await kept()) == 2 * SIZE


@bounded
async def test_in_the_middle_of_a_transaction_it_is_an_outage_and_nothing_is_kept(line: Forwarder, url: str) -> None:
    async with pool_on(url, SIZE):
        with pytest.raises(Exception) as caught:  # noqa: PT011, PT012 (of several classes)
            async with transaction():
                await write("alice")
                the_server_is_told_nonsense(line)
                await write("bob")
                await write("carol")
        assert is_outage(caught.value)
        assert await kept() == []


@bounded
async def test_an_administrator_who_ends_all_sessions_fails_nobody_who_begins_or_reads(
    postgres_url: str, url: str
) -> None:
    async with pool_on(url, SIZE) as pool:
        for _ in range(5):
            pids = await on_each(pool, MINE)
            await end_sessions(postgres_url, pids)
            await asyncio.gather(*(kept() for _ in range(SIZE)), *(run_sql("SELECT 1") for _ in range(SIZE)))
            async with transaction():
                await write("alice")
        assert await kept() == ["alice"] * 5


@bounded
async def test_a_statement_that_may_have_written_is_not_run_again(postgres_url: str, url: str) -> None:
    async with pool_on(url, 1) as pool:
        await write("alice")
        [pid] = await on_each(pool, MINE)
        slow = f"UPDATE posts SET status = 'failed' WHERE pg_terminate_backend({pid}) IS NOT NULL RETURNING id"
        with pytest.raises(Exception) as caught:  # noqa: PT011 (of several classes)
            await run_sql(slow)
        assert is_outage(caught.value)
        assert [post.status for post in await Post.all()] == ["draft"]


@bounded
async def test_an_error_of_the_statement_ends_no_connection(url: str) -> None:
    async with pool_on(url, SIZE) as pool:
        before = set(await on_each(pool, MINE))
        for statement, values in _REFUSED:
            with pytest.raises(Exception):  # noqa: B017, PT011 (of several classes)
                await run_sql(statement, *values)
            with pytest.raises(Exception):  # noqa: B017, PT011
                async with transaction():
                    await run_sql(statement, *values)
        assert set(await on_each(pool, MINE)) == before
        assert isinstance(pool, PoolClient)


_REFUSED = [
    ("SELECT 1 / $1::int", (0,)),
    ("SELECT $1::int", ("a text",)),  # the driver refuses it
    ("SELECT nothing FROM nowhere", ()),
    ("SELECT 1 FROM posts FOR UPDATE NOWAIT; SELECT", ()),
]


@bounded
async def test_where_a_new_connection_fails_nobody_tries_another(
    postgres_url: str, line: Forwarder, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []
    connect = Connector.__call__

    async def noted(connector: Connector, *given: object, **named: Any) -> Connection:
        tried.append(asyncio.current_task())  # the pool opens some in the background, too
        return await connect(connector, *given, **named)

    async with pool_on(url, SIZE) as pool:
        pids = await on_each(pool, MINE)
        monkeypatch.setattr(Connector, "__call__", noted)
        line.target = "/nowhere"
        await end_sessions(postgres_url, pids)
        for number, work in enumerate((kept, write_in_a_transaction, kept), 1):
            with pytest.raises(Exception) as caught:  # noqa: PT011 (of several classes)
                await work()
            assert is_outage(caught.value)
            assert tried.count(asyncio.current_task()) == number


@bounded
async def test_that_no_connection_can_be_opened_ahead_is_no_traceback(
    postgres_url: str, line: Forwarder, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The driver's pool opens connections in the background, to have as many as it was told to."""
    async with pool_on(url, SIZE) as pool:
        pids = await on_each(pool, MINE)
        line.target = "/nowhere"
        await end_sessions(postgres_url, pids)
        while not (told := [one for one in caplog.records if one.name == "asyncpg.pool"]):  # noqa: ASYNC110 (in vain)
            await asyncio.sleep(0.01)
        assert [one.exc_info for one in told] == [None] * len(told)


async def end_sessions(postgres_url: str, pids: list[int]) -> None:
    await read_postgres(postgres_url, f"SELECT count(pg_terminate_backend(pid)) FROM unnest(ARRAY{pids}) AS pid")


async def write_in_a_transaction() -> None:
    async with transaction():
        await write("alice")
