"""A time limit that holds even where the work does not end when it is cancelled."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def within(seconds: float, work: Awaitable[T]) -> T:
    """What the work gives within so many seconds. Raises TimeoutError then, however long the work takes to end.

    A driver whose query is cancelled may first wait for a database that says nothing.
    """
    task = asyncio.ensure_future(work)
    task.add_done_callback(_taken)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()
    if not task.done():
        raise TimeoutError
    return task.result()


def _taken(task: "asyncio.Future[T]") -> None:
    """So that nobody complains that what became of it was never asked for."""
    if not task.cancelled():
        task.exception()
