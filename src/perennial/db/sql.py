"""Runs handwritten SQL on either dialect, for hundreds of rows, or where the planner must see a literal."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from tortoise import Tortoise

from perennial.db.connection import CONNECTION
from perennial.db.pool import PoolClient


def is_sqlite() -> bool:
    """Whether the open database is a SQLite file."""
    return bool(Tortoise.get_connection(CONNECTION).capabilities.dialect == "sqlite")


async def run_sql(sql: str, *values: Any) -> Sequence[Mapping[str, Any]]:
    """Runs a statement in PostgreSQL's dialect; returns its rows.

    `$1` is a value; `= ANY($1)` and `<> ALL($1)` compare with a list.
    A partial index (`WHERE status = 'active'`) is of no use to a prepared statement whose status is a parameter, as
    the ORM writes it; and models are too slow for hundreds of rows.
    """
    if is_sqlite():
        sql, values = _to_sqlite(sql), tuple(map(_sqlite_value, values))
    return await fetch(sql, values)


async def fetch(sql: str, values: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
    """Runs a statement in the database's own dialect; returns its rows, which on PostgreSQL are asyncpg's records.

    The ORM would make a dictionary of each.
    """
    client: Any = Tortoise.get_connection(CONNECTION)
    if client.capabilities.dialect == "sqlite":
        return list(await client.execute_query_dict(sql, list(values)))
    if isinstance(client, PoolClient):
        return await client.fetch(sql, values)
    async with client.acquire_connection() as connection:
        client.log.debug("%s: %s", sql, values)
        rows: list[Mapping[str, Any]] = await connection.fetch(sql, *values)
        return rows


@lru_cache(256)
def _to_sqlite(sql: str) -> str:
    """The statement in the dialect of SQLite, which has no row locks."""
    sql = sql.replace("$", "?").replace("GREATEST(", "max(").replace("IS DISTINCT FROM", "IS NOT")
    sql = re.sub(r"FOR (NO KEY UPDATE|KEY SHARE|UPDATE)( OF \w+)?( SKIP LOCKED)?", "", sql)
    sql = re.sub(r"= ANY\((\?\d+)\)", r"IN (SELECT value FROM json_each(\1))", sql)
    return re.sub(r"<> ALL\((\?\d+)\)", r"NOT IN (SELECT value FROM json_each(\1))", sql)


def _sqlite_value(value: Any) -> Any:
    """The value as SQLite stores it; a list becomes a JSON array."""
    if isinstance(value, list):
        return json.dumps(value, default=as_text)
    return as_text(value) if isinstance(value, datetime | UUID) else value


def literals(values: Iterable[StrEnum]) -> str:
    """The values of an enum as a list of SQL literals, for `IN (…)`."""
    return ", ".join(f"'{one.value}'" for one in values)


def as_text(value: Any) -> str:
    """A time or an id as text, as the ORM stores it on SQLite."""
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)


def as_time(value: Any) -> datetime:
    """A selected time, which is text on SQLite."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def as_id(value: Any) -> UUID:
    """A selected id, which is text on SQLite."""
    return value if isinstance(value, UUID) else UUID(value)


async def limit_lock_waits(seconds: float) -> None:
    """Lets no statement wait for a lock for longer, until the transaction ends. (SQLite has a limit of its own.)"""
    if not is_sqlite():
        await run_sql(f"SET LOCAL lock_timeout = {seconds * 1000:.0f}")


async def take_advisory_lock(name: str) -> None:
    """Takes the lock of this name until the transaction ends. (On SQLite there is one transaction at a time.)"""
    if not is_sqlite():
        connection = Tortoise.get_connection(CONNECTION)
        await connection.execute_query_dict("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [name])
