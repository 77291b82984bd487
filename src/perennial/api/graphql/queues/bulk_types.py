"""The inputs and payloads of the mutations of several queues."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry
from strawberry import ID, UNSET

from perennial.api.graphql._arguments import uuid_or_none
from perennial.api.graphql._bulk import BulkError
from perennial.api.graphql._payloads import WARNINGS, MutationWarning
from perennial.api.graphql.context import Info
from perennial.api.graphql.queues.enums import ResumeFrom
from perennial.api.graphql.queues.inputs import PAUSE_REASON, PAUSE_UNTIL, RESUME_AT, RESUME_FROM_WITHOUT_TIME
from perennial.api.graphql.queues.loading import queues_by_id
from perennial.api.graphql.queues.payloads import warnings_of_queues
from perennial.api.graphql.queues.types import RecurringQueue
from perennial.core.errors import NotFound
from perennial.queues.bulk import BulkOutcomes
from perennial.queues.settings.notices import Notice

IDS = "The ids of the caller's queues, from 1 to 100. One that is given twice is done once, and answered twice."
RESULTS = "What came of each queue, in the order of the ids."


@strawberry.input(description="The queues to pause, until when, and why.")
class PauseQueuesInput:
    ids: list[ID] = strawberry.field(description=IDS)
    until: datetime | None = strawberry.field(default=UNSET, description=PAUSE_UNTIL)
    reason: str | None = strawberry.field(default=UNSET, description=PAUSE_REASON)


@strawberry.input(description="The queues to resume, and when.")
class ResumeQueuesInput:
    ids: list[ID] = strawberry.field(description=IDS)
    next_scheduled_time: datetime | None = strawberry.field(default=UNSET, description=RESUME_AT)
    resume_from: ResumeFrom | None = strawberry.field(name="from", default=UNSET, description=RESUME_FROM_WITHOUT_TIME)


@strawberry.input(description="The queues to delete.")
class DeleteQueuesInput:
    ids: list[ID] = strawberry.field(description=IDS)


async def _queue(root: "BulkQueueResult", info: Info) -> RecurringQueue | None:
    """The queue, read once for all results, if it was not refused."""
    if root.error or root.queue_id is None:
        return None
    row = await info.context.loader(queues_by_id).load(root.queue_id)
    return RecurringQueue.of(row) if row else None


@strawberry.type(description="What came of one queue in a mutation of several: `error` says whether it was refused.")
class BulkQueueResult:
    id: ID = strawberry.field(description="The id, as the caller sent it.")
    queue: RecurringQueue | None = strawberry.field(
        resolver=_queue, description="The queue as it is now. It is null if there is an `error`, or if it was deleted."
    )
    error: BulkError | None = strawberry.field(
        description="Why it was refused. It is null if it was carried out.", default=None
    )
    queue_id: strawberry.Private[UUID | None] = None

    @classmethod
    def of_each(cls, info: Info, ids: list[ID], outcomes: BulkOutcomes) -> list[Self]:
        """The results in the order of the ids; one whose id is malformed was not found."""
        errors = {
            queue_id: BulkError.of(info, one.error, may_be_done=one.may_be_done) if one.error else None
            for queue_id, one in outcomes.items()
        }
        unknown, not_begun = BulkError.of(info, NotFound("queue"), may_be_done=False), BulkError.not_begun()
        parsed = [uuid_or_none(one) for one in ids]
        return [
            cls(id=given, queue_id=one, error=unknown if one is None else errors.get(one, not_begun))
            for given, one in zip(ids, parsed, strict=True)
        ]


@strawberry.type(description="What `pauseQueues` answers.")
class PauseQueuesPayload:
    results: list[BulkQueueResult] = strawberry.field(description=RESULTS)
    warnings: list[MutationWarning] = strawberry.field(description=WARNINGS)


async def _warnings(root: "ResumeQueuesPayload", info: Info) -> list[MutationWarning]:
    queues = await asyncio.gather(*(_queue(one, info) for one in root.results))
    about_accounts = await warnings_of_queues(info, [one for one in queues if one], root.now)
    return [*map(MutationWarning.of, root.notices), *about_accounts]


@strawberry.type(description="What `resumeQueues` answers.")
class ResumeQueuesPayload:
    results: list[BulkQueueResult] = strawberry.field(description=RESULTS)
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings, description=WARNINGS)
    now: strawberry.Private[datetime]
    notices: strawberry.Private[Sequence[Notice]]


@strawberry.type(description="What `deleteQueues` answers.")
class DeleteQueuesPayload:
    results: list[BulkQueueResult] = strawberry.field(description=RESULTS)
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)
