"""Keyset pages: a cursor holds its row's key, so inserts between two pages neither repeat nor skip rows."""

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, Generic, Self, TypeVar
from uuid import UUID

import strawberry

from perennial.core.errors import InvalidInput
from perennial.core.instants import instant

First = Annotated[
    int | None,
    strawberry.argument(
        description=(
            "The largest number of entries on the page, from 1 to 100, or to the maximum that this service is "
            "configured with. null selects the default."
        )
    ),
]
After = Annotated[
    str | None,
    strawberry.argument(
        description=(
            "The cursor after which the page begins: the `endCursor` of the previous page. If it is left out or "
            "null, the page begins at the start of the list."
        )
    ),
]

# The default number of entries of a page.
PAGE_SIZE = 25
# What a list counts to.
COUNT_MAX = 1_000

Entry = TypeVar("Entry")
Row = TypeVar("Row")
Count = Callable[[], Awaitable[int]]


@strawberry.type(description="The position of a page in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether the list has entries after this page.")
    has_previous_page: bool = strawberry.field(description="Whether this page was requested with `after`.")
    start_cursor: str | None = strawberry.field(
        description=("The cursor of the page's first entry. It is null if the page is empty.")
    )
    end_cursor: str | None = strawberry.field(
        description=(
            "The cursor of the page's last entry, which is the `after` of the next page. It is null if the page is "
            "empty."
        )
    )


@strawberry.type(description="An entry of a page, with its cursor.")
class Edge(Generic[Entry]):
    cursor: str = strawberry.field(
        description=(
            "An opaque string that marks the entry's position in the list. It stays valid when the entry is deleted."
        )
    )
    node: Entry = strawberry.field(description="The entry.")


def _edges(root: "Connection[Entry]") -> list[Edge[Entry]]:
    """The edges of the page, which are built only if they are selected: most callers select the nodes alone."""
    return [Edge(cursor=encode_cursor(key), node=node) for key, node in zip(root.keys, root.nodes, strict=True)]


async def _total_count(root: "Connection[Entry]") -> int | None:
    count = await root.count()
    return count if count <= COUNT_MAX else None


@strawberry.type(
    description=("A page of a list. Entries that are inserted between two requests do not shift the pages that follow.")
)
class Connection(Generic[Entry]):
    edges: list[Edge[Entry]] = strawberry.field(
        resolver=_edges, description="The entries of the page with their cursors, in the order of the list."
    )
    nodes: list[Entry] = strawberry.field(description="The same entries without their cursors, in the same order.")
    page_info: PageInfo = strawberry.field(
        description=("The position of the page in the list, and the cursor for the next page.")
    )
    total_count: int | None = strawberry.field(
        resolver=_total_count,
        description=(
            "The number of entries of the whole list, on all its pages, with the filters that were asked for; null if "
            "there are more than 1,000. They are counted only if this is asked for."
        ),
    )
    keys: strawberry.Private[list[Sequence[Any]]]
    count: strawberry.Private[Count]

    @classmethod
    def of(
        cls,
        rows: Sequence[Row],
        page: "Page",
        node: Callable[[Row], Entry],
        key: Callable[[Row], Sequence[Any]],
        count: Count,
    ) -> Self:
        """The page of these rows, of which the query reads one more than the page holds.

        `count` counts the entries of the whole list, up to COUNT_MAX and one more.
        """
        page_rows = rows[: page.size]
        keys: list[Sequence[Any]] = [[*page.order, *key(row)] for row in page_rows]
        return cls(
            nodes=[node(row) for row in page_rows],
            keys=keys,
            count=count,
            page_info=PageInfo(
                has_next_page=len(rows) > page.size,
                has_previous_page=page.after is not None,
                start_cursor=encode_cursor(keys[0]) if keys else None,
                end_cursor=encode_cursor(keys[-1]) if keys else None,
            ),
        )


class Page:
    """A requested page: its size, and the key of the row that it comes after.

    `cursor_parts` parse the parts of the cursor's key. A list that can be had in several orders names its `order`, and
    its cursors then begin with it. Raises InvalidInput for a wrong size or cursor.
    """

    def __init__(
        self,
        first: int | None,
        after: str | None,
        default: int,
        maximum: int,
        *cursor_parts: Callable[[Any], Any],
        order: Enum | None = None,
    ) -> None:
        self.size = default if first is None else first
        if not 1 <= self.size <= maximum:
            raise InvalidInput("first", f"A page has from 1 to {maximum:,} entries.")
        self.order = [order.name] if order else []
        self.after = decode_cursor(after, *cursor_parts, order=self.order) if after is not None else None


def encode_cursor(key: Sequence[Any]) -> str:
    """Encodes a row's key as an opaque string."""
    parts = [instant(part) if isinstance(part, datetime) else str(part) for part in key]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *parts: Callable[[Any], Any], order: Sequence[str] = ()) -> tuple[Any, ...]:
    """Decodes the key from a cursor of `encode_cursor`, each part with its parser; the order stands before it.

    Raises InvalidInput, also for a cursor of another order.
    """
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
        names, key = found[: len(order)], found[len(order) :]
        if names != [*order] or len(key) != len(parts) or not all(isinstance(one, str) for one in key):
            raise ValueError("another kind of cursor")
        return tuple(read(one) for read, one in zip(parts, key, strict=True))
    except (ValueError, TypeError, OverflowError, KeyError, binascii.Error, RecursionError):
        of_order = f" in the order {order[0]}" if order else ""
        raise InvalidInput("after", f"This is not a cursor of this list{of_order}.") from None


def cursor_time(value: str) -> datetime:
    """Parses a time in a cursor. Raises ValueError or OverflowError, before the database would fail on it."""
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError("a cursor's time has an offset")
    return time.astimezone(UTC)


cursor_id = UUID
