"""All that an owner has, a row at a time: accounts, posts with their publications, queues with their ledger, and keys.

Rows are read in pages, so that the memory which it takes does not grow with them, and with no transaction around all of
them, so what changes meanwhile is seen or not.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from tortoise.fields import DatetimeField, UUIDField
from tortoise.models import Model

from perennial.core.instants import instant
from perennial.db.bulk import columns_of, table_of
from perennial.db.sql import as_time, run_sql
from perennial.keeping.owned import OWNED, Child, Owned, page_of

PAGE_SIZE = 1_000
PARENTS_MAX = 100  # whose children are read together

Row = Mapping[str, Any]
# Numbers, text, booleans and null.
Line = dict[str, Any]


async def export(owner: str) -> AsyncIterator[Line]:
    """The owner's rows, as JSON objects: `kind`, and the columns in camel case, but for secrets.

    A row comes after those that it names. Times are in UTC, as the API writes them, and so are states.
    """
    for table in OWNED:
        async for page in _pages(table, owner):
            for start in range(0, len(page), PARENTS_MAX):
                parents = page[start : start + PARENTS_MAX]
                for row in parents:
                    yield _line(table.kind, table.model, row, table.secrets)
                for child in table.children:
                    async for row in _children(child, [row["id"] for row in parents]):
                        yield _line(child.kind, child.model, row)


async def _pages(table: Owned, owner: str) -> AsyncIterator[Sequence[Row]]:
    """The owner's rows in pages, in an order that never changes, so that each is met once, whatever becomes of it."""
    key = ("id",) if "id" in table.key else table.key
    after: Sequence[Any] = ()
    while page := await run_sql(page_of(table, key, after, PAGE_SIZE), owner, *after):
        yield page
        after = [page[-1][column] for column in key]


async def _children(table: Child, parents: list[Any]) -> AsyncIterator[Row]:
    """The rows of these parents, in pages inside."""
    name, key = table_of(table.model), f"{table.parent}, {table.order}"
    first = f"SELECT * FROM {name} WHERE {table.parent} = ANY($1)"  # noqa: S608 (all of it is ours)
    order = f"ORDER BY {key} LIMIT {PAGE_SIZE}"
    page = await run_sql(f"{first} {order}", parents)
    while page:
        for row in page:
            yield row
        last = page[-1]
        page = await run_sql(f"{first} AND ({key}) > ($2, $3) {order}", parents, last[table.parent], last[table.order])


def _line(kind: str, model: type[Model], row: Row, secrets: frozenset[str] = frozenset()) -> Line:
    return {"kind": kind, **dict(_values(model, row, secrets))}


def _values(model: type[Model], row: Row, secrets: frozenset[str]) -> Iterator[tuple[str, Any]]:
    for name, field in columns_of(model).items():
        if name not in secrets:
            yield _camel_case(name), _value(field, row[name])


def _value(field: Any, stored: Any) -> Any:
    """The stored value as the API writes it; a state that only a newer version knows as it is stored."""
    if stored is None:
        return None
    if enum := getattr(field, "enum_type", None):
        return next((one.name for one in enum if one.value == stored), stored)
    if isinstance(field, DatetimeField):
        return instant(as_time(stored))
    return str(stored) if isinstance(field, UUIDField) else stored


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)
