"""The settings that a RecurringQueue shows, and when it runs by them."""

from datetime import date, datetime
from typing import Any

import strawberry

from perennial.api.graphql._scalars import LocalDateTime
from perennial.api.graphql.queues.enums import Cadence, MissedRunsPolicy, OnDuplicate
from perennial.api.graphql.queues.rows import QueueRow
from perennial.db import models
from perennial.queues.recurrence.columns import read_dates
from perennial.queues.recurrence.series import next_run


@strawberry.type(description="What becomes of occurrences that were missed because the service was down.")
class MissedRuns:
    policy: MissedRunsPolicy = strawberry.field(description="Whether the latest of them runs.")
    within_minutes: int | None = strawberry.field(
        description=(
            "With RUN_IF_WITHIN, how many minutes the latest may be late, from 1 to 525,600. Otherwise it is null."
        )
    )


@strawberry.type
class QueueSettings:
    name: str | None = strawberry.field(
        description="What its owner calls the queue. It is null if it has no name; two queues may have the same one."
    )
    interval: int | None = strawberry.field(
        description=(
            "The number of days between two occurrences, from 1 to 3,650. Without a `timezone` a day has 24 hours; "
            "with one it is a day of the calendar there. It is null for a queue that follows a `rule`."
        )
    )
    rule: str | None = strawberry.field(
        description=(
            "On which days the queue runs: an RRULE of RFC 5545, such as FREQ=WEEKLY;BYDAY=MO,TH. It is null for a "
            "queue with an `interval`."
        )
    )
    timezone: str | None = strawberry.field(
        description=(
            "The IANA time zone, such as Europe/Berlin, in whose calendar the queue keeps its time of day: 09:00 stays "
            "09:00 when the clocks change. It is null for a queue without one: its days have 24 hours, and its rule is "
            "of UTC."
        )
    )
    cadence: Cadence = strawberry.field(description="The time from which the next occurrence is counted.")
    next_scheduled_time: datetime = strawberry.field(
        description=(
            "The time of the next occurrence that is to run: excluded dates and occurrences that were skipped are "
            "passed over. An active queue runs within a second of it. A paused or completed queue keeps it and does "
            "not run. If all that are left are excluded or skipped, it is the first of these."
        )
    )
    next_local_time: LocalDateTime | None = strawberry.field(
        description=(
            "The local time of the next occurrence that is to run, in `timezone`. On a day whose clock skips it, that "
            "is the time that it would have been. It is null for a queue without a time zone."
        )
    )
    ends_at: datetime | None = strawberry.field(
        description="The queue is completed after its last occurrence until this time. null is no such end."
    )
    excluded_dates: list[date] = strawberry.field(
        description=(
            "The dates on which the queue does not run, the earliest first: in its `timezone`, or of UTC without one."
        )
    )
    missed_runs: MissedRuns = strawberry.field(
        description="What becomes of occurrences that were missed because the service was down."
    )
    on_duplicate: OnDuplicate = strawberry.field(
        description="What the queue does when a platform refuses a post because it has the same text already."
    )
    max_executions: int | None = strawberry.field(
        description=(
            "How often the queue may run, from 1 to 1,000,000,000, before it is completed. It is null if the queue "
            "runs without end."
        )
    )


def settings_of(row: models.RecurringQueue | QueueRow) -> dict[str, Any]:
    """The fields of QueueSettings."""
    following = next_run(row)
    return {
        "name": row.name,
        "interval": row.interval,
        "rule": row.rule,
        "timezone": row.timezone,
        "cadence": row.cadence,
        "next_scheduled_time": following.time,
        "next_local_time": following.local_time,
        "ends_at": row.ends_at,
        "excluded_dates": sorted(read_dates(row.excluded_dates)) if row.excluded_dates else [],
        "missed_runs": MissedRuns(policy=row.missed_runs, within_minutes=row.missed_within_minutes),
        "on_duplicate": row.on_duplicate,
        "max_executions": row.max_executions,
    }
