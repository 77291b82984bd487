"""The subscription to the ledger of the caller's queues."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry
from strawberry import ID, UNSET

from perennial.api.graphql._changes import changed_rows, subject_id
from perennial.api.graphql.context import Info
from perennial.api.graphql.executions.types import QueueExecution
from perennial.api.graphql.queues import loading
from perennial.events.publisher import Topic


@strawberry.type
class QueueSubscriptions:
    @strawberry.subscription(
        description=(
            "Sends an entry of the ledger as soon as an occurrence of one of the caller's queues has run, was "
            "skipped or failed."
        )
    )
    async def queue_executed(
        self,
        info: Info,
        queue_id: Annotated[
            ID | None,
            strawberry.argument(
                description=("Only entries of this queue are sent. If it is left out or null, those of all queues are.")
            ),
        ] = UNSET,
    ) -> AsyncGenerator[QueueExecution, None]:
        subject = subject_id("queue", queue_id)
        async with aclosing(changed_rows(info.context, Topic.EXECUTIONS, subject, loading.executions_by_id)) as rows:
            async for row in rows:
                yield QueueExecution.of(row)
