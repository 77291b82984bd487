"""Retries writes that must not be lost while the database is away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from perennial.db.outages import is_outage
from perennial.observe.logs import get_logger

log = get_logger(__name__)

RETRY_SECONDS_MAX = 60.0  # half of a publication's lease
RETRY_PAUSE_SECONDS = 1.0

T = TypeVar("T")


async def retry_while_away(write: Callable[[], Awaitable[T]]) -> T:
    """Returns the result of `write`, retried during an outage for RETRY_SECONDS_MAX; then its error is raised."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + RETRY_SECONDS_MAX
    while True:
        try:
            return await write()
        except Exception as error:
            if not is_outage(error) or loop.time() > deadline:
                raise
            log.warning("database.away", error=type(error).__name__)
            await asyncio.sleep(RETRY_PAUSE_SECONDS)
