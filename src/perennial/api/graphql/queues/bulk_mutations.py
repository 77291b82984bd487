"""The mutations of several queues. Each queue is changed or refused by itself."""

from typing import Annotated

import strawberry
from strawberry import ID, argument

from perennial.api.graphql._arguments import check_ids, unset_to_none, uuid_or_none
from perennial.api.graphql._payloads import MutationWarning
from perennial.api.graphql.context import Info
from perennial.api.graphql.queues.bulk_types import (
    BulkQueueResult,
    DeleteQueuesInput,
    DeleteQueuesPayload,
    PauseQueuesInput,
    PauseQueuesPayload,
    ResumeQueuesInput,
    ResumeQueuesPayload,
)
from perennial.core import clock
from perennial.queues.bulk import BulkQueues
from perennial.queues.pausing.pauses import Pause
from perennial.queues.resuming import Start

EACH = (
    "Each queue is done or refused by itself: `results` has the `error` of one that is refused, with the codes of the "
    "mutation of a single queue, and the others are done all the same. What is not begun because of an outage, or "
    "because half of the time that a request may take is over, is refused with UNAVAILABLE. Errors: BAD_USER_INPUT if "
    "there are no ids, or more than 100."
)


@strawberry.type
class QueueBulkMutations:
    @strawberry.mutation(
        description=f"Pauses queues, as `pauseQueue` does. {EACH} It is also for an invalid `until` or `reason`."
    )
    async def pause_queues(
        self,
        info: Info,
        input: Annotated[PauseQueuesInput, argument("The queues, and their pause.")],  # noqa: A002 (the API's name)
    ) -> PauseQueuesPayload | None:
        queues, now = _bulk(info, input.ids), await clock.now()
        pause = Pause.checked(unset_to_none(input.until), unset_to_none(input.reason), now)
        outcomes, notices = await queues.pause(pause, now)
        results = BulkQueueResult.of_each(info, input.ids, outcomes)
        return PauseQueuesPayload(results=results, warnings=list(map(MutationWarning.of, notices)))

    @strawberry.mutation(description=f"Makes queues active again, as `resumeQueue` does. {EACH}")
    async def resume_queues(
        self,
        info: Info,
        input: Annotated[ResumeQueuesInput, argument("The queues, and when they are to run next.")],  # noqa: A002
    ) -> ResumeQueuesPayload | None:
        queues, now = _bulk(info, input.ids), await clock.now()
        start = Start(unset_to_none(input.next_scheduled_time), unset_to_none(input.resume_from))
        outcomes, notices = await queues.resume(start, now)
        results = BulkQueueResult.of_each(info, input.ids, outcomes)
        return ResumeQueuesPayload(results=results, now=now, notices=notices)

    @strawberry.mutation(description=f"Deletes queues with their ledgers, as `deleteQueue` does. {EACH}")
    async def delete_queues(
        self,
        info: Info,
        input: Annotated[DeleteQueuesInput, argument("The queues.")],  # noqa: A002
    ) -> DeleteQueuesPayload | None:
        outcomes = await _bulk(info, input.ids).delete()
        return DeleteQueuesPayload(results=BulkQueueResult.of_each(info, input.ids, outcomes))


def _bulk(info: Info, ids: list[ID]) -> BulkQueues:
    """The operations on these queues of the caller, without malformed ids. Raises InvalidInput."""
    owner, process = info.context.owner, info.context.process
    check_ids(ids, at_least=1)
    parsed = [found for one in ids if (found := uuid_or_none(one))]
    # What a request has done by the time at which it is broken off, nobody would hear.
    seconds_max = process.settings.request_seconds_max / 2
    return BulkQueues(process.alarms, process.events, owner, parsed, seconds_max, process.queues.missed_after)
