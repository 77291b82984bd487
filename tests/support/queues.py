"""What the rules of recurrence need to know of a queue, without a table."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from perennial.core.states import Cadence, QueueStatus

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass
class Queue:
    """A queue that runs next at 09:00, every week."""

    status: QueueStatus = QueueStatus.ACTIVE
    interval: int = 7
    cadence: Cadence = Cadence.FIXED
    next_scheduled_time: datetime = NINE
    execution_count: int = 0
    max_executions: int | None = None

    @property
    def days(self) -> timedelta:
        return timedelta(days=self.interval)
