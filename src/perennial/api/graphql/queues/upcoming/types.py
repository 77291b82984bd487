"""The types UpcomingOccurrence and Obstacle, and the field `upcoming` of a queue."""

from datetime import datetime
from typing import Annotated, Any, Protocol, Self
from uuid import UUID

import strawberry
from strawberry import ID, UNSET, argument

from perennial.api.graphql._arguments import unset_to_none
from perennial.api.graphql._enums import Platform
from perennial.api.graphql._paging import First, Page
from perennial.api.graphql._scalars import LocalDateTime
from perennial.api.graphql.context import Context, Info
from perennial.api.graphql.posts.loading import posts_by_id
from perennial.api.graphql.posts.types import Post
from perennial.api.graphql.queues.upcoming.enums import ObstacleCode
from perennial.api.graphql.queues.upcoming.loading import obstacles_of, upcoming_of_queues
from perennial.queues.upcoming import obstacles
from perennial.queues.upcoming.occurrences import Foreseen

UPCOMING = 5  # of a queue, where the caller does not say how many

# `queues/types.py` stands above this module.
_Queue = Annotated["RecurringQueue", strawberry.lazy("perennial.api.graphql.queues.types")]  # type: ignore[name-defined]  # noqa: F821


@strawberry.type(description="Something that stands in the way of an occurrence, as far as it is known now.")
class Obstacle:
    code: ObstacleCode = strawberry.field(description="What it is, for programs.")
    platform: Platform | None = strawberry.field(
        description="The platform on which it stands in the way; null if that is so on all."
    )
    message: str = strawberry.field(description="A sentence for people.")


async def _obstacles(root: "UpcomingOccurrence", info: Info) -> list[Obstacle]:
    found = await read_obstacles(info.context, root.foreseen)
    return [Obstacle(code=one.code, platform=one.platform, message=one.message) for one in found]


async def _post(root: "UpcomingOccurrence", info: Info) -> Post | None:
    post_id = root.foreseen.post_id
    row = await info.context.loader(posts_by_id).load(post_id) if post_id else None
    return Post.of(row) if row else None


@strawberry.type(
    description=(
        "An occurrence ahead of an active queue, if nothing is changed and everything runs on time. It is computed "
        "when it is asked for, by the same rules by which the queue will run."
    )
)
class UpcomingOccurrence:
    queue: Any = strawberry.field(graphql_type=_Queue, description="The queue.")
    scheduled_time: datetime = strawberry.field(
        description=(
            "When the occurrence runs. It is past if the occurrence is overdue: then it is about to run, for those "
            "before it that were missed as well."
        )
    )
    local_time: LocalDateTime | None = strawberry.field(
        description=(
            "The same in the queue's time zone. On a day whose clock skips it, that is the time that it would have "
            "been. It is null for a queue without a time zone."
        )
    )
    post: Post | None = strawberry.field(
        resolver=_post,
        description=(
            "The post that the occurrence clones, if the posts of the queue stay as they are. It is null if the "
            "occurrence is skipped, or if the post was deleted."
        ),
    )
    moved_from: datetime | None = strawberry.field(
        description=(
            "The time at which the occurrence would run if its owner had not moved it, by which it is still named. It "
            "is null if it was not moved."
        )
    )
    skipped: bool = strawberry.field(description="Whether its owner skipped the occurrence, so that it does not run.")
    obstacles: list[Obstacle] = strawberry.field(
        resolver=_obstacles,
        description=(
            "What stands in the way of the occurrence, as far as it is known now. It is empty most of the time, and "
            "for an occurrence that is skipped."
        ),
    )
    foreseen: strawberry.Private[Foreseen]

    @classmethod
    def of(cls, foreseen: Foreseen, queue: Any) -> Self:
        """The occurrence as an UpcomingOccurrence of this RecurringQueue."""
        one = foreseen.occurrence
        return cls(
            queue=queue,
            scheduled_time=one.time,
            local_time=LocalDateTime(one.local_time) if one.local_time else None,
            moved_from=one.scheduled_time if one.time != one.scheduled_time else None,
            skipped=one.run is None,
            foreseen=foreseen,
        )


class _AnyQueue(Protocol):
    id: ID


async def upcoming_of(
    root: _AnyQueue,
    info: Info,
    first: First = UPCOMING,
    until: Annotated[
        datetime | None,
        argument("Only occurrences until this time are returned. If it is left out or null, there is no such end."),
    ] = UNSET,
) -> list[UpcomingOccurrence]:
    """The occurrences ahead of the queue."""
    page = Page(first, None, UPCOMING, info.context.page_size_max)
    foreseen = await read_upcoming(info.context, root.id, page.size, until=unset_to_none(until))
    return [UpcomingOccurrence.of(one, root) for one in foreseen]


async def read_upcoming(
    context: Context, queue_id: ID, count: int, *, since: datetime | None = None, until: datetime | None = None
) -> list[Foreseen]:
    """The first `count` occurrences ahead of the queue; for all queues at the same time they are read together."""
    missed_minutes = context.process.settings.missed_after_minutes
    return await context.loader(upcoming_of_queues, count, since, until, missed_minutes).load(UUID(queue_id))


async def read_obstacles(context: Context, foreseen: Foreseen) -> list[obstacles.Obstacle]:
    """What stands in the way of the occurrence; for all that are asked for at the same time it is read together."""
    settings = context.process.settings
    return await context.loader(obstacles_of, settings.duplicate_hours, settings.missed_after_minutes).load(foreseen)
