"""The statements of lists: each walks along an index, in the order of the list, and reads little more than its page.

An index has the owner first, then what is filtered by, then the order. So a list of several states is as many walks,
each with the page's limit, that are merged; a filter on them all would read and sort whatever the owner has in them.

The first column is compared with an array of one value, and the order begins with it: so PostgreSQL takes the index
that begins with it, and not the ids of everybody's rows, where it believes that it finds a page of the owner's sooner.
(Bounds on the columns together, `(a, b) >= … AND (a, b) <= …`, would keep it from that too, but not let it stop behind
the last row: on `b` alone no scan ends.) The limit is written into the statement, so that it plans to stop early.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from perennial.api.graphql._paging import COUNT_MAX
from perennial.db.sql import is_sqlite

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

    `filters` are conditions besides, each with its value, which stands where the condition has `{}`.
    """

    values: Mapping[str, Any]
    filters: Sequence[tuple[str, Any]] = ()


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
    (first, value), *others = walk.values.items()
    conditions = [f"{first} = {_place(value, values)}" if is_sqlite() else f"{first} = ANY({_place([value], values)})"]
    conditions += [f"{column} = {_place(value, values)}" for column, value in others]
    if after is not None:
        places = ", ".join(_place(value, values) for value in after)
        conditions += [f"({', '.join(keyset.columns)}) {'<' if keyset.is_descending else '>'} ({places})"]
    conditions += [text.replace("{}", _place(value, values)) for text, value in walk.filters]
    order = keyset.order([first, *keyset.columns])
    where = " AND ".join(conditions)
    return f"SELECT {columns} FROM {source.table} WHERE {where} ORDER BY {order} LIMIT {limit:d}"  # noqa: S608


def _merged(columns: str, parts: Sequence[str]) -> str:
    return " UNION ALL ".join(f"SELECT {columns} FROM ({part}) AS walk" for part in parts)  # noqa: S608


def _place(value: Any, values: list[Any]) -> str:
    values.append(value)
    return f"${len(values)}"
