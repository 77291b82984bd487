"""The queries for queues. A queue that is not the caller's is answered like one that never existed: with null."""

from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import UNSET, argument

from perennial.api.graphql._arguments import ORDER_BY, STATUS, parse_id, unset_to_none
from perennial.api.graphql._enums import Platform
from perennial.api.graphql._paging import PAGE_SIZE, After, Connection, First, Page, cursor_id, cursor_time
from perennial.api.graphql._selection import is_selected
from perennial.api.graphql.context import Info
from perennial.api.graphql.executions.types import QueueExecution
from perennial.api.graphql.queues import listing, loading
from perennial.api.graphql.queues.enums import QueueOrder, QueueStatus
from perennial.api.graphql.queues.inputs import QueueId
from perennial.api.graphql.queues.listing import QueueFilter
from perennial.api.graphql.queues.types import RecurringQueue
from perennial.api.graphql.queues.upcoming.loading import asked_in, check_horizon, count_of_owner
from perennial.api.graphql.queues.upcoming.types import UpcomingOccurrence
from perennial.core.errors import NotFound
from perennial.queues.owned import get_queue
from perennial.queues.upcoming.occurrences import Asked, Foreseen, Horizon, of_owner


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
            "The caller's queues, those with the earliest `nextScheduledTime` first unless `orderBy` says otherwise. "
            "Errors: BAD_USER_INPUT if `first` or `after` is invalid, such as a cursor of another order."
        )
    )
    async def queues(  # noqa: PLR0913, PLR0917 - the API's arguments
        self,
        info: Info,
        status: Annotated[list[QueueStatus] | None, argument(STATUS)] = UNSET,
        platform: Annotated[
            Platform | None,
            argument(
                "Only queues that repeat a post with a publication on this platform are returned, be it next or later. "
                "If it is left out or null, all are."
            ),
        ] = UNSET,
        order_by: Annotated[QueueOrder | None, argument(ORDER_BY)] = QueueOrder.NEXT_ASC,
        first: First = PAGE_SIZE,
        after: After = UNSET,
    ) -> Connection[RecurringQueue]:
        owner, order = info.context.owner, order_by or QueueOrder.NEXT_ASC
        parts = listing.KEYSETS[order].parts
        page = Page(first, unset_to_none(after), PAGE_SIZE, info.context.page_size_max, *parts, order=order)
        found = QueueFilter(owner, unset_to_none(status), unset_to_none(platform))
        with_publications = is_selected(info, "publications")
        rows = await listing.list_queues(found, order, page, with_publications=with_publications)
        count = partial(listing.count_queues, found)
        return Connection.of(rows, page, RecurringQueue.of, partial(listing.key_of, order), count)

    @strawberry.field(
        description=(
            "What comes next of all the caller's active queues together, by time, the earliest first, as it will run "
            "if nothing is changed. Skipped occurrences are among them, those on excluded dates are not. Errors: "
            "BAD_USER_INPUT if `until` is before `from` or more than 366 days after it, `from` is more than a hundred "
            "years ahead, or `first` or `after` is invalid."
        )
    )
    async def upcoming(
        self,
        info: Info,
        from_: Annotated[
            datetime | None,
            argument(
                "Only occurrences from this time on are returned. If it is left out or null, all that are ahead are, "
                "one that is overdue as well.",
                name="from",
            ),
        ] = UNSET,
        until: Annotated[datetime, argument("Only occurrences until this time are returned.")] = UNSET,  # is required
        first: First = PAGE_SIZE,
        after: After = UNSET,
    ) -> Connection[UpcomingOccurrence]:
        context, since = info.context, unset_to_none(from_)
        asked = await asked_in(context)
        check_horizon(since, until, asked.now)
        parts = (cursor_time, cursor_id, cursor_time)
        page = Page(first, unset_to_none(after), PAGE_SIZE, context.page_size_max, *parts)
        horizon, size = Horizon(since, until, page.after), page.size + 1
        found, queues = await _with_queues(asked, horizon, size, is_selected(info, "queue"))
        return Connection.of(
            found,
            page,
            lambda one: UpcomingOccurrence.of(one, queues.get(one.queue.id)),
            lambda one: one.key,
            partial(count_of_owner, asked, Horizon(since, until)),
        )

    @strawberry.field(
        description=(
            "The ledgers of all the caller's queues together, by `executedTime`, the earliest first, so that a client "
            "which comes back finds out what ran meanwhile. An entry can become visible some seconds after its "
            "`executedTime`: ask with an `executedAfter` one minute before the last that you have, and pass over what "
            "you know. Errors: BAD_USER_INPUT if `first` or `after` is invalid."
        )
    )
    async def executions(
        self,
        info: Info,
        executed_after: Annotated[
            datetime | None,
            argument("Only entries whose `executedTime` is later are returned. If it is left out or null, all are."),
        ] = UNSET,
        first: First = PAGE_SIZE,
        after: After = UNSET,
    ) -> Connection[QueueExecution]:
        owner, time, parts = info.context.owner, unset_to_none(executed_after), loading.ALL_EXECUTIONS.parts
        page = Page(first, unset_to_none(after), PAGE_SIZE, info.context.page_size_max, *parts)
        rows = await loading.list_all_executions(owner, time, page)
        count = partial(loading.count_all_executions, owner, time)
        return Connection.of(rows, page, QueueExecution.of, lambda row: [row.executed_time, row.id], count)


async def _with_queues(
    asked: Asked, horizon: Horizon, count: int, is_selected: bool
) -> tuple[list[Foreseen], dict[UUID, RecurringQueue]]:
    """What comes next, and the queues of that, if they are selected; read again if one was deleted in between."""
    while True:
        found = await of_owner(asked, horizon, count)
        ids = list({one.queue.id for one in found}) if is_selected else []
        rows = await loading.queues_by_id(asked.owner, ids) if ids else []
        if all(rows):
            return found, {row.id: RecurringQueue.of(row) for row in rows if row}
