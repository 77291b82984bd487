"""The mutations of queues. They read the caller, the time and the arguments, and call `queues`."""

from functools import partial
from typing import Annotated

import strawberry
from strawberry import ID, argument

from perennial.api.graphql._arguments import key_of, parse_id, unset_to_none
from perennial.api.graphql._payloads import MutationWarning
from perennial.api.graphql.context import Info
from perennial.api.graphql.queues.inputs import DeleteQueueInput, PauseQueueInput, ResumeQueueInput
from perennial.api.graphql.queues.payloads import (
    CreateQueuePayload,
    DeleteQueuePayload,
    PauseQueuePayload,
    ResumeQueuePayload,
    UpdateQueuePayload,
)
from perennial.api.graphql.queues.settings.inputs import CreateQueueInput, UpdateQueueInput
from perennial.api.graphql.queues.settings.parsing import changes_of, naming_posts, new_queue
from perennial.api.graphql.queues.types import RecurringQueue
from perennial.core import clock
from perennial.idempotency.keys import run_once
from perennial.queues.owned import get_queue
from perennial.queues.pausing.pauses import Pause
from perennial.queues.recurrence.series import next_run
from perennial.queues.resuming import Start
from perennial.queues.settings.notices import about_days, about_paused_then
from perennial.queues.settings.schedules import FIELDS
from perennial.queues.settings.slots_given import START


@strawberry.type
class QueueMutations:
    @strawberry.mutation(
        description=(
            "Creates a queue that repeats a post, or several in turn. The queue is active at once. Errors: NOT_FOUND "
            "if the caller has no such post; BAD_USER_INPUT if a setting is left out that is needed, is not "
            "acceptable, or does not go with another one; QUOTA_EXCEEDED if the caller has as many queues as one user "
            "may have."
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
        with naming_posts(input):
            create = partial(queues.create, owner)
            found = await run_once(key, lambda: create(new_queue(input), now, key), partial(get_queue, owner))
        return CreateQueuePayload(queue=RecurringQueue.of(found), now=now, notices=about_days(found, now))

    @strawberry.mutation(
        description=(
            "Changes the settings of a queue in any state; the state itself stays. A new interval does not move a "
            "pending occurrence that lies ahead; a new rule or time zone does only if it is no longer an occurrence. "
            "One that has fallen due and not yet run is the next tick's still, if no other has by the new settings; a "
            "warning says if it does not run any more. A new list of posts does not begin their round anew. Errors: "
            "NOT_FOUND; BAD_USER_INPUT if a setting is not acceptable, or does not go with another one."
        )
    )
    async def update_queue(
        self,
        info: Info,
        input: Annotated[UpdateQueueInput, argument("The queue, and the settings to change.")],  # noqa: A002
    ) -> UpdateQueuePayload | None:
        owner, queues = info.context.owner, info.context.process.queues
        now = await clock.now()
        with naming_posts(input):
            given = changes_of(input)
            found, notices = await queues.update(owner, parse_id("queue", input.id), given, now)
        about_schedule = about_days(found, now) if given.keys() & FIELDS.keys() else []
        if given.get("next_scheduled_time") is not None:
            about_schedule += about_paused_then(found, next_run(found).time, START)
        return UpdateQueuePayload(queue=RecurringQueue.of(found), now=now, notices=[*notices, *about_schedule])

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
            "Pauses a queue until it is resumed, or until a time. One that is paused already stays so, with the new "
            "`until` and `reason` and none that are left out. Clones that are already scheduled are still published. A "
            "warning says if the queue has no occurrence left after `until`, and another if one had fallen due and not "
            "yet run: it does not run any more. "
            "Errors: NOT_FOUND; BAD_USER_INPUT if the time is not in the future or the reason too long; CONFLICT if "
            "the queue is completed."
        )
    )
    async def pause_queue(
        self,
        info: Info,
        input: Annotated[PauseQueueInput, argument("The queue, and its pause.")],  # noqa: A002
    ) -> PauseQueuePayload | None:
        owner, queues = info.context.owner, info.context.process.queues
        queue_id, now = parse_id("queue", input.id), await clock.now()
        pause = Pause.checked(unset_to_none(input.until), unset_to_none(input.reason), now)
        found, notices = await queues.pause(owner, queue_id, pause, now)
        return PauseQueuePayload(queue=RecurringQueue.of(found), warnings=list(map(MutationWarning.of, notices)))

    @strawberry.mutation(
        description=(
            "Makes a paused or completed queue active again, and clears `statusReason`; an active queue stays "
            "as it is, and a warning says so if another time was asked for. What it passed over while it was paused is "
            "in its ledger. Errors: NOT_FOUND; BAD_USER_INPUT if "
            "the time is not in the future or not one of the rule's, or `from` does not go with the queue; CONFLICT if "
            "the queue has reached `maxExecutions` or its `endsAt`, or its original post was deleted."
        )
    )
    async def resume_queue(
        self,
        info: Info,
        input: Annotated[ResumeQueueInput, argument("The queue, and when it is to run next.")],  # noqa: A002
    ) -> ResumeQueuePayload | None:
        owner, queues = info.context.owner, info.context.process.queues
        queue_id, now = parse_id("queue", input.id), await clock.now()
        start = Start(unset_to_none(input.next_scheduled_time), unset_to_none(input.resume_from))
        found, notices = await queues.resume(owner, queue_id, start, now)
        return ResumeQueuePayload(queue=RecurringQueue.of(found), now=now, notices=notices)
