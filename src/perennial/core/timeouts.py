"""Waits with timeouts: for work that may not end when it is cancelled, and for the first of several events."""

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


async def wait_for_any(seconds: float | None, *events: asyncio.Event) -> None:
    """Waits until one of the events is set, for `seconds` at most, if that is not None."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


def consume_exception(task: "asyncio.Future[T]") -> None:
    """Retrieves the exception, so that asyncio does not log that nobody did."""
    if not task.cancelled():
        task.exception()
