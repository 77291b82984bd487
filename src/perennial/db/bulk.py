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

from tortoise.fields import DatetimeField, UUIDField
from tortoise.models import MetaInfo, Model

from perennial.db.sql import as_text, fetch, is_sqlite

R = TypeVar("R", bound=NamedTuple)


async def insert(model: type[Model], rows: Sequence[NamedTuple]) -> None:
    """Inserts the rows; columns that they do not have take their defaults."""
    if rows:
        names = ", ".join(rows[0]._fields)
        await send(f"INSERT INTO {_meta(model).db_table} ({names}) SELECT {names} FROM {{given}}", model, rows)  # noqa: S608


async def update(model: type[Model], rows: Sequence[NamedTuple]) -> None:
    """Writes the rows' columns where `id`, their first, is theirs."""
    if rows:
        table = _meta(model).db_table
        changes = ", ".join(f"{name} = given.{name}" for name in rows[0]._fields[1:])
        await send(f"UPDATE {table} SET {changes} FROM {{given}} WHERE {table}.id = given.id", model, rows)  # noqa: S608


async def send(statement: str, model: type[Model], rows: Sequence[NamedTuple]) -> Sequence[Mapping[str, Any]]:
    """Runs a statement in which `{given}` stands for the rows, a table with their columns; returns what it returns."""
    if not rows:
        return []
    given, values = (_json if is_sqlite() else _arrays)(model, rows)
    return await fetch(statement.format(given=given), values)


def reader(model: type[Model], kind: type[R], prefix: str = "") -> Callable[[Mapping[str, Any]], R]:
    """What makes rows of this kind out of those that `sql.select` gives, where columns may have a prefix.

    Fields with a default are not columns. Raises ValueError for unknown enums.
    """
    return _reader(model, kind, prefix, is_sqlite())


@lru_cache
def _reader(model: type[Model], kind: type[R], prefix: str, sqlite: bool) -> Callable[[Mapping[str, Any]], R]:
    columns = [name for name in kind._fields if name not in kind._field_defaults]
    names = [prefix + name for name in columns]
    known = [_converter(_meta(model).fields_map.get(name), sqlite=sqlite) for name in columns]
    converters = [(place, convert) for place, convert in enumerate(known) if convert]

    def read(found: Mapping[str, Any]) -> R:
        values = [found[name] for name in names]
        for place, convert in converters:
            if values[place] is not None:
                values[place] = convert(values[place])
        return kind(*values)

    return read


def _meta(model: type[Model]) -> MetaInfo:
    """What the ORM knows of the model's table and columns, for which it has no public name."""
    return model._meta


def _converter(field: Any, *, sqlite: bool) -> Callable[[Any], Any] | None:
    """What the driver's values of such a column still lack."""
    if enum := getattr(field, "enum_type", None):
        return enum  # type: ignore[no-any-return]
    if sqlite and isinstance(field, UUIDField):
        return UUID
    return datetime.fromisoformat if sqlite and isinstance(field, DatetimeField) else None


def _json(_model: type[Model], rows: Sequence[NamedTuple]) -> tuple[str, list[Any]]:
    """The rows as one JSON text, which SQLite takes apart."""
    parts = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(rows[0]._fields))
    return f"(SELECT {parts} FROM json_each(?)) AS given", [json.dumps(rows, default=as_text)]  # noqa: S608


def _arrays(model: type[Model], rows: Sequence[NamedTuple]) -> tuple[str, list[Any]]:
    """The rows as an array for each column, but for columns with the same value everywhere: that is sent once."""
    values = list(zip(*rows, strict=True))
    alike = tuple(place > 0 and len(set(column)) == 1 for place, column in enumerate(values))
    sent = [column[0] if same else column for column, same in zip(values, alike, strict=True)]
    return _unnested(model, rows[0]._fields, alike), sent


@lru_cache
def _unnested(model: type[Model], columns: tuple[str, ...], alike: tuple[bool, ...]) -> str:
    types = [_meta(model).fields_map[name].get_for_dialect("postgres", "SQL_TYPE") for name in columns]
    given = list(zip(range(1, len(columns) + 1), columns, types, alike, strict=True))
    once = "".join(f", ${place}::{kind} AS {name}" for place, name, kind, same in given if same)
    arrays = ", ".join(f"${place}::{kind}[]" for place, _, kind, same in given if not same)
    names = ", ".join(name for _, name, _, same in given if not same)
    return f"(SELECT *{once} FROM unnest({arrays}) AS arrays ({names})) AS given"  # noqa: S608
