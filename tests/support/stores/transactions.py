"""What is written to show what a transaction kept, and that no connection is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any
from uuid import UUID

from tortoise import connections

from perennial.core.ids import new_id
from perennial.db.models import Post
from perennial.db.transactions import transaction

PLACES = 20  # of the pool that the tests' databases are opened with
WAIT_SECONDS = 10.0
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def bounded(work: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Where a connection is lost, its next user waits for ever: here it fails."""

    @wraps(work)
    async def within_seconds(*args: Any, **named: Any) -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            await work(*args, **named)

    return within_seconds


@bounded
async def begin_anew() -> None:
    """Removes all rows."""
    await Post.all().delete()


def connection() -> Any:
    """What this task's queries go to just now."""
    return connections.get("default")


async def write(owner: str, **columns: Any) -> UUID:
    """Writes a row of the owner's."""
    values = {"id": new_id(), "clerk_user_id": owner, "created_at": NOW, "updated_at": NOW, **columns}
    await Post.bulk_create([Post(**values)])
    return UUID(str(values["id"]))


async def kept() -> list[str]:
    """The owners of all rows that this task sees."""
    return sorted(str(owner) for owner in await Post.all().values_list("clerk_user_id", flat=True))


@bounded
async def all_places_work() -> None:
    """As many transactions as there are places, at the same time where the database allows it, and a plain write."""
    sqlite = connection().capabilities.dialect == "sqlite"
    together = asyncio.Barrier(1 if sqlite else PLACES)

    async def one() -> None:
        async with transaction():
            await write("all places")
            await together.wait()

    before = (await kept()).count("all places")
    await asyncio.gather(*(one() for _ in range(PLACES)))
    await write("all places")
    assert (await kept()).count("all places") == before + PLACES + 1
