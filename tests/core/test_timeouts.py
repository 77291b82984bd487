"""Waiting for so long and no longer."""

import asyncio

import pytest

from perennial.core.timeouts import with_timeout


async def test_what_is_there_in_time_is_given() -> None:
    async def soon() -> int:
        return 7

    assert await with_timeout(10, soon()) == 7


async def test_what_goes_wrong_is_raised() -> None:
    async def wrong() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await with_timeout(10, wrong())


async def test_what_will_not_end_when_it_is_cancelled_is_not_waited_for() -> None:
    goes_on = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await goes_on.wait()  # as a driver that asks a silent database to cancel

    work = asyncio.ensure_future(stubborn())
    with pytest.raises(TimeoutError):
        await with_timeout(0.05, work)
    assert not work.done()
    goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await work
