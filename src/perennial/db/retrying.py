"""Waiting: out an outage of the database, for what must not be lost; or for so long and no longer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from perennial.db.outages import is_outage
from perennial.observe.logs import get_logger

log = get_logger(__name__)

PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 1.0

T = TypeVar("T")


async def retry_while_away(write: Callable[[], Awaitable[T]]) -> T:
    """What `write` returns, as soon as the database takes it; gives up after half of a publication's lease."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE_SECONDS
    while True:
        try:
            return await write()
        except Exception as error:
            if not is_outage(error) or loop.time() > deadline:
                raise
            log.warning("database.away", error=type(error).__name__)
            await asyncio.sleep(PAUSE_SECONDS)
