"""The inputs of createQueue and updateQueue."""

from datetime import date, datetime
from typing import Any

import strawberry
from strawberry import ID, UNSET

from perennial.api.graphql._arguments import ADDED_WITH_DEFAULT, IDEMPOTENCY_KEY
from perennial.api.graphql.queues.enums import Cadence, MissedRunsPolicy, OnDuplicate
from perennial.api.graphql.queues.inputs import QUEUE_ID

_INTERVAL = "The number of days between two occurrences, from 1 to 3,650. Without a `timezone` a day has 24 hours."
_RULE = (
    "On which days the queue runs: an RRULE of RFC 5545 with FREQ DAILY, WEEKLY, MONTHLY or YEARLY, and INTERVAL, "
    "BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS and WKST, such as FREQ=MONTHLY;BYDAY=-1FR. It has at most 512 characters. "
    "Its time of day is that of `nextScheduledTime`, and without a `timezone` it is a rule of UTC."
)
_TIMEZONE = (
    "The IANA time zone, such as Europe/Berlin, in whose calendar the queue keeps its time of day: 09:00 stays 09:00 "
    "when the clocks change. A time that the clock skips is moved by as much as it skips, for that day; one that it "
    "shows twice runs the first time."
)
_EXCLUDED_DATES = (
    "Dates on which the queue does not run, 366 at most: of its `timezone`, or of UTC without one. The ledger has a "
    "row for what does not run."
)
_IN_THE_RULE = "It has to be in the future, at most a hundred years ahead, and one of the rule's, if there is a rule."


def _optional(description: str) -> Any:
    return strawberry.field(default=UNSET, description=description)


@strawberry.input(description="What becomes of occurrences that were missed because the service was down.")
class MissedRunsInput:
    policy: MissedRunsPolicy = strawberry.field(description="Whether the latest of them runs.")
    within_minutes: int | None = _optional(
        "How many minutes the latest may be late, from 1 to 525,600. RUN_IF_WITHIN needs it, and nothing else takes it."
    )


@strawberry.input(
    description=("The settings of a new queue: the posts that it repeats, its first occurrence, and how often it runs.")
)
class CreateQueueInput:
    original_post_id: ID | None = _optional(
        "The id of the post to repeat. The post may be in any state, because the queue publishes clones of it. "
        "A queue has either this post or `postIds`."
    )
    post_ids: list[ID] | None = _optional(
        "The ids of the posts to repeat, from 1 to 100, each once. They take turns: at each occurrence a clone of the "
        "least recently used one is published, and of those that were never used the first in this list."
    )
    interval: int | None = _optional(f"{_INTERVAL} A queue has either an interval or a rule.")
    rule: str | None = _optional(f"{_RULE} A queue has either an interval or a rule.")
    timezone: str | None = _optional(f"{_TIMEZONE} If it is left out or null, days have 24 hours.")
    next_scheduled_time: datetime = strawberry.field(
        description=f"The time of the first occurrence, which sets the time of day of all of them. {_IN_THE_RULE}"
    )
    ends_at: datetime | None = _optional(
        "The queue is completed after its last occurrence until this time, which cannot be before the first one. If it "
        "is left out or null, there is no such end."
    )
    excluded_dates: list[date] | None = _optional(_EXCLUDED_DATES)
    max_executions: int | None = _optional(
        "How often the queue may run, from 1 to 1,000,000,000, before it is completed. If it is left out or null, the "
        "queue runs without end."
    )
    cadence: Cadence = strawberry.field(
        default=Cadence.FIXED,
        description=("The time from which the next occurrence is counted. The cadence cannot be changed later."),
    )
    missed_runs: MissedRunsInput | None = _optional(
        "What becomes of occurrences that were missed because the service was down. If it is left out or null, the "
        "latest of them runs, for all of them."
    )
    on_duplicate: OnDuplicate = strawberry.field(
        default=OnDuplicate.SKIP,
        description="What the queue does when a platform refuses a post because it has the same text already.",
        metadata=ADDED_WITH_DEFAULT,
    )
    name: str | None = _optional("What to call the queue: one line of 1 to 100 characters. Two may have the same name.")
    idempotency_key: str | None = _optional(IDEMPOTENCY_KEY)


@strawberry.input(description="The settings of a queue to change. A setting that is left out stays as it is.")
class UpdateQueueInput:
    id: ID = strawberry.field(description=QUEUE_ID)
    original_post_id: ID | None = _optional(
        "The id of the only post to repeat from now on, in place of `postIds`. null is invalid."
    )
    post_ids: list[ID] | None = _optional(
        "The ids of the posts to repeat from now on, from 1 to 100, each once. Posts that stay keep their turn: the "
        "least recently used one runs next, and those that were never used come before all others, in the order of "
        "this list. null is invalid."
    )
    interval: int | None = _optional(
        f"{_INTERVAL} It takes the place of a rule, and alone does not move a pending occurrence that lies ahead. null "
        "is valid only for a queue that has or gets a rule."
    )
    rule: str | None = _optional(
        f"{_RULE} It takes the place of an interval. The pending occurrence stays where it is one of the rule, "
        f"otherwise "
        "the next that is one is pending. null is valid only for a queue that has or gets an interval."
    )
    timezone: str | None = _optional(
        f"{_TIMEZONE} From one zone to another the queue keeps its time of day; where there was none, or with null, it "
        "keeps the instant of the pending occurrence. A warning says if it has no such occurrence there."
    )
    next_scheduled_time: datetime | None = _optional(
        f"The new time of the pending occurrence, and the time of day from then on. {_IN_THE_RULE} The time "
        "that the queue shows changes neither. One on an excluded date is refused. null is invalid."
    )
    ends_at: datetime | None = _optional(
        "The queue is completed after its last occurrence until this time, which cannot be before the pending one. "
        "null means that there is no such end."
    )
    excluded_dates: list[date] | None = _optional(f"{_EXCLUDED_DATES} They replace those that the queue had.")
    max_executions: int | None = _optional(
        "How often the queue may run in all, from above `executionCount` to 1,000,000,000. null means without end."
    )
    missed_runs: MissedRunsInput | None = _optional(
        "What becomes of occurrences that were missed because the service was down. null is the default: the latest "
        "runs, for all of them."
    )
    on_duplicate: OnDuplicate | None = _optional(
        "What the queue does when a platform refuses a post because it has the same text already. null is invalid."
    )
    name: str | None = _optional("What to call the queue: one line of 1 to 100 characters. null takes its name away.")
