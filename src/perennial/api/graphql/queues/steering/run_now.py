"""The mutation that runs a queue at once, with its input and payload."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated

import strawberry
from strawberry import ID, argument

from perennial.api.graphql._arguments import IDEMPOTENCY_KEY, key_of, parse_id
from perennial.api.graphql._payloads import WARNINGS, MutationWarning
from perennial.api.graphql.context import Info
from perennial.api.graphql.executions.types import QueueExecution
from perennial.api.graphql.queues.inputs import QUEUE_ID
from perennial.api.graphql.queues.payloads import warnings_of_queues
from perennial.api.graphql.queues.types import RecurringQueue
from perennial.api.graphql.queues.upcoming.warnings import warnings_of_repeated_texts
from perennial.core import clock
from perennial.core.errors import InvalidInput
from perennial.idempotency.keys import FIELD, run_once
from perennial.queues.owned import get_queue
from perennial.queues.settings.notices import Notice
from perennial.queues.tick.run_now import get_execution, notices_of_run


@strawberry.input(description="The queue to run.")
class RunQueueNowInput:
    id: ID = strawberry.field(description=QUEUE_ID)
    idempotency_key: str = strawberry.field(
        description=IDEMPOTENCY_KEY.removesuffix(" If the key is left out or null, each request creates something.")
    )


async def _warnings(root: "RunQueueNowPayload", info: Info) -> list[MutationWarning]:
    notices = map(MutationWarning.of, root.notices)
    of_accounts = await warnings_of_queues(info, [root.queue], root.now)
    return [*notices, *of_accounts, *await warnings_of_repeated_texts(info, root.queue.id)]


@strawberry.type(description="What `runQueueNow` answers.")
class RunQueueNowPayload:
    queue: RecurringQueue = strawberry.field(description="The queue after the run.")
    execution: QueueExecution = strawberry.field(
        description="The ledger's entry, with the clone that was made; its `scheduledTime` is the moment of the run."
    )
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings, description=WARNINGS)
    now: strawberry.Private[datetime]
    notices: strawberry.Private[Sequence[Notice]]


@strawberry.type
class RunNowMutations:
    @strawberry.mutation(
        description=(
            "Runs a queue once more, at once: a clone of the post whose turn it is goes out now. That counts in "
            "`executionCount`, so it may complete the queue, and in the turns of the posts; `nextScheduledTime` and "
            "`lastExecutedTime` stay. If it completes the queue, what has fallen due does not run any more, and the "
            "payload warns. The queue may be paused, and stays so. A request that is sent again with its key runs "
            "nothing again. Errors: NOT_FOUND; BAD_USER_INPUT if the key is invalid; CONFLICT if the queue is "
            "completed, its post was deleted, or no account can be used: then nothing is done."
        )
    )
    async def run_queue_now(
        self,
        info: Info,
        input: Annotated[RunQueueNowInput, argument("The queue, and a key.")],  # noqa: A002 (the API's name)
    ) -> RunQueueNowPayload | None:
        owner, run_now = info.context.owner, info.context.process.run_now
        queue_id, now = parse_id("queue", input.id), await clock.now()
        key = key_of(info, input.idempotency_key, input, now)
        if key is None:
            raise InvalidInput(FIELD, "A run by hand needs a key, so that it is not done twice.")
        row = await run_once(key, lambda: run_now.run(owner, queue_id, key), partial(get_execution, owner))
        queue = await get_queue(owner, row.queue_id)
        notices = await notices_of_run(queue, row)
        execution = QueueExecution.of(row)
        return RunQueueNowPayload(queue=RecurringQueue.of(queue), execution=execution, now=now, notices=notices)
