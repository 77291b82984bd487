"""Reads and writes many rows in one statement, as both worker functions do.

A row is a NamedTuple whose fields are columns of a model, so that tables, columns and types are defined once, in
models.py. Rows are passed to PostgreSQL as an array for each column, to SQLite as one JSON text.
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
    """Inserts the rows; the model's other columns get the database's defaults."""
    if rows:
        names = ", ".join(rows[0]._fields)
        await execute(f"INSERT INTO {_meta(model).db_table} ({names}) SELECT {names} FROM {{given}}", model, rows)  # noqa: S608


async def update(model: type[Model], rows: Sequence[NamedTuple]) -> None:
    """Writes the other columns of each row to the one with its `id`, which is the first field."""
    if rows:
        table = _meta(model).db_table
        changes = ", ".join(f"{name} = given.{name}" for name in rows[0]._fields[1:])
        await execute(f"UPDATE {table} SET {changes} FROM {{given}} WHERE {table}.id = given.id", model, rows)  # noqa: S608


async def execute(statement: str, model: type[Model], rows: Sequence[NamedTuple]) -> Sequence[Mapping[str, Any]]:
    """Runs a statement in which `{given}` is a table of the rows; returns the rows that it returns."""
    if not rows:
        return []
    given, values = (_json_rows if is_sqlite() else _array_rows)(model, rows)
    return await fetch(statement.format(given=given), values)


def row_reader(model: type[Model], kind: type[R], prefix: str = "") -> Callable[[Mapping[str, Any]], R]:
    """Returns a function that converts rows of `sql.run_sql` to this kind; `prefix` is that of their columns' names.

    Fields with a default are not columns. The function raises ValueError for unknown values of enums.
    """
    return _row_reader(model, kind, prefix, is_sqlite())


@lru_cache
def _row_reader(model: type[Model], kind: type[R], prefix: str, sqlite: bool) -> Callable[[Mapping[str, Any]], R]:
    columns = [name for name in kind._fields if name not in kind._field_defaults]
    names = [prefix + name for name in columns]
    all_converters = [_converter(_meta(model).fields_map.get(name), sqlite=sqlite) for name in columns]
    converters = [(index, convert) for index, convert in enumerate(all_converters) if convert]

    def read(row: Mapping[str, Any]) -> R:
        values = [row[name] for name in names]
        for index, convert in converters:
            if values[index] is not None:
                values[index] = convert(values[index])
        return kind(*values)

    return read


def table_of(model: type[Model]) -> str:
    """The name of the model's table."""
    return str(_meta(model).db_table)


def columns_of(model: type[Model]) -> dict[str, Any]:
    """The ORM's fields of the model's columns, by the columns' names."""
    return {column: _meta(model).fields_map[name] for name, column in _meta(model).fields_db_projection.items()}


def _meta(model: type[Model]) -> MetaInfo:
    """The ORM's description of the model's table and columns, which has no public name."""
    return model._meta


def _converter(field: Any, *, sqlite: bool) -> Callable[[Any], Any] | None:
    """The function that converts the driver's values of this column; None if they need no conversion."""
    if enum := getattr(field, "enum_type", None):
        return enum  # type: ignore[no-any-return]
    if sqlite and isinstance(field, UUIDField):
        return UUID
    return datetime.fromisoformat if sqlite and isinstance(field, DatetimeField) else None


def _json_rows(_model: type[Model], rows: Sequence[NamedTuple]) -> tuple[str, list[Any]]:
    """A table of the rows for SQLite, and its parameter: the rows as one JSON text."""
    parts = ", ".join(f"json_extract(value, '$[{index}]') AS {name}" for index, name in enumerate(rows[0]._fields))
    return f"(SELECT {parts} FROM json_each(?)) AS given", [json.dumps(rows, default=as_text)]  # noqa: S608


def _array_rows(model: type[Model], rows: Sequence[NamedTuple]) -> tuple[str, list[Any]]:
    """A table of the rows for PostgreSQL, and its parameters: an array for each column, or the value that all share."""
    values = list(zip(*rows, strict=True))
    is_constant = tuple(index > 0 and len(set(column)) == 1 for index, column in enumerate(values))
    parameters = [column[0] if constant else column for column, constant in zip(values, is_constant, strict=True)]
    return _unnest_clause(model, rows[0]._fields, is_constant), parameters


@lru_cache
def _unnest_clause(model: type[Model], columns: tuple[str, ...], is_constant: tuple[bool, ...]) -> str:
    types = [_meta(model).fields_map[name].get_for_dialect("postgres", "SQL_TYPE") for name in columns]
    given = list(zip(range(1, len(columns) + 1), columns, types, is_constant, strict=True))
    constants = "".join(f", ${index}::{kind} AS {name}" for index, name, kind, constant in given if constant)
    arrays = ", ".join(f"${index}::{kind}[]" for index, _, kind, constant in given if not constant)
    names = ", ".join(name for _, name, _, constant in given if not constant)
    return f"(SELECT *{constants} FROM unnest({arrays}) AS arrays ({names})) AS given"  # noqa: S608
