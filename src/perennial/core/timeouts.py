"""A timeout that holds even if the awaitable does not end when it is cancelled."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def with_timeout(seconds: float, work: Awaitable[T]) -> T:
    """Returns the result of `work`. Raises TimeoutError after `seconds`, without waiting for the cancelled work to end.

    A driver whose query is cancelled may first wait for a database that does not answer.
    """
    task = asyncio.ensure_future(work)
    task.add_done_callback(consume_exception)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()
    if not task.done():
        raise TimeoutError
    return task.result()


def consume_exception(task: "asyncio.Future[T]") -> None:
    """Retrieves the exception, so that asyncio does not log that nobody did."""
    if not task.cancelled():
        task.exception()
