"""Two who come at the same moment: one is stopped halfway, the other begins, and both go on."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from tortoise import connections

T = TypeVar("T")


class Pause:
    """Stands in for a function: stops its first caller halfway, until it is told to go on."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self, *args: Any) -> Any:
        result = await self.function(*args)
        if not self.reached.is_set():
            self.reached.set()
            await self.go_on.wait()
        return result


async def meanwhile(pause: Pause, first: Awaitable[Any], second: Awaitable[T]) -> T:
    """Lets `second` begin, and wait for a lock, while `first` is halfway; then lets both go on."""
    result, waited = await at_once(pause, first, second)
    assert waited
    return result


async def at_once(pause: Pause, first: Awaitable[Any], second: Awaitable[T]) -> tuple[T, bool]:
    """The same, whether `second` waits or comes to its end while `first` is halfway; says which of them it was."""
    one = asyncio.ensure_future(first)
    await pause.reached.wait()
    two = asyncio.ensure_future(second)
    while not (waits := await _somebody_waits()) and not two.done():
        pass
    pause.go_on.set()
    await one
    return await two, waits


async def _somebody_waits() -> bool:
    sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(await connections.get("default").execute_query_dict(sql))


class Faster:
    """Stands in for a function that reads: before its first caller goes on with what it read, another comes."""

    def __init__(self, function: Any, another: Any) -> None:
        self.function, self.another = function, another

    async def __call__(self, *args: Any) -> Any:
        result = await self.function(*args)
        if another := self.another:
            self.another = None
            await another()
        return result
