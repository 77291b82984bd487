"""What the mutations of queues answer."""

from datetime import datetime

import strawberry
from strawberry import ID

from perennial.api.graphql._payloads import WARNINGS, MutationWarning
from perennial.api.graphql.accounts.warnings import warnings_of_platforms
from perennial.api.graphql.context import Info
from perennial.api.graphql.queues.types import RecurringQueue
from perennial.posts.scheduling import clone_times


async def _warnings(
    root: "CreateQueuePayload | UpdateQueuePayload | ResumeQueuePayload", info: Info
) -> list[MutationWarning]:
    """Those about the platforms of the post that the queue repeats, when its next clone is published."""
    post = root.queue.original_post
    original = {one.platform: one.scheduled_time for one in post.publications} if post else {}
    times = clone_times(original, root.queue.next_scheduled_time)
    return await warnings_of_platforms(info, times, root.now)


@strawberry.type(description="What `createQueue` answers.")
class CreateQueuePayload:
    queue: RecurringQueue = strawberry.field(description="The new queue, which is active.")
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings, description=WARNINGS)
    now: strawberry.Private[datetime]


@strawberry.type(description="What `updateQueue` answers.")
class UpdateQueuePayload:
    queue: RecurringQueue = strawberry.field(description="The queue with its new settings.")
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings, description=WARNINGS)
    now: strawberry.Private[datetime]


@strawberry.type(description="What `pauseQueue` answers.")
class PauseQueuePayload:
    queue: RecurringQueue = strawberry.field(description="The queue, which is paused.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)


@strawberry.type(description="What `resumeQueue` answers.")
class ResumeQueuePayload:
    queue: RecurringQueue = strawberry.field(description="The queue, which is active.")
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings, description=WARNINGS)
    now: strawberry.Private[datetime]


@strawberry.type(description="What `deleteQueue` answers.")
class DeleteQueuePayload:
    deleted_id: ID = strawberry.field(description="The id of the queue that was deleted.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)
