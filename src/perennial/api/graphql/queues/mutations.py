"""The mutations of queues. They read the caller, the time and the arguments, and call `queues`."""

from functools import partial
from typing import Annotated

import strawberry
from strawberry import ID, UNSET, argument

from perennial.api.graphql._arguments import key_of, parse_id, unset_to_none
from perennial.api.graphql.context import Info
from perennial.api.graphql.queues.inputs import (
    CreateQueueInput,
    DeleteQueueInput,
    PauseQueueInput,
    ResumeQueueInput,
    UpdateQueueInput,
)
from perennial.api.graphql.queues.payloads import (
    CreateQueuePayload,
    DeleteQueuePayload,
    PauseQueuePayload,
    ResumeQueuePayload,
    UpdateQueuePayload,
)
from perennial.api.graphql.queues.types import RecurringQueue
from perennial.core import clock
from perennial.core.errors import InvalidInput
from perennial.idempotency.keys import run_once
from perennial.queues.queues import QueueInput, get_queue


@strawberry.type
class QueueMutations:
    @strawberry.mutation(
        description=(
            "Creates a queue that repeats a post. The queue is active at once. Errors: NOT_FOUND if the caller "
            "has no such post; BAD_USER_INPUT if the post or the interval is left out, a number is out of its range, "
            "or the time is not in the future; QUOTA_EXCEEDED if the caller has as many queues as one user may have."
        )
    )
    async def create_queue(
        self,
        info: Info,
        input: Annotated[CreateQueueInput, argument("The settings of the new queue.")],  # noqa: A002 (the API's name)
    ) -> CreateQueuePayload | None:
        owner, queues = info.context.owner, info.context.process.queues
        now = await clock.now()
        key = key_of(info, input.idempotency_key, input, now)
        found = await run_once(
            key, lambda: queues.create(owner, _new_queue(input), now, key), partial(get_queue, owner)
        )
        return CreateQueuePayload(queue=RecurringQueue.of(found), now=now)

    @strawberry.mutation(
        description=(
            "Changes the settings of a queue in any state; the state itself stays. A new interval does not move "
            "the pending occurrence. Errors: NOT_FOUND; BAD_USER_INPUT if a number is out of its range, or the "
            "time is not in the future."
        )
    )
    async def update_queue(
        self,
        info: Info,
        input: Annotated[UpdateQueueInput, argument("The queue, and the settings to change.")],  # noqa: A002
    ) -> UpdateQueuePayload | None:
        owner, queues = info.context.owner, info.context.process.queues
        changes = {name: value for name, value in vars(input).items() if name != "id" and value is not UNSET}
        queue_id, now = parse_id("queue", input.id), await clock.now()
        found = await queues.update(owner, queue_id, changes, now)
        return UpdateQueuePayload(queue=RecurringQueue.of(found), now=now)

    @strawberry.mutation(
        description=(
            "Deletes a queue and its ledger. Clones that are already scheduled are still published. Errors: NOT_FOUND."
        )
    )
    async def delete_queue(
        self,
        info: Info,
        input: Annotated[DeleteQueueInput, argument("The queue.")],  # noqa: A002
    ) -> DeleteQueuePayload | None:
        owner, queues = info.context.owner, info.context.process.queues
        return DeleteQueuePayload(deleted_id=ID(str(await queues.delete(owner, parse_id("queue", input.id)))))

    @strawberry.mutation(
        description=(
            "Pauses a queue until it is resumed; a queue that is already paused stays paused. Clones that are "
            "already scheduled are still published. Errors: NOT_FOUND; CONFLICT if the queue is completed."
        )
    )
    async def pause_queue(
        self,
        info: Info,
        input: Annotated[PauseQueueInput, argument("The queue.")],  # noqa: A002
    ) -> PauseQueuePayload | None:
        owner, queues = info.context.owner, info.context.process.queues
        found = await queues.pause(owner, parse_id("queue", input.id), await clock.now())
        return PauseQueuePayload(queue=RecurringQueue.of(found))

    @strawberry.mutation(
        description=(
            "Makes a paused or completed queue active again, and clears `statusReason`; an active queue stays "
            "as it is. Errors: NOT_FOUND; BAD_USER_INPUT if the time is not in the future; CONFLICT if the "
            "queue has reached `maxExecutions`, or its original post was deleted."
        )
    )
    async def resume_queue(
        self,
        info: Info,
        input: Annotated[ResumeQueueInput, argument("The queue, and when it is to run next.")],  # noqa: A002
    ) -> ResumeQueuePayload | None:
        owner, queues = info.context.owner, info.context.process.queues
        queue_id, now = parse_id("queue", input.id), await clock.now()
        found = await queues.resume(owner, queue_id, unset_to_none(input.next_scheduled_time), now)
        return ResumeQueuePayload(queue=RecurringQueue.of(found), now=now)


def _new_queue(queue: CreateQueueInput) -> QueueInput:
    """The input of `queues`. Raises InvalidInput if the post or the interval is left out, NotFound."""
    post_id, interval = unset_to_none(queue.original_post_id), unset_to_none(queue.interval)
    if post_id is None:
        raise InvalidInput("originalPostId", "A queue needs the id of the post that it repeats.")
    if interval is None:
        raise InvalidInput("interval", "A queue needs an interval, in days.")
    return QueueInput(
        original_post_id=parse_id("post", post_id),
        interval=interval,
        next_scheduled_time=queue.next_scheduled_time,
        max_executions=unset_to_none(queue.max_executions),
        cadence=queue.cadence,
    )
