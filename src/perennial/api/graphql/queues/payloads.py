"""What the mutations of queues answer."""

import strawberry
from strawberry import ID

from perennial.api.graphql._payloads import WARNINGS, MutationWarning
from perennial.api.graphql.queues.types import RecurringQueue


@strawberry.type(description="What `createQueue` answers.")
class CreateQueuePayload:
    queue: RecurringQueue = strawberry.field(description="The new queue, which is active.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)


@strawberry.type(description="What `updateQueue` answers.")
class UpdateQueuePayload:
    queue: RecurringQueue = strawberry.field(description="The queue with its new settings.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)


@strawberry.type(description="What `pauseQueue` answers.")
class PauseQueuePayload:
    queue: RecurringQueue = strawberry.field(description="The queue, which is paused.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)


@strawberry.type(description="What `resumeQueue` answers.")
class ResumeQueuePayload:
    queue: RecurringQueue = strawberry.field(description="The queue, which is active.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)


@strawberry.type(description="What `deleteQueue` answers.")
class DeleteQueuePayload:
    deleted_id: ID = strawberry.field(description="The id of the queue that was deleted.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)
