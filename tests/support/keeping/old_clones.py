"""Clones that a queue made and published, and a pruning of what is older than thirty days."""

import asyncio
from datetime import timedelta
from typing import Any

from perennial.keeping.pruning import Pruner
from perennial.process import Process
from support.api import User
from support.clock import FakeClock
from support.stores.catalogs import Postgres, Sqlite, read_postgres, read_sqlite
from support.ticks import HOUR, clones, due_queue

KEEP = timedelta(days=30)
# A post of Alice's.
INSERT = """
    INSERT INTO posts (id, clerk_user_id, status, created_at, updated_at)
    VALUES ('00000000-0000-7000-8000-000000000001', 'alice', 'draft', '2026-11-23 12:00:00+00:00',
        '2026-11-23 12:00:00+00:00')
    RETURNING id
"""


async def write(database: Sqlite | Postgres, sql: str = INSERT) -> None:
    """Runs the statement on a database that nobody has open, committed by itself."""
    if isinstance(database, Postgres):
        await read_postgres(database.url, sql)
    else:
        read_sqlite(database.file, sql)


def pruner(keep: timedelta | None = KEEP) -> Pruner:
    """What a worker has that was just started, so its walk begins."""
    return Pruner(keep, asyncio.Event())


async def ran_queue(user: User, clock: FakeClock, process: Process, **more: Any) -> Any:
    """A queue of the user's whose first occurrence has just run, and whose clone is out."""
    queue = await due_queue(user, clock.now + HOUR, **more)
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    await process.publisher.publish_due()
    return await user.queue(queue["id"])


async def clone_of(user: User, clock: FakeClock, process: Process, **more: Any) -> Any:
    """The one clone of such a queue."""
    (clone,) = await clones(user, await ran_queue(user, clock, process, **more))
    return clone
