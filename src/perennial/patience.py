"""Waits out outages of the database, for writes that must not be lost: what a platform gave, it gives only once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from perennial.database import is_outage
from perennial.logs import get_logger

log = get_logger(__name__)

TRIES = 60
PAUSE_SECONDS = 1.0

T = TypeVar("T")


async def patiently(write: Callable[[], Awaitable[T]]) -> T:
    """What `write` returns, as soon as the database takes it; gives up after half of a publication's lease."""
    for _ in range(TRIES - 1):
        try:
            return await write()
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("database.away", error=type(error).__name__)
            await asyncio.sleep(PAUSE_SECONDS)
    return await write()
