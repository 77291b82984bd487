"""What can be done with queues: the caller, the present, the arguments in our words, and on."""

from datetime import datetime

import strawberry
from strawberry import ID, UNSET

from perennial import clock
from perennial.graphql.context import Info
from perennial.graphql.inputs import CreateQueueInput, UpdateQueueInput, or_none, read_id
from perennial.graphql.queue_types import RecurringQueue
from perennial.queues import NewQueue


@strawberry.type
class QueueMutations:
    @strawberry.mutation(description="Puts a post into a recurring queue.")
    async def create_queue(self, info: Info, input: CreateQueueInput) -> RecurringQueue:  # noqa: A002 (the API's name)
        owner, queues = info.context.owner, info.context.process.queues
        new = NewQueue(
            original_post_id=read_id("post", input.original_post_id),
            interval=input.interval,
            next_scheduled_time=input.next_scheduled_time,
            max_executions=or_none(input.max_executions),
            cadence=input.cadence,
        )
        return RecurringQueue.of(await queues.create(owner, new, await clock.now()))

    @strawberry.mutation(description="Changes what is named. A new interval leaves the pending occurrence where it is.")
    async def update_queue(self, info: Info, id: ID, input: UpdateQueueInput) -> RecurringQueue:  # noqa: A002
        owner, queues = info.context.owner, info.context.process.queues
        changes = {name: value for name, value in vars(input).items() if value is not UNSET}
        return RecurringQueue.of(await queues.update(owner, read_id("queue", id), changes, await clock.now()))

    @strawberry.mutation(description="Deletes a queue and its ledger. Clones that are scheduled already go out.")
    async def delete_queue(self, info: Info, id: ID) -> ID:  # noqa: A002
        owner, queues = info.context.owner, info.context.process.queues
        return ID(str(await queues.delete(owner, read_id("queue", id))))

    @strawberry.mutation(description="Stops a queue until it is resumed.")
    async def pause_queue(self, info: Info, id: ID) -> RecurringQueue:  # noqa: A002
        owner, queues = info.context.owner, info.context.process.queues
        return RecurringQueue.of(await queues.pause(owner, read_id("queue", id), await clock.now()))

    @strawberry.mutation(description="Lets a queue go on, from the given time, or an interval from now.")
    async def resume_queue(
        self,
        info: Info,
        id: ID,  # noqa: A002
        next_scheduled_time: datetime | None = UNSET,
    ) -> RecurringQueue:
        owner, queues = info.context.owner, info.context.process.queues
        queue_id = read_id("queue", id)
        return RecurringQueue.of(await queues.resume(owner, queue_id, or_none(next_scheduled_time), await clock.now()))
