"""The mutations of single occurrences of a queue, each of which its scheduled time names."""

from typing import Annotated

import strawberry
from strawberry import argument

from perennial.api.graphql._arguments import parse_id
from perennial.api.graphql.context import Info
from perennial.api.graphql.queues.steering.occurrence_types import (
    MoveOccurrenceInput,
    MoveOccurrencePayload,
    RestoreOccurrenceInput,
    RestoreOccurrencePayload,
    SkipOccurrenceInput,
    SkipOccurrencePayload,
)
from perennial.api.graphql.queues.types import RecurringQueue
from perennial.core import clock
from perennial.core.instants import whole_milliseconds
from perennial.queues.settings.notices import about_none_left, about_paused_then

# What is refused in the same way whatever is done with the occurrence.
UNKNOWN = (
    "NOT_FOUND; BAD_USER_INPUT if the queue has no such occurrence ahead, with the two nearest in the message (of a "
    "queue that counts from its executions only the pending one is known); CONFLICT if the queue is completed"
)


@strawberry.type
class OccurrenceMutations:
    @strawberry.mutation(
        description=(
            "Skips one occurrence of a queue: when its time comes it does not run, and the ledger says "
            "SKIPPED_BY_OWNER. The occurrences after it stay where they are. One that is skipped already stays so; one "
            "that was moved is skipped at its own time. The queue may be paused. A warning says if no occurrence is "
            "left that runs. "
            f"Errors: {UNKNOWN}, if 100 of its occurrences are skipped or moved already, if a neighbour was moved "
            "past the occurrence's own time, or if the queue counts from its executions, and an interval has passed "
            "since that time."
        )
    )
    async def skip_occurrence(
        self,
        info: Info,
        input: Annotated[SkipOccurrenceInput, argument("The occurrence.")],  # noqa: A002 (the API's name)
    ) -> SkipOccurrencePayload | None:
        owner, steering = info.context.owner, info.context.process.steering
        queue_id, now = parse_id("queue", input.queue_id), await clock.now()
        found = await steering.skip(owner, queue_id, input.scheduled_time, now)
        notices = about_none_left(found, now, "scheduledTime")
        return SkipOccurrencePayload(
            queue=RecurringQueue.of(found), now=now, time=input.scheduled_time, notices=notices
        )

    @strawberry.mutation(
        description=(
            "Moves one occurrence of a queue to another time. Its own time stays its name, in the ledger too, and the "
            "occurrences after it stay where they are. It can be moved again, and one that was skipped runs then. The "
            f"queue may be paused: a warning says if the time is in its pause. Errors: {UNKNOWN}, if 100 of its "
            "occurrences are skipped or moved already, or if the ledger has it already; "
            "BAD_USER_INPUT if the new time is not in the future, not between the occurrence's neighbours, after the "
            "queue's end, or on one of its excluded dates."
        )
    )
    async def move_occurrence(
        self,
        info: Info,
        input: Annotated[MoveOccurrenceInput, argument("The occurrence, and its new time.")],  # noqa: A002
    ) -> MoveOccurrencePayload | None:
        owner, steering = info.context.owner, info.context.process.steering
        queue_id, now = parse_id("queue", input.queue_id), await clock.now()
        found = await steering.move(owner, queue_id, input.scheduled_time, input.to, now)
        time = whole_milliseconds(input.to)
        notices = about_paused_then(found, time, "to")
        return MoveOccurrencePayload(queue=RecurringQueue.of(found), now=now, time=time, notices=notices)

    @strawberry.mutation(
        description=(
            "Undoes `skipOccurrence` and `moveOccurrence`: the occurrence runs at its own time. The queue may be "
            "paused: a warning says if the time is in its pause. "
            f"Errors: {UNKNOWN}, if the occurrence was neither skipped nor moved, if its own time has passed or a "
            "neighbour was moved past it meanwhile, or if the ledger has it already."
        )
    )
    async def restore_occurrence(
        self,
        info: Info,
        input: Annotated[RestoreOccurrenceInput, argument("The occurrence.")],  # noqa: A002
    ) -> RestoreOccurrencePayload | None:
        owner, steering = info.context.owner, info.context.process.steering
        queue_id, now = parse_id("queue", input.queue_id), await clock.now()
        found = await steering.restore(owner, queue_id, input.scheduled_time, now)
        notices = about_paused_then(found, input.scheduled_time, "scheduledTime")
        return RestoreOccurrencePayload(
            queue=RecurringQueue.of(found), now=now, time=input.scheduled_time, notices=notices
        )
