"""Named points in the code at which a process can be made to kill itself, for the tests of crash recovery.

A point is armed by PERENNIAL_FAULT_POINT alone, which `Settings` refuses unless every platform is on loopback. A point
that is not armed costs a dictionary lookup.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import StrEnum

# From the start of a request until PUBLICATION_ON_THE_WIRE kills the process.
KILL_DELAY_SECONDS = 0.3


class FaultPoint(StrEnum):
    """The points, in the order in which an occurrence reaches them; then those of other work."""

    PAUSES_ENDED = "pauses.ended"  # after a batch of pauses has ended, before the commit
    TICK_CLAIMED = "tick.claimed"  # after the claim of a batch
    TICK_WRITTEN = "tick.written"  # after the clones are written, before the commit
    TICK_COMMITTED = "tick.committed"  # after the commit, before the alarm
    PUBLICATION_CLAIMED = "publication.claimed"  # after the claim of publications, before the mark
    PUBLICATION_MARKED = "publication.marked"  # after the mark, before the requests
    PUBLICATION_ON_THE_WIRE = "publication.on_the_wire"  # while a request is in flight
    PUBLICATION_ANSWERED = "publication.answered"  # after the platform answered, before the result is stored
    PUBLICATION_STORED = "publication.stored"  # after the result is stored, before the next
    PRUNING_DELETED = "pruning.deleted"  # after a batch of old clones is deleted, before the commit
    SCHEDULED_HELD = "scheduled.held"  # after a batch of clones is held back, before the commit
    QUEUES_RESUMED = "queues.resumed"  # after a batch of queues is resumed, before the commit
    ZONES_FOLLOWED = "zones.followed"  # after times are derived anew by the rules of their zones, before the commit
    REFRESH_ANSWERED = "refresh.answered"  # after the platform gave new tokens, before they are stored


_armed: dict[FaultPoint, int] = {}


def parse(value: str) -> tuple[FaultPoint, int]:
    """Parses `tick.claimed`, or `tick.claimed:3` for the third time that it is reached. Raises ValueError."""
    name, _, times = value.partition(":")
    count = int(times or 1)
    if count < 1:
        raise ValueError("the number after the fault point has to be at least 1")
    return FaultPoint(name), count


def arm(value: str | None) -> None:
    """Makes the process kill itself at the point; None disarms all."""
    _armed.clear()
    if value is not None:
        point, count = parse(value)
        _armed[point] = count


def reach(point: FaultPoint) -> None:
    """Kills the process, with SIGKILL, if the point is armed and has been reached as often as it was armed for."""
    if point not in _armed:
        return
    _armed[point] -= 1
    if _armed[point] == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def on_the_wire() -> AbstractContextManager[None]:
    """A context manager around a request, during which the process dies if PUBLICATION_ON_THE_WIRE is armed."""
    return _kill_after_delay() if FaultPoint.PUBLICATION_ON_THE_WIRE in _armed else nullcontext()


@contextmanager
def _kill_after_delay() -> Iterator[None]:
    loop = asyncio.get_running_loop()
    timer = loop.call_later(KILL_DELAY_SECONDS, reach, FaultPoint.PUBLICATION_ON_THE_WIRE)
    try:
        yield
    finally:
        timer.cancel()
