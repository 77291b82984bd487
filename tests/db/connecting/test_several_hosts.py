"""A DATABASE_URL with several hosts: each is asked for as long as a connection may take."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from support.stores.catalogs import read_postgres
from support.stores.forwarder import forwarding

from perennial.db.connection import connect, postgres_config


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[str]:
    """The folder of a Unix socket on which connections are taken and nothing is ever answered."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{tmp_path}/.s.PGSQL.5432")
        listener.listen()
        yield str(tmp_path)


@pytest.fixture
def host(postgres_url: str) -> str:
    """The folder of the real server's socket."""
    return postgres_url.partition("host=")[2]


async def connected(query: str, database: str = "postgres") -> asyncpg.Connection:
    return await connect(postgres_config(f"postgres://perennial@/{database}?connect_timeout=1&{query}", 2))


async def test_a_host_that_is_silent_does_not_keep_us_from_the_next(silent: str, host: str) -> None:
    connection = await connected(f"host={silent},{host}")
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()


async def test_a_silent_host_alone_is_a_wait_that_ends(silent: str) -> None:
    with pytest.raises(TimeoutError):
        await connected(f"host={silent}")


async def test_a_host_whose_sessions_may_not_write_is_passed_over_if_that_is_asked_for(
    postgres_url: str, host: str
) -> None:
    await read_postgres(
        postgres_url,
        "DROP DATABASE IF EXISTS calm",
        "CREATE DATABASE calm",
        "ALTER DATABASE calm SET default_transaction_read_only = on",
        "SELECT 1",
    )
    with pytest.raises(asyncpg.TargetServerAttributeNotMatched):
        await connected(f"host={host},{host}&target_session_attrs=read-write", "calm")
    await (await connected(f"host={host},{host}", "calm")).close()


async def test_a_connection_that_is_closed_waits_for_no_silent_server(host: str) -> None:
    """The pool closes those that it replaces in the background, where nobody would see an error either."""
    with forwarding(f"{host}/.s.PGSQL.5432") as line:
        connection = await connect(postgres_config(f"postgres://perennial@127.0.0.1:{line.port}/postgres", 2))
        line.swallow()
        async with asyncio.timeout(10):
            await connection.close()
        assert connection.is_closed()
