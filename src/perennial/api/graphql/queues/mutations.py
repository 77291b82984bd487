"""The mutations of queues. They read the caller, the time and the arguments, and call `queues`."""

from datetime import datetime
from functools import partial
from typing import Annotated

import strawberry
from strawberry import ID, UNSET, argument

from perennial.api.graphql._arguments import parse_id, unset_to_none
from perennial.api.graphql._idempotency_argument import key_of
from perennial.api.graphql.context import Info
from perennial.api.graphql.queues.inputs import CreateQueueInput, QueueId, UpdateQueueInput
from perennial.api.graphql.queues.types import RecurringQueue
from perennial.core import clock
from perennial.idempotency.keys import run_once
from perennial.queues.queues import NewQueue, get_queue


@strawberry.type
class QueueMutations:
    @strawberry.mutation(
        description=(
            "Puts a post into a new queue, which is active at once. Errors: NOT_FOUND where there is no such post; "
            "BAD_USER_INPUT where a number is out of its range, or the time is not ahead."
        )
    )
    async def create_queue(
        self,
        info: Info,
        input: Annotated[CreateQueueInput, argument("What it repeats, from when on, how often.")],  # noqa: A002 (the API's name)
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
            "Changes a queue in any state, and never the state itself. A new interval leaves the pending occurrence "
            "where it is. Errors: NOT_FOUND; BAD_USER_INPUT where a number is out of its range, or the time is not "
            "ahead."
        )
    )
    async def update_queue(
        self,
        info: Info,
        id: QueueId,  # noqa: A002
        input: Annotated[UpdateQueueInput, argument("What is to change.")],  # noqa: A002
    ) -> RecurringQueue:
        owner, queues = info.context.owner, info.context.process.queues
        changes = {name: value for name, value in vars(input).items() if value is not UNSET}
        return RecurringQueue.of(await queues.update(owner, parse_id("queue", id), changes, await clock.now()))

    @strawberry.mutation(
        description=(
            "Deletes a queue and its ledger, and answers its id. Clones that are scheduled already go out. Errors: "
            "NOT_FOUND."
        )
    )
    async def delete_queue(self, info: Info, id: QueueId) -> ID:  # noqa: A002
        owner, queues = info.context.owner, info.context.process.queues
        return ID(str(await queues.delete(owner, parse_id("queue", id))))

    @strawberry.mutation(
        description=(
            "Stops a queue until it is resumed; one that is paused stays so. Clones that are scheduled already go out. "
            "Errors: NOT_FOUND; CONFLICT where it is completed."
        )
    )
    async def pause_queue(self, info: Info, id: QueueId) -> RecurringQueue:  # noqa: A002
        owner, queues = info.context.owner, info.context.process.queues
        return RecurringQueue.of(await queues.pause(owner, parse_id("queue", id), await clock.now()))

    @strawberry.mutation(
        description=(
            "Lets a paused or completed queue go on, and clears `statusReason`; one that is active stays as it is. "
            "Errors: NOT_FOUND; BAD_USER_INPUT where the time is not ahead; CONFLICT while `maxExecutions` is still "
            "reached, and where the original is gone."
        )
    )
    async def resume_queue(
        self,
        info: Info,
        id: QueueId,  # noqa: A002
        next_scheduled_time: Annotated[
            datetime | None,
            argument(
                "The next occurrence: in the future, a hundred years ahead at most. Left out or null: `interval` days "
                "from now."
            ),
        ] = UNSET,
    ) -> RecurringQueue:
        owner, queues = info.context.owner, info.context.process.queues
        queue_id = parse_id("queue", id)
        return RecurringQueue.of(
            await queues.resume(owner, queue_id, unset_to_none(next_scheduled_time), await clock.now())
        )


def _new_queue(queue: CreateQueueInput) -> NewQueue:
    return NewQueue(
        original_post_id=parse_id("post", queue.original_post_id),
        interval=queue.interval,
        next_scheduled_time=queue.next_scheduled_time,
        max_executions=unset_to_none(queue.max_executions),
        cadence=queue.cadence,
    )
