"""What the mutations of queues answer."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime

import strawberry
from strawberry import ID

from perennial.api.graphql._enums import Platform
from perennial.api.graphql._payloads import WARNINGS, MutationWarning
from perennial.api.graphql.accounts.warnings import warnings_of_platforms
from perennial.api.graphql.context import Info
from perennial.api.graphql.queues.types import RecurringQueue
from perennial.api.graphql.queues.upcoming.warnings import warnings_of_repeated_texts
from perennial.posts.scheduling import clone_times
from perennial.queues.settings.notices import Notice


async def warnings_of_queues(info: Info, queues: Iterable[RecurringQueue], now: datetime) -> list[MutationWarning]:
    """Those about the platforms of all posts that the queues repeat, when their next clones are published."""
    times: dict[Platform, datetime] = {}
    all_queues = list(queues)
    all_posts = await asyncio.gather(*(queue.posts(info) for queue in all_queues))
    for queue, posts in zip(all_queues, all_posts, strict=True):
        for post in posts:
            original = {one.platform: one.scheduled_time for one in post.publications}
            for platform, time in clone_times(original, queue.next_scheduled_time).items():
                times[platform] = max(time, times.get(platform, time))  # a token that lasts until then lasts for all
    return await warnings_of_platforms(info, times, now)


async def _warnings(
    root: "CreateQueuePayload | UpdateQueuePayload | ResumeQueuePayload", info: Info
) -> list[MutationWarning]:
    notices = map(MutationWarning.of, root.notices)
    of_accounts = await warnings_of_queues(info, [root.queue], root.now)
    return [*notices, *of_accounts, *await warnings_of_repeated_texts(info, root.queue.id)]


@strawberry.type(description="What `createQueue` answers.")
class CreateQueuePayload:
    queue: RecurringQueue = strawberry.field(description="The new queue, which is active.")
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings, description=WARNINGS)
    now: strawberry.Private[datetime]
    notices: strawberry.Private[Sequence[Notice]]


@strawberry.type(description="What `updateQueue` answers.")
class UpdateQueuePayload:
    queue: RecurringQueue = strawberry.field(description="The queue with its new settings.")
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings, description=WARNINGS)
    now: strawberry.Private[datetime]
    notices: strawberry.Private[Sequence[Notice]]


@strawberry.type(description="What `pauseQueue` answers.")
class PauseQueuePayload:
    queue: RecurringQueue = strawberry.field(description="The queue, which is paused.")
    warnings: list[MutationWarning] = strawberry.field(description=WARNINGS)


@strawberry.type(description="What `resumeQueue` answers.")
class ResumeQueuePayload:
    queue: RecurringQueue = strawberry.field(description="The queue, which is active.")
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings, description=WARNINGS)
    now: strawberry.Private[datetime]
    notices: strawberry.Private[Sequence[Notice]]


@strawberry.type(description="What `deleteQueue` answers.")
class DeleteQueuePayload:
    deleted_id: ID = strawberry.field(description="The id of the queue that was deleted.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)
