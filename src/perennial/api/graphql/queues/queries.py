"""The queries for queues. A queue that is not the caller's is answered like one that never existed: with null."""

from typing import Annotated

import strawberry
from strawberry import UNSET, argument

from perennial.api.graphql._arguments import parse_id, unset_to_none
from perennial.api.graphql._paging import PAGE_SIZE, After, Connection, First, Page, cursor_id, cursor_time
from perennial.api.graphql._selection import is_selected
from perennial.api.graphql.context import Info
from perennial.api.graphql.queues import loading
from perennial.api.graphql.queues.enums import QueueStatus
from perennial.api.graphql.queues.inputs import QueueId
from perennial.api.graphql.queues.types import RecurringQueue
from perennial.core.errors import NotFound
from perennial.queues.queues import get_queue


@strawberry.type
class QueueQueries:
    @strawberry.field(description="The caller's queue with this id. It is null if the caller has no such queue.")
    async def queue(self, info: Info, id: QueueId) -> RecurringQueue | None:  # noqa: A002 (the API's name)
        owner = info.context.owner
        try:
            return RecurringQueue.of(await get_queue(owner, parse_id("queue", id)))
        except NotFound:
            return None

    @strawberry.field(
        description=(
            "The caller's queues by `nextScheduledTime`, the earliest first. Errors: BAD_USER_INPUT if `first` "
            "or `after` is invalid."
        )
    )
    async def queues(
        self,
        info: Info,
        status: Annotated[
            QueueStatus | None,
            argument("Only entries in this state are returned. If it is left out or null, entries in any state are."),
        ] = UNSET,
        first: First = PAGE_SIZE,
        after: After = UNSET,
    ) -> Connection[RecurringQueue]:
        owner = info.context.owner
        page = Page(first, unset_to_none(after), PAGE_SIZE, info.context.page_size_max, cursor_time, cursor_id)
        with_publications = is_selected(info, "publications")
        rows = await loading.list_queues(owner, unset_to_none(status), page, with_publications=with_publications)
        return Connection.of(rows, page, RecurringQueue.of, lambda row: [row.next_scheduled_time, row.id])
