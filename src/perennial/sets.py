"""Whole sets of rows in one statement: how both functions read and write what is due.

A row is a NamedTuple whose fields are columns of a model, so that tables, columns and types are said once, in
models.py. PostgreSQL takes a set as an array for each column, SQLite as one JSON text; nobody else knows that.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from tortoise import connections
from tortoise.fields import DatetimeField, UUIDField
from tortoise.models import Model

from perennial.database import CONNECTION

R = TypeVar("R", bound=NamedTuple)


async def insert(model: type[Model], rows: Sequence[NamedTuple]) -> None:
    """Inserts the rows; columns that they do not have take their defaults."""
    if rows:
        names = ", ".join(rows[0]._fields)
        await send(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {names} FROM {{given}}", model, rows)  # noqa: S608


async def update(model: type[Model], rows: Sequence[NamedTuple]) -> None:
    """Writes the rows' columns where `id`, their first, is theirs."""
    if rows:
        table = model._meta.db_table
        changes = ", ".join(f"{name} = given.{name}" for name in rows[0]._fields[1:])
        await send(f"UPDATE {table} SET {changes} FROM {{given}} WHERE {table}.id = given.id", model, rows)  # noqa: S608


async def send(statement: str, model: type[Model], rows: Sequence[NamedTuple]) -> list[dict[str, Any]]:
    """Runs a statement in which `{given}` stands for the rows, a table with their columns; returns what it returns."""
    if not rows:
        return []
    connection = connections.get(CONNECTION)
    dialect = connection.capabilities.dialect
    values: list[Any] = [json.dumps(rows, default=_text)] if dialect == "sqlite" else list(zip(*rows, strict=True))
    given = _given(model, rows[0]._fields, dialect)
    found: list[dict[str, Any]] = await connection.execute_query_dict(statement.format(given=given), values)
    return found


def reader(model: type[Model], kind: type[R]) -> Callable[[Mapping[str, Any]], R]:
    """What makes rows of this kind out of those that `database.select` gives. Raises ValueError for unknown enums."""
    return _reader(model, kind, connections.get(CONNECTION).capabilities.dialect)


@lru_cache
def _reader(model: type[Model], kind: type[R], dialect: str) -> Callable[[Mapping[str, Any]], R]:
    known = {name: _converter(model._meta.fields_map.get(name), dialect) for name in kind._fields}
    converters = [(place, convert) for place, convert in enumerate(known.values()) if convert]

    def read(found: Mapping[str, Any]) -> R:
        values = [found[name] for name in known]
        for place, convert in converters:
            if values[place] is not None:
                values[place] = convert(values[place])
        return kind._make(values)

    return read


def _converter(field: Any, dialect: str) -> Callable[[Any], Any] | None:
    """What the driver's values of such a column still lack."""
    if enum := getattr(field, "enum_type", None):
        return enum  # type: ignore[no-any-return]
    if dialect == "sqlite" and isinstance(field, UUIDField):
        return UUID
    return datetime.fromisoformat if dialect == "sqlite" and isinstance(field, DatetimeField) else None


def _text(value: Any) -> str:
    """The value as the ORM keeps it on SQLite."""
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)


@lru_cache
def _given(model: type[Model], columns: tuple[str, ...], dialect: str) -> str:
    """The rows, as something to select from."""
    if dialect == "sqlite":
        parts = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(columns))
        return f"(SELECT {parts} FROM json_each(?)) AS given"  # noqa: S608
    types = [model._meta.fields_map[name].get_for_dialect(dialect, "SQL_TYPE") for name in columns]
    arrays = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(types, 1))
    return f"unnest({arrays}) AS given({', '.join(columns)})"
