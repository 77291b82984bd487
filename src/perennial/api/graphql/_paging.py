"""Keyset pages: a cursor holds its row's key, so inserts between two pages neither repeat nor skip rows."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
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

Node = TypeVar("Node")
Row = TypeVar("Row")


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
class Edge(Generic[Node]):
    cursor: str = strawberry.field(
        description=(
            "An opaque string that marks the entry's position in the list. It stays valid when the entry is deleted."
        )
    )
    node: Node = strawberry.field(description="The entry.")


def _edges(root: "Connection[Node]") -> list[Edge[Node]]:
    """The edges of the page, which are built only if they are selected: most callers select the nodes alone."""
    return [Edge(cursor=encode_cursor(key), node=node) for key, node in zip(root.keys, root.nodes, strict=True)]


@strawberry.type(
    description=("A page of a list. Entries that are inserted between two requests do not shift the pages that follow.")
)
class Connection(Generic[Node]):
    edges: list[Edge[Node]] = strawberry.field(
        resolver=_edges, description="The entries of the page with their cursors, in the order of the list."
    )
    nodes: list[Node] = strawberry.field(description="The same entries without their cursors, in the same order.")
    page_info: PageInfo = strawberry.field(
        description=("The position of the page in the list, and the cursor for the next page.")
    )
    keys: strawberry.Private[list[Sequence[Any]]]

    @classmethod
    def of(
        cls, rows: Sequence[Row], page: "Page", node: Callable[[Row], Node], key: Callable[[Row], Sequence[Any]]
    ) -> Self:
        """The page of these rows, of which the query reads one more than the page holds."""
        page_rows = rows[: page.size]
        keys = [key(row) for row in page_rows]
        return cls(
            nodes=[node(row) for row in page_rows],
            keys=keys,
            page_info=PageInfo(
                has_next_page=len(rows) > page.size,
                has_previous_page=page.after is not None,
                start_cursor=encode_cursor(keys[0]) if keys else None,
                end_cursor=encode_cursor(keys[-1]) if keys else None,
            ),
        )


class Page:
    """A requested page: its size, and the key of the row that it comes after.

    `cursor_parts` parse the parts of the cursor's key. Raises InvalidInput for a wrong size or cursor.
    """

    def __init__(
        self, first: int | None, after: str | None, default: int, maximum: int, *cursor_parts: Callable[[Any], Any]
    ) -> None:
        self.size = default if first is None else first
        if not 1 <= self.size <= maximum:
            raise InvalidInput("first", f"A page has from 1 to {maximum} entries.")
        self.after = decode_cursor(after, *cursor_parts) if after is not None else None


def encode_cursor(key: Sequence[Any]) -> str:
    """Encodes a row's key as an opaque string."""
    parts = [instant(part) if isinstance(part, datetime) else str(part) for part in key]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *parts: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Decodes the key from a cursor of `encode_cursor`, each part with its parser. Raises InvalidInput."""
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
        if len(found) != len(parts) or not all(isinstance(one, str) for one in found):
            raise ValueError("another kind of cursor")
        return tuple(read(one) for read, one in zip(parts, found, strict=True))
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        raise InvalidInput("after", "This is not a cursor of this list.") from None


def cursor_time(value: str) -> datetime:
    """Parses a time in a cursor. Raises ValueError or OverflowError, before the database would fail on it."""
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError("a cursor's time has an offset")
    return time.astimezone(UTC)


cursor_id = UUID
