"""What an owner may ask of a queue: the ranges of its settings."""

from datetime import datetime
from typing import Any

from perennial.core.errors import InvalidInput
from perennial.db.models import RecurringQueue
from perennial.posts.scheduling import validated_time
from perennial.queues.recurrence.columns import INTERVAL_DAYS_MAX, INTERVAL_DAYS_MIN

MAX_EXECUTIONS_LIMIT = 1_000_000_000


def check_interval(interval: int) -> None:
    """Raises InvalidInput if the interval, in days, is out of range."""
    if not INTERVAL_DAYS_MIN <= interval <= INTERVAL_DAYS_MAX:
        raise InvalidInput("interval", f"The interval must be from {INTERVAL_DAYS_MIN} to {INTERVAL_DAYS_MAX} days.")


def check_max_executions(max_executions: int | None, execution_count: int) -> None:
    """Raises InvalidInput if the maximum is out of range or already reached; None means no limit."""
    if max_executions is None:
        return
    if not 1 <= max_executions <= MAX_EXECUTIONS_LIMIT:
        raise InvalidInput(
            "maxExecutions", f"The maximum must be from 1 to {MAX_EXECUTIONS_LIMIT}, or null for no end."
        )
    if max_executions <= execution_count:
        raise InvalidInput(
            "maxExecutions", f"The queue has run {execution_count} times, so the maximum must be higher."
        )


def checked_changes(changes: dict[str, Any], queue: RecurringQueue, now: datetime) -> dict[str, Any]:
    """The columns to change, checked against the queue as it is. Raises InvalidInput."""
    checked = dict(changes)
    for name, field in (("interval", "interval"), ("next_scheduled_time", "nextScheduledTime")):
        if name in changes and changes[name] is None:
            raise InvalidInput(field, "This field cannot be null. Leave it out to keep its value.")
    if "interval" in changes:
        check_interval(changes["interval"])
    if "next_scheduled_time" in changes:
        checked["next_scheduled_time"] = validated_time("nextScheduledTime", changes["next_scheduled_time"], now)
    if "max_executions" in changes:
        check_max_executions(changes["max_executions"], queue.execution_count)
    return checked
