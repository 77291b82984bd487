"""The arguments and inputs of queues. They only change the form of values; `queues` validates them."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID, UNSET, argument

from perennial.api.graphql._arguments import IDEMPOTENCY_KEY
from perennial.api.graphql.queues.enums import Cadence

QUEUE_ID = "The id of one of the caller's queues."
QueueId = Annotated[ID, argument(QUEUE_ID)]


@strawberry.input(
    description=("The settings of a new queue: the post that it repeats, its first occurrence, and how often it runs.")
)
class CreateQueueInput:
    original_post_id: ID | None = strawberry.field(
        default=UNSET,
        description=(
            "The id of the post to repeat. The post may be in any state, because the queue publishes clones of it. "
            "This version requires it; later versions take a list of posts in its place."
        ),
    )
    interval: int | None = strawberry.field(
        default=UNSET,
        description=(
            "The number of days between two occurrences, from 1 to 3650. This version requires it; later versions "
            "take a rule in its place."
        ),
    )
    next_scheduled_time: datetime = strawberry.field(
        description="The time of the first occurrence. It has to be in the future, and at most a hundred years ahead."
    )
    max_executions: int | None = strawberry.field(
        default=UNSET,
        description=(
            "How often the queue may run, from 1 to 1,000,000,000, before it is completed. If it is left out or "
            "null, the queue runs without end."
        ),
    )
    cadence: Cadence = strawberry.field(
        default=Cadence.FIXED,
        description=("The time from which the next occurrence is counted. The cadence cannot be changed later."),
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=IDEMPOTENCY_KEY)


@strawberry.input(description="The settings of a queue to change. A setting that is left out stays as it is.")
class UpdateQueueInput:
    id: ID = strawberry.field(description=QUEUE_ID)
    interval: int | None = strawberry.field(
        default=UNSET,
        description=(
            "The number of days between two occurrences, from 1 to 3650. The pending occurrence does not move. "
            "null is invalid."
        ),
    )
    next_scheduled_time: datetime | None = strawberry.field(
        default=UNSET,
        description=(
            "The new time of the pending occurrence. It has to be in the future, and at most a hundred years "
            "ahead. null is invalid."
        ),
    )
    max_executions: int | None = strawberry.field(
        default=UNSET,
        description=(
            "How often the queue may run in all, from above `executionCount` to 1,000,000,000. null means without end."
        ),
    )


@strawberry.input(description="The queue to delete.")
class DeleteQueueInput:
    id: ID = strawberry.field(description=QUEUE_ID)


@strawberry.input(description="The queue to pause.")
class PauseQueueInput:
    id: ID = strawberry.field(description=QUEUE_ID)


@strawberry.input(description="The queue to resume, and when.")
class ResumeQueueInput:
    id: ID = strawberry.field(description=QUEUE_ID)
    next_scheduled_time: datetime | None = strawberry.field(
        default=UNSET,
        description=(
            "The time of the next occurrence. It has to be in the future, and at most a hundred years ahead. If it is "
            "left out or null, the next occurrence is `interval` days from now."
        ),
    )
