"""The mutations of queues. They read the caller, the time and the arguments, and call `queues`."""

from datetime import datetime
from functools import partial
from typing import Annotated

import strawberry
from strawberry import ID, UNSET, argument

from perennial.api.graphql._arguments import key_of, parse_id, unset_to_none
from perennial.api.graphql.context import Info
from perennial.api.graphql.queues.inputs import CreateQueueInput, QueueId, UpdateQueueInput
from perennial.api.graphql.queues.types import RecurringQueue
from perennial.core import clock
from perennial.idempotency.keys import run_once
from perennial.queues.queues import QueueInput, get_queue


@strawberry.type
class QueueMutations:
    @strawberry.mutation(
        description=(
            "Creates a queue that repeats a post. The queue is active at once. Errors: NOT_FOUND if the caller "
            "has no such post; BAD_USER_INPUT if a number is out of its range, or the time is not in the "
            "future; QUOTA_EXCEEDED if the caller has as many queues as one user may have."
        )
    )
    async def create_queue(
        self,
        info: Info,
        input: Annotated[CreateQueueInput, argument("The settings of the new queue.")],  # noqa: A002 (the API's name)
    ) -> RecurringQueue:
        owner, queues = info.context.owner, info.context.process.queues
        now = await clock.now()
        key = key_of(info, input.idempotency_key, input, now)
        found = await run_once(
            key, lambda: queues.create(owner, _new_queue(input), now, key), partial(get_queue, owner)
        )
        return RecurringQueue.of(found)

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
        id: QueueId,  # noqa: A002
        input: Annotated[UpdateQueueInput, argument("The settings to change.")],  # noqa: A002
    ) -> RecurringQueue:
        owner, queues = info.context.owner, info.context.process.queues
        changes = {name: value for name, value in vars(input).items() if value is not UNSET}
        return RecurringQueue.of(await queues.update(owner, parse_id("queue", id), changes, await clock.now()))

    @strawberry.mutation(
        description=(
            "Deletes a queue and its ledger, and returns its id. Clones that are already scheduled are still "
            "published. Errors: NOT_FOUND."
        )
    )
    async def delete_queue(self, info: Info, id: QueueId) -> ID:  # noqa: A002
        owner, queues = info.context.owner, info.context.process.queues
        return ID(str(await queues.delete(owner, parse_id("queue", id))))

    @strawberry.mutation(
        description=(
            "Pauses a queue until it is resumed; a queue that is already paused stays paused. Clones that are "
            "already scheduled are still published. Errors: NOT_FOUND; CONFLICT if the queue is completed."
        )
    )
    async def pause_queue(self, info: Info, id: QueueId) -> RecurringQueue:  # noqa: A002
        owner, queues = info.context.owner, info.context.process.queues
        return RecurringQueue.of(await queues.pause(owner, parse_id("queue", id), await clock.now()))

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
        id: QueueId,  # noqa: A002
        next_scheduled_time: Annotated[
            datetime | None,
            argument(
                "The time of the next occurrence. It has to be in the future, and at most a hundred years "
                "ahead. If it is left out or null, the next occurrence is `interval` days from now."
            ),
        ] = UNSET,
    ) -> RecurringQueue:
        owner, queues = info.context.owner, info.context.process.queues
        queue_id = parse_id("queue", id)
        return RecurringQueue.of(
            await queues.resume(owner, queue_id, unset_to_none(next_scheduled_time), await clock.now())
        )


def _new_queue(queue: CreateQueueInput) -> QueueInput:
    return QueueInput(
        original_post_id=parse_id("post", queue.original_post_id),
        interval=queue.interval,
        next_scheduled_time=queue.next_scheduled_time,
        max_executions=unset_to_none(queue.max_executions),
        cadence=queue.cadence,
    )
