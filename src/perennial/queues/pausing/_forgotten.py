"""What a queue forgets that goes on with other occurrences than those it had ahead when it was paused."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.queues.recurrence.series import Series
from perennial.queues.settings import settling
from perennial.queues.settings.rescheduling import Rescheduling


class Forgotten(NamedTuple):
    """Of a queue: the pending time that it gives up (None: none), when it runs instead (None: it does not any more),
    and the names of what was skipped or moved ahead.
    """

    queue_id: UUID
    given_up: datetime | None
    next_time: datetime | None
    dropped: list[datetime]


def forgotten(queue_id: UUID, change: Rescheduling, series: Series) -> Forgotten | None:
    """What is forgotten of what lay ahead, where the queue goes on with the occurrences of `series`; None: nothing."""
    pending, next_time = change.old.first_time(), series.first_time()
    given_up = pending if pending is not None and pending > change.now and pending != next_time else None
    dropped = settling.dropped(change, series, is_given=False)
    return Forgotten(queue_id, given_up, next_time, dropped) if given_up or dropped else None
