"""The inputs and payloads of the mutations of single occurrences."""

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry import ID

from perennial.api.graphql._payloads import WARNINGS, MutationWarning
from perennial.api.graphql.context import Info
from perennial.api.graphql.queues.inputs import QUEUE_ID
from perennial.api.graphql.queues.payloads import warnings_of_queues
from perennial.api.graphql.queues.types import RecurringQueue
from perennial.api.graphql.queues.upcoming.warnings import warnings_of_repeated_texts
from perennial.queues.settings.notices import Notice

SCHEDULED_TIME = (
    "Which occurrence: the instant at which the queue's schedule has it, exactly. That stays its name where it was "
    "moved to another time. It has to be ahead, at most a hundred years, and not on an excluded date."
)


@strawberry.input(description="The occurrence to skip.")
class SkipOccurrenceInput:
    queue_id: ID = strawberry.field(description=QUEUE_ID)
    scheduled_time: datetime = strawberry.field(description=SCHEDULED_TIME)


@strawberry.input(description="The occurrence to move, and the time to which.")
class MoveOccurrenceInput:
    queue_id: ID = strawberry.field(description=QUEUE_ID)
    scheduled_time: datetime = strawberry.field(description=SCHEDULED_TIME)
    to: datetime = strawberry.field(
        description=(
            "When the occurrence is to run instead. It has to be in the future, after the occurrence before it and "
            "before the one after it (when these really run, or would if they were not skipped), not after "
            "the queue's end, and not on one of its `excludedDates`."
        )
    )


@strawberry.input(description="The occurrence that is to run at its own time again.")
class RestoreOccurrenceInput:
    queue_id: ID = strawberry.field(description=QUEUE_ID)
    scheduled_time: datetime = strawberry.field(description=SCHEDULED_TIME)


async def _warnings(
    root: "SkipOccurrencePayload | MoveOccurrencePayload | RestoreOccurrencePayload", info: Info
) -> list[MutationWarning]:
    of_accounts = await warnings_of_queues(info, [root.queue], root.now)
    of_texts = await warnings_of_repeated_texts(info, root.queue.id, root.time)
    return [*map(MutationWarning.of, root.notices), *of_accounts, *of_texts]


@strawberry.type(description="What `skipOccurrence` answers.")
class SkipOccurrencePayload:
    queue: RecurringQueue = strawberry.field(description="The queue, which leaves the occurrence out.")
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings, description=WARNINGS)
    now: strawberry.Private[datetime]
    time: strawberry.Private[datetime]  # of the occurrence, as it is now
    notices: strawberry.Private[Sequence[Notice]]


@strawberry.type(description="What `moveOccurrence` answers.")
class MoveOccurrencePayload:
    queue: RecurringQueue = strawberry.field(description="The queue, which runs the occurrence at the new time.")
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings, description=WARNINGS)
    now: strawberry.Private[datetime]
    time: strawberry.Private[datetime]  # of the occurrence, as it is now
    notices: strawberry.Private[Sequence[Notice]]


@strawberry.type(description="What `restoreOccurrence` answers.")
class RestoreOccurrencePayload:
    queue: RecurringQueue = strawberry.field(description="The queue, which runs the occurrence at its own time.")
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings, description=WARNINGS)
    now: strawberry.Private[datetime]
    time: strawberry.Private[datetime]  # of the occurrence, as it is now
    notices: strawberry.Private[Sequence[Notice]]
