"""What a queue forgets that goes on with other occurrences than those it had ahead when it was paused."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.core.states import QueueStatus
from perennial.queues._rows import QueueUpdate
from perennial.queues.recurrence.columns import StoredQueue, read_changed
from perennial.queues.recurrence.series import Series, next_run


class Forgotten(NamedTuple):
    """Of a queue: the pending time that it gives up (None: none), when it runs, and names of what was changed ahead."""

    queue_id: UUID
    given_up: datetime | None
    next_time: datetime
    dropped: list[datetime]


def forgotten(queue: StoredQueue, update: QueueUpdate, moment: datetime) -> Forgotten | None:
    """What an active queue has forgotten of what lay ahead at this moment, by what is written of it; None: nothing."""
    is_same = (update.next_scheduled_time, update.changed_occurrences) == (
        queue.next_scheduled_time,
        queue.changed_occurrences,
    )
    if is_same or update.status != QueueStatus.ACTIVE:
        return None
    pending, next_time = next_run(queue).time, next_run(went_on(queue, update)).time
    given_up = pending if pending > moment and pending != next_time else None
    dropped = list(_dropped(queue, update, moment)) if queue.changed_occurrences else []
    return Forgotten(queue.id, given_up, next_time, dropped) if given_up or dropped else None


def went_on(queue: StoredQueue, update: QueueUpdate) -> StoredQueue:
    """The queue with the occurrences that are written of it."""
    return queue._replace(
        next_local_time=update.next_local_time,
        next_scheduled_time=update.next_scheduled_time,
        changed_occurrences=update.changed_occurrences,
    )


def _dropped(queue: StoredQueue, update: QueueUpdate, moment: datetime) -> Iterable[datetime]:
    """The names of the occurrences ahead that were skipped or moved, and no longer are."""
    series, kept = Series.of(queue), read_changed(update.changed_occurrences)
    for slot in sorted(series.changed):
        if series.time(slot) > moment and slot not in kept:
            yield series.calendar.instant(slot)
