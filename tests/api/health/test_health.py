"""/healthz and /readyz: whether the process lives, and whether all that it needs is up; in words where it is not."""

import ssl
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx2
import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from tortoise import Tortoise

from perennial.db import connection, migrating
from perennial.jobs import heartbeat
from perennial.process import Process


async def ready(http: httpx2.AsyncClient) -> tuple[int, dict[str, str], list[str]]:
    """The status, the parts, and what is missing."""
    answer = await http.get("/readyz")
    parts = answer.json()
    missing = parts.pop("missing")
    return answer.status_code, parts, missing


async def test_a_living_process_says_so_whatever_else_is_down(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "ping_for_writing", _down)
    monkeypatch.setattr(heartbeat, "is_alive", _down)
    assert (await http.get("/healthz")).status_code == 200


async def test_without_a_workers_sign_of_life_it_is_not_ready(http: httpx2.AsyncClient) -> None:
    status, parts, missing = await ready(http)
    assert (status, parts) == (503, {"database": "up", "redis": "up", "worker": "down"})
    (sentence,) = missing
    assert sentence.startswith("worker: no sign of life for 6 s")
    assert "perennial worker" in sentence


async def test_with_one_it_is_ready(http: httpx2.AsyncClient, process: Process) -> None:
    await process.redis.set(process.redis.name(heartbeat.HEARTBEAT), "alive")
    assert await ready(http) == (200, {"database": "up", "redis": "up", "worker": "up"}, [])


@pytest.mark.parametrize("error", [KeyError(), asyncpg.CannotConnectNowError("starting up"), TimeoutError()], ids=repr)
async def test_it_names_the_database_when_that_is_down(
    http: httpx2.AsyncClient, process: Process, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fail() -> None:
        raise error

    await process.redis.set(process.redis.name(heartbeat.HEARTBEAT), "alive")
    monkeypatch.setattr(connection, "ping_for_writing", fail)
    status, parts, missing = await ready(http)
    assert (status, parts) == (503, {"database": "down", "redis": "up", "worker": "up"})
    assert [sentence.partition(":")[0] for sentence in missing] == ["database"]


@pytest.mark.one_dialect
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (asyncpg.ReadOnlySQLTransactionError("this server is a standby"), "takes no writes: it is read-only (this ser"),
        (asyncpg.InvalidPasswordError("for user hunter2"), "the password is refused; correct the user or the password"),
        (asyncpg.TooManyConnectionsError("of hunter2"), "too many connections"),
        (asyncpg.CannotConnectNowError("hunter2"), "lets nobody in just now; try again"),
        (asyncpg.DiskFullError("hunter2"), "it refuses what was asked."),
        (OSError(113, "hunter2"), "it cannot be opened; start it"),
        (ssl.SSLError("hunter2"), "TLS fails; correct sslmode"),
        (TimeoutError(), "it does not answer in time"),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_it_says_why_the_database_cannot_be_worked_on(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    async def fail() -> None:
        raise error

    monkeypatch.setattr(connection, "ping_for_writing", fail)
    status, parts, missing = await ready(http)
    assert (status, parts["database"]) == (503, "down")
    assert words in missing[0]
    assert "hunter2" not in missing[0]


async def test_it_names_redis_when_that_is_down_and_the_worker_that_cannot_be_seen(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "is_alive", _down)
    status, parts, missing = await ready(http)
    assert (status, parts) == (503, {"database": "up", "redis": "down", "worker": "down"})
    assert [sentence.partition(":")[0] for sentence in missing] == ["redis", "worker"]


@pytest.fixture
async def newest() -> AsyncIterator[str]:
    """The newest migration, as if it had not been applied."""
    name = migrating._all_migrations()[-1]
    connection = Tortoise.get_connection("default")
    await connection.execute_query(f"UPDATE aerich SET version = 'later' WHERE version = '{name}'")
    yield name
    await connection.execute_query(f"UPDATE aerich SET version = '{name}' WHERE version = 'later'")


async def test_it_names_the_migrations_that_are_pending(
    http: httpx2.AsyncClient, process: Process, newest: str
) -> None:
    await process.redis.set(process.redis.name(heartbeat.HEARTBEAT), "alive")
    status, parts, (sentence,) = await ready(http)
    assert (status, parts["database"]) == (503, "down")
    assert newest.removesuffix(".py") in sentence
    assert "perennial migrate" in sentence


async def test_a_database_without_a_schema_is_told_of_too(http: httpx2.AsyncClient, process: Process) -> None:
    await process.redis.set(process.redis.name(heartbeat.HEARTBEAT), "alive")
    connection = Tortoise.get_connection("default")
    await connection.execute_query("ALTER TABLE aerich RENAME TO elsewhere")
    try:
        status, parts, (sentence,) = await ready(http)
    finally:
        await connection.execute_query("ALTER TABLE elsewhere RENAME TO aerich")
    assert (status, parts["database"]) == (503, "down")
    assert "perennial migrate" in sentence


async def test_what_is_missing_is_told_without_addresses_and_secrets(
    http: httpx2.AsyncClient, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> Any:
        raise ConnectionRefusedError("postgres://perennial:hunter2@db.example refused")

    monkeypatch.setattr(connection, "ping_for_writing", fail)
    monkeypatch.setattr(heartbeat, "is_alive", fail)
    answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert "hunter2" not in answer.text
    assert "db.example" not in answer.text


async def _down(*_: object) -> Any:
    raise RedisConnectionError("nobody there")
