"""The tables whose rows belong to an owner: all of them are exported, and deleted for an owner who leaves.

A table belongs here if it has an owner's column, or a foreign key to one that does. `NOT_OWNED` says why the others do
not. A test compares both with the models.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from tortoise.models import Model

from perennial.db.bulk import table_of
from perennial.db.models import (
    ConnectedAccount,
    IdempotencyKey,
    PlatformBreaker,
    Post,
    Publication,
    QueueExecution,
    QueuePost,
    RecurringQueue,
    RefreshBreaker,
)

OWNER = "clerk_user_id"


class Child(NamedTuple):
    """A table whose rows belong to another's, by the foreign key `parent`, and go with them (ON DELETE CASCADE).

    `kind` is what an export calls a row; `order` is the column by which a parent's rows are in order, each once.
    """

    model: type[Model]
    kind: str
    parent: str
    order: str


class Owned(NamedTuple):
    """A table with the owner's column. `secrets` are columns that are never shown.

    `key` is what follows the owner in an index of the table, so that an owner's rows can be walked along; it is unique.
    """

    model: type[Model]
    kind: str
    key: tuple[str, ...]
    children: tuple[Child, ...] = ()
    secrets: frozenset[str] = frozenset()


# In an order in which a row comes after those that it names.
OWNED = (
    Owned(
        ConnectedAccount,
        "account",
        ("platform", "account_id"),
        secrets=frozenset({"encrypted_access_token", "encrypted_refresh_token"}),
    ),
    Owned(Post, "post", ("id",), (Child(Publication, "publication", "post_id", "platform"),)),
    Owned(
        RecurringQueue,
        "queue",
        ("id",),
        (
            Child(QueueExecution, "execution", "queue_id", "scheduled_time"),
            Child(QueuePost, "queuePost", "queue_id", "post_id"),
        ),
    ),
    # A fingerprint is a hash of an input, which may have had a token in it.
    Owned(IdempotencyKey, "idempotencyKey", ("key",), secrets=frozenset({"fingerprint"})),
)
NOT_OWNED: dict[type[Model], str] = {
    PlatformBreaker: "what a platform refuses to our app",
    RefreshBreaker: "what a token endpoint refuses to our app",
}


def page_of(table: Owned, key: Sequence[str], after: Sequence[Any], size: int) -> str:
    """The statement for the owner's next rows in the order of the key, after that of one row, or of the first.

    Its values are the owner and that row's key. Between bounds, and by the table's `key` in the order of an index, so
    that PostgreSQL takes it, and begins there, whatever its statistics know of the owner. By another key it sorts all
    that the owner has in the table, for each page.
    """
    columns = ", ".join((OWNER, *key))
    places = ", ".join(f"${number}" for number in range(1, len(key) + 2))
    return f"""
        SELECT * FROM {table_of(table.model)}
        WHERE {f"({columns}) > ({places})" if after else f"{OWNER} >= $1"} AND {OWNER} <= $1
        ORDER BY {columns} LIMIT {size}
    """  # noqa: S608 (all of it is ours)
