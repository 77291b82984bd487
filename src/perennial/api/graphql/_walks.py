"""The statements of lists: each walks along an index, in the order of the list, and reads little more than its page.

An index has the owner first, then what is filtered by, then the order. So a list of several states is as many walks,
each with the page's limit, that are merged; a filter on them all would read and sort whatever the owner has in them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from perennial.api.graphql._paging import COUNT_MAX


class Keyset(NamedTuple):
    """The columns that a list is in the order of, the last of them unique; `parts` read those of a cursor."""

    columns: tuple[str, ...]
    parts: tuple[Callable[[Any], Any], ...]
    is_descending: bool = False

    def order(self, prefix: str = "") -> str:
        """The ORDER BY of the columns."""
        direction = " DESC" if self.is_descending else ""
        return ", ".join(f"{prefix}{column}{direction}" for column in self.columns)


class Source(NamedTuple):
    """What a list reads: its columns and its FROM. `prefix` is the alias of the table whose columns are named."""

    columns: str
    table: str
    prefix: str = ""


# What holds for each row of a walk: a column's value, or a list of values of which it has one. A text in place of a
# column's name, with `{}` in it, is a condition on the value.
Conditions = Mapping[str, Any]
Statement = tuple[str, list[Any]]


def page_of(
    source: Source, walks: Sequence[Conditions], keyset: Keyset, after: Sequence[Any] | None, limit: int
) -> Statement:
    """The statement for the first `limit` rows of these walks after the key, and its values. No row is in two walks."""
    values: list[Any] = [limit]
    parts = []
    for walk in walks:
        conditions = _where(source, walk, values)
        if after is not None:
            columns = ", ".join(source.prefix + column for column in keyset.columns)
            places = ", ".join(_place(value, values) for value in after)
            conditions += f" AND ({columns}) {'<' if keyset.is_descending else '>'} ({places})"
        order = keyset.order(source.prefix)
        parts.append(_select(source.columns, source, conditions, f"ORDER BY {order} LIMIT $1"))
    if len(parts) == 1:
        return parts[0], values
    return f"SELECT * FROM ({_merged('*', parts)}) AS found ORDER BY {keyset.order()} LIMIT $1", values  # noqa: S608


def count_of(source: Source, walks: Sequence[Conditions]) -> Statement:
    """The statement that counts the rows of these walks, up to one more than COUNT_MAX, and its values."""
    values: list[Any] = []
    limit = f"LIMIT {COUNT_MAX + 1}"
    merged = _merged("1", [_select("1", source, _where(source, walk, values), limit) for walk in walks])
    return f"SELECT count(*) AS count FROM (SELECT 1 FROM ({merged}) AS found {limit}) AS counted", values  # noqa: S608


def _select(columns: str, source: Source, conditions: str, end: str) -> str:
    return f"SELECT {columns} FROM {source.table} WHERE {conditions} {end}"  # noqa: S608 (all of it is ours)


def _merged(columns: str, parts: Sequence[str]) -> str:
    return " UNION ALL ".join(f"SELECT {columns} FROM ({part}) AS walk" for part in parts)  # noqa: S608


def _where(source: Source, conditions: Conditions, values: list[Any]) -> str:
    return " AND ".join(_condition(source, name, value, values) for name, value in conditions.items())


def _condition(source: Source, name: str, value: Any, values: list[Any]) -> str:
    if "{}" in name:
        return name.replace("{}", _place(value, values))
    place = _place(value, values)
    return f"{source.prefix}{name} = {f'ANY({place})' if isinstance(value, list) else place}"


def _place(value: Any, values: list[Any]) -> str:
    values.append(value)
    return f"${len(values)}"
