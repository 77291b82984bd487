"""A DATABASE_URL with several hosts: each is asked for as long as a connection may take."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs
from support.stores.catalogs import read_postgres
from support.stores.forwarder import forwarding

from perennial.db.connecting.connector import Connector
from perennial.db.connection import connect, postgres_config
from perennial.settings import Pooler
from perennial.settings.database_url import read_database_url


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


async def test_whoever_was_passed_over_is_asked_last_from_then_on_and_that_is_said_once(silent: str, host: str) -> None:
    url = f"postgres://perennial@/postgres?connect_timeout=1&host={silent},{host}&target_session_attrs=read-write"
    connector = Connector(read_database_url(url), Pooler.AUTO)
    asked: list[str] = []
    with capture_logs() as lines, asking(asked):
        for _ in range(3):
            await (await connector()).close()
    assert asked == [silent, host, host, host]
    said = [(line["event"], line["host"], line["error"]) for line in lines]
    assert said == [("database.host_passed_over", f"{silent}:5432", "TimeoutError")]


async def test_where_the_first_host_is_to_be_preferred_it_is_asked_first_again(silent: str, host: str) -> None:
    """Or we would stay on a standby, when the primary is back."""
    url = f"postgres://perennial@/postgres?connect_timeout=1&host={silent},{host}"
    connector = Connector(read_database_url(url), Pooler.AUTO)
    asked: list[str] = []
    with asking(asked):
        for _ in range(2):
            await (await connector()).close()
    assert asked == [silent, host] * 2


@contextmanager
def asking(hosts: list[str]) -> Iterator[None]:
    """Notes whom the driver asks."""

    async def noted(*given: Any, host: str, **named: Any) -> Any:
        hosts.append(host)
        return await connect_by_driver(*given, host=host, **named)

    connect_by_driver = asyncpg.connect
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("perennial.db.connecting.connector.asyncpg.connect", noted)
        yield


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
