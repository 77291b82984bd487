"""How an owner pauses a queue, until it is resumed or until a time, at which a tick resumes it (`ending`)."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from perennial.core.errors import Conflict
from perennial.core.states import QueueStatus
from perennial.db.transactions import transaction
from perennial.posts.scheduling import validated_time
from perennial.queues.owned import lock_queue, write_queue
from perennial.queues.pausing._overdue import overdue_time
from perennial.queues.recurrence.reasons import PAUSED_WITH_ALL
from perennial.queues.settings.checks import check_line
from perennial.queues.settings.notices import Notice, about_end_in_pause, about_overdue

REASON_LENGTH_MAX = 255


@dataclass(frozen=True)
class Pause:
    """A pause: until when (None: until the queue is resumed), and why, in its owner's words."""

    until: datetime | None = None
    reason: str | None = None

    @classmethod
    def checked(cls, until: datetime | None, reason: str | None, now: datetime) -> Self:
        """The pause that an owner wants at `now`. Raises InvalidInput."""
        if reason is not None:
            check_line("reason", reason, REASON_LENGTH_MAX)
        return cls(None if until is None else validated_time("until", until, now), reason)

    @property
    def alarm_times(self) -> list[datetime]:
        """The times at which a tick has something to do for it: its end, if it has one."""
        return [self.until] if self.until else []

    def columns(self) -> dict[str, Any]:
        """What a paused queue's row has of it."""
        return {"status": QueueStatus.PAUSED, "paused_until": self.until, "pause_reason": self.reason}


async def pause_queue(owner: str, queue_id: UUID, pause: Pause, now: datetime, missed_after: timedelta) -> list[Notice]:
    """Pauses the queue, or changes the pause that it has, in a transaction.

    What was paused together with all others is paused for itself from then on; the service's own reason stays. What is
    later than `missed_after` is missed. Returns what the owner should know. Raises NotFound, or Conflict if the queue
    is completed.
    """
    async with transaction():
        queue = await lock_queue(owner, queue_id)
        if queue.status == QueueStatus.COMPLETED:
            raise Conflict("The queue is completed; there is nothing to pause.")
        reason = None if queue.status_reason == PAUSED_WITH_ALL else queue.status_reason
        changes = {**pause.columns(), "status_reason": reason}
        if changes != {name: getattr(queue, name) for name in changes}:
            await write_queue(queue, changes, now)
    with suppress(ValueError):  # of a queue that this version cannot read nothing is known
        overdue = overdue_time(queue, now, missed_after)
        return [
            *(about_overdue(overdue) if overdue else ()),
            *(about_end_in_pause(queue, pause.until) if pause.until else ()),
        ]
    return []
