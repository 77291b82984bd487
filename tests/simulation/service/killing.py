"""Work that ends in the middle, as if its process had been killed: what it had not committed is lost."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from perennial.core.fault_points import FaultPoint
from perennial.publishing import _recording, claims
from perennial.queues.tick import ticker

OF_TICKS = (FaultPoint.TICK_CLAIMED, FaultPoint.TICK_WRITTEN, FaultPoint.TICK_COMMITTED)
OF_PUBLISHING = (
    FaultPoint.PUBLICATION_CLAIMED,
    FaultPoint.PUBLICATION_MARKED,
    FaultPoint.PUBLICATION_ANSWERED,
    FaultPoint.PUBLICATION_STORED,
)


class Killed(BaseException):
    """Nothing in the code catches this."""


async def killed_at(point: FaultPoint, work: Callable[[], Awaitable[Any]]) -> bool:
    """Does the work until it reaches the point; returns whether it got there."""
    try:
        with _deadly(point):
            await work()
    except BaseException as error:
        if not _is_death(error):
            raise
        return True
    return False


@contextmanager
def _deadly(point: FaultPoint) -> Iterator[None]:
    def reach(reached: FaultPoint) -> None:
        if reached == point:
            raise Killed

    with (
        patch.object(ticker, "reach", reach),
        patch.object(claims, "reach", reach),
        patch.object(_recording, "reach", reach),
    ):
        yield


def _is_death(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(map(_is_death, error.exceptions))
    return isinstance(error, Killed)
