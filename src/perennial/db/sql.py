"""SQL that is written by hand, on either dialect: where rows come in hundreds, or the planner must see a literal."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from tortoise import Tortoise

from perennial.db.connection import CONNECTION


def is_sqlite() -> bool:
    """Whether the database that is open is a SQLite file."""
    return bool(Tortoise.get_connection(CONNECTION).capabilities.dialect == "sqlite")


async def select(sql: str, *values: Any) -> Sequence[Mapping[str, Any]]:
    """Rows of a query that is written by hand, `$1` and so on standing for the values, on either dialect.

    By hand where the planner must see a literal: a partial index (`WHERE status = 'active'`) is of no use to a
    prepared statement whose status is a parameter. And where rows come in hundreds, which models are too slow for. A
    list stands for a set: `= ANY($1)`.
    """
    if is_sqlite():
        sql, values = _for_sqlite(sql), tuple(map(_sqlite_value, values))
    return await fetch(sql, values)


async def fetch(sql: str, values: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
    """Rows of a statement in the dialect of the database, as its driver gives them where that is asyncpg.

    The ORM would make a dictionary of each.
    """
    client = Tortoise.get_connection(CONNECTION)
    if client.capabilities.dialect == "sqlite":
        return await client.execute_query_dict(sql, list(values))
    async with client.acquire_connection() as connection:
        client.log.debug("%s: %s", sql, values)
        rows: list[Mapping[str, Any]] = await connection.fetch(sql, *values)
        return rows


@lru_cache(256)
def _for_sqlite(sql: str) -> str:
    """The statement as SQLite spells it, which has no locks on rows."""
    sql = re.sub(r"FOR UPDATE SKIP LOCKED|FOR UPDATE|FOR KEY SHARE", "", sql.replace("$", "?"))
    return re.sub(r"= ANY\((\?\d+)\)", r"IN (SELECT value FROM json_each(\1))", sql)


def _sqlite_value(value: Any) -> Any:
    """The value as it is kept there; a set is a JSON array."""
    if isinstance(value, list):
        return json.dumps(value, default=as_text)
    return as_text(value) if isinstance(value, datetime | UUID) else value


def as_text(value: Any) -> str:
    """A time or an id as the ORM keeps it on SQLite."""
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)


def as_time(value: Any) -> datetime:
    """A time that was selected: SQLite gives text."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def as_id(value: Any) -> UUID:
    """An id that was selected: SQLite gives text."""
    return value if isinstance(value, UUID) else UUID(value)


async def hold(name: str) -> None:
    """Until the transaction ends nobody else holds this name. (On SQLite there is one transaction at a time.)"""
    if not is_sqlite():
        connection = Tortoise.get_connection(CONNECTION)
        await connection.execute_query_dict("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [name])
