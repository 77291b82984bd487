"""The arguments and inputs of queues. They only change the form of values; `queues` validates them."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID, UNSET, argument

from perennial.api.graphql._arguments import IDEMPOTENCY_KEY
from perennial.api.graphql.queues.enums import Cadence

QueueId = Annotated[ID, argument("The id of a queue of the caller's.")]


@strawberry.input(description="A new queue: what it repeats, from when on, how often.")
class CreateQueueInput:
    original_post_id: ID = strawberry.field(
        description="The post to repeat, in whatever state: the queue publishes clones of it."
    )
    interval: int = strawberry.field(description="Days between occurrences, from 1 to 3650.")
    next_scheduled_time: datetime = strawberry.field(
        description="The first occurrence: in the future, a hundred years ahead at most."
    )
    max_executions: int | None = strawberry.field(
        default=UNSET,
        description="How often it may run, from 1 to 1,000,000,000; then it is completed. Left out or null: no end.",
    )
    cadence: Cadence = strawberry.field(
        default=Cadence.FIXED, description="What the next occurrence is counted from. It cannot be changed later."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=IDEMPOTENCY_KEY)


@strawberry.input(description="What is to change in a queue. What is left out stays as it is.")
class UpdateQueueInput:
    interval: int | None = strawberry.field(
        default=UNSET,
        description=(
            "Days between occurrences, from 1 to 3650. The pending occurrence stays where it is. null is refused."
        ),
    )
    next_scheduled_time: datetime | None = strawberry.field(
        default=UNSET,
        description=(
            "The pending occurrence from now on: in the future, a hundred years ahead at most. null is refused."
        ),
    )
    max_executions: int | None = strawberry.field(
        default=UNSET,
        description="How often it may run in all: above `executionCount`, 1,000,000,000 at most. null: no end.",
    )
