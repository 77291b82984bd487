"""What the rules of recurrence need to know of a queue, without a table."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from perennial.core.states import Cadence, MissedRuns, QueueStatus
from perennial.queues.recurrence.columns import StoredQueue

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
_POST = UUID(int=1)


@dataclass
class Queue:
    """A queue that runs next at 09:00, every week."""

    original_post_id: UUID | None = _POST
    status: QueueStatus = QueueStatus.ACTIVE
    interval: int | None = 7
    rule: str | None = None
    timezone: str | None = None
    cadence: Cadence = Cadence.FIXED
    next_local_time: str | None = None
    next_scheduled_time: datetime = NINE
    ends_at: datetime | None = None
    excluded_dates: str | None = None
    changed_occurrences: str | None = None
    missed_runs: MissedRuns = MissedRuns.RUN_LATEST
    missed_within_minutes: int | None = None
    execution_count: int = 0
    max_executions: int | None = None

    def stored(self) -> StoredQueue:
        """As a table would have it."""
        known = {name: getattr(self, name) for name in StoredQueue._fields if hasattr(self, name)}
        return StoredQueue(**dict.fromkeys(StoredQueue._fields) | known)

    @property
    def days(self) -> timedelta:
        return timedelta(days=self.interval or 0)
