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
        await _send(_insertion, model, rows)


async def update(model: type[Model], rows: Sequence[NamedTuple], condition: str = "TRUE") -> list[UUID]:
    """Writes the rows' columns where `id` is theirs, their first column; returns the ids of what was written.

    `condition` is of the table's columns and of `given`'s, the rows' own.
    """
    if not rows:
        return []
    written = await _send(_change, model, rows, condition)
    return [UUID(str(row["id"])) for row in written]


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


async def _send(statement: Callable[..., str], model: type[Model], rows: Sequence[NamedTuple], *more: str) -> Any:
    connection = connections.get(CONNECTION)
    dialect = connection.capabilities.dialect
    values: list[Any] = [json.dumps(rows, default=_text)] if dialect == "sqlite" else list(zip(*rows, strict=True))
    return await connection.execute_query_dict(statement(model, rows[0]._fields, dialect, *more), values)


def _text(value: Any) -> str:
    """The value as the ORM keeps it on SQLite."""
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)


@lru_cache
def _insertion(model: type[Model], columns: tuple[str, ...], dialect: str) -> str:
    names = ", ".join(columns)
    return f"INSERT INTO {model._meta.db_table} ({names}) SELECT {names} FROM {_source(model, columns, dialect)}"  # noqa: S608


@lru_cache
def _change(model: type[Model], columns: tuple[str, ...], dialect: str, condition: str) -> str:
    table = model._meta.db_table
    changes = ", ".join(f"{name} = given.{name}" for name in columns[1:])
    source = _source(model, columns, dialect)
    where = f"{table}.id = given.id AND {condition}"
    return f"UPDATE {table} SET {changes} FROM {source} WHERE {where} RETURNING {table}.id"  # noqa: S608


def _source(model: type[Model], columns: Sequence[str], dialect: str) -> str:
    """The rows, as something to select from."""
    if dialect == "sqlite":
        parts = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(columns))
        return f"(SELECT {parts} FROM json_each(?)) AS given"  # noqa: S608
    types = [model._meta.fields_map[name].get_for_dialect(dialect, "SQL_TYPE") for name in columns]
    arrays = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(types, 1))
    return f"unnest({arrays}) AS given({', '.join(columns)})"
