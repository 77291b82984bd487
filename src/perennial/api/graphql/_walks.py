"""The statements of lists: each walks along an index, in the order of the list, and reads little more than its page.

An index has the owner first, then what is filtered by, then the order. So a list of several states is as many walks,
each with the page's limit, that are merged; a filter on them all would read and sort whatever the owner has in them.

A walk stands between bounds and is in the order of all of its index's columns, and the limit is written into the
statement. So PostgreSQL takes that index, and stops early, whatever its statistics know of the owner: with equations it
would sort, or follow the ids of everybody's rows, where it believes that this ends sooner.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from perennial.api.graphql._paging import COUNT_MAX

# Behind every id.
LAST_ID = UUID(int=2**128 - 1)


class Keyset(NamedTuple):
    """The columns that a list is in the order of, the last of them unique; `parts` read those of a cursor."""

    columns: tuple[str, ...]
    parts: tuple[Callable[[Any], Any], ...]
    is_descending: bool = False

    def order(self, columns: Sequence[str]) -> str:
        """The ORDER BY of these columns in the direction of the list."""
        return ", ".join(f"{column} DESC" if self.is_descending else column for column in columns)


class Source(NamedTuple):
    """What a list reads: its columns, and the table."""

    columns: str
    table: str


class Walk(NamedTuple):
    """The rows with these values in the columns that begin an index, in their order there.

    `filters` are conditions besides, with `{}` for the value.
    """

    values: Mapping[str, Any]
    filters: Mapping[str, Any] = {}


Statement = tuple[str, list[Any]]


def page_of(
    source: Source, walks: Sequence[Walk], keyset: Keyset, after: Sequence[Any] | None, limit: int
) -> Statement:
    """The statement for the first `limit` rows of these walks after the key, and its values. No row is in two walks."""
    values: list[Any] = []
    parts = [_part(source.columns, source, walk, keyset, after, limit, values) for walk in walks]
    if len(parts) == 1:
        return parts[0], values
    merged = _merged("*", parts)
    return f"SELECT * FROM ({merged}) AS found ORDER BY {keyset.order(keyset.columns)} LIMIT {limit:d}", values  # noqa: S608


def count_of(source: Source, walks: Sequence[Walk], keyset: Keyset, after: Sequence[Any] | None = None) -> Statement:
    """The statement that counts the rows of these walks after the key, to one more than COUNT_MAX; and its values."""
    values: list[Any] = []
    limit = COUNT_MAX + 1
    merged = _merged("1", [_part("1", source, walk, keyset, after, limit, values) for walk in walks])
    return f"SELECT count(*) AS count FROM (SELECT 1 FROM ({merged}) AS found LIMIT {limit:d}) AS counted", values  # noqa: S608


def _part(  # noqa: PLR0913, PLR0917 - what both statements are made of
    columns: str,
    source: Source,
    walk: Walk,
    keyset: Keyset,
    after: Sequence[Any] | None,
    limit: int,
    values: list[Any],
) -> str:
    """The SELECT of a walk; its values are appended."""
    names, ordered = [*walk.values], [*walk.values, *keyset.columns]
    places = [_place(value, values) for value in walk.values.values()]
    bounds = {sign: f"{_row(names)} {sign} {_row(places)}" for sign in (">=", "<=")}
    if after is not None:
        begin, beyond = ("<=", "<") if keyset.is_descending else (">=", ">")
        key = [*places, *(_place(value, values) for value in after)]
        bounds[begin] = f"{_row(ordered)} {beyond} {_row(key)}"
    filters = [text.replace("{}", _place(value, values)) for text, value in walk.filters.items()]
    conditions = " AND ".join([*bounds.values(), *filters])
    order = keyset.order(ordered)
    return f"SELECT {columns} FROM {source.table} WHERE {conditions} ORDER BY {order} LIMIT {limit:d}"  # noqa: S608


def _row(parts: Sequence[str]) -> str:
    return f"({', '.join(parts)})" if len(parts) > 1 else parts[0]


def _merged(columns: str, parts: Sequence[str]) -> str:
    return " UNION ALL ".join(f"SELECT {columns} FROM ({part}) AS walk" for part in parts)  # noqa: S608


def _place(value: Any, values: list[Any]) -> str:
    values.append(value)
    return f"${len(values)}"
