"""The mutations: the caller, the present, the arguments in our words, and on to what does the work."""

from datetime import datetime

import strawberry
from strawberry import ID, UNSET

from perennial import clock
from perennial.errors import InvalidInput
from perennial.graphql.account_types import ConnectedAccount
from perennial.graphql.context import Info
from perennial.graphql.inputs import (
    ConnectAccountInput,
    CreatePostInput,
    CreateQueueInput,
    SchedulePostInput,
    UpdatePostInput,
    UpdateQueueInput,
    or_none,
    platform_times,
    read_id,
    texts,
)
from perennial.graphql.post_types import Post, Publication
from perennial.graphql.queue_types import RecurringQueue
from perennial.platforms.base import Tokens
from perennial.queues import NewQueue


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Writes a post, as a draft.")
    async def create_post(self, info: Info, input: CreatePostInput) -> Post:  # noqa: A002 (the API's name)
        owner, process = info.context.owner, info.context.process
        return Post.of(await process.posts.create(owner, texts(input.publications), await clock.now()))

    @strawberry.mutation(description="Replaces a post's texts. What is published, or may be, cannot be changed.")
    async def update_post(self, info: Info, id: ID, input: UpdatePostInput) -> Post:  # noqa: A002
        owner, posts = info.context.owner, info.context.process.posts
        return Post.of(await posts.update(owner, read_id("post", id), texts(input.publications), await clock.now()))

    @strawberry.mutation(description="Deletes a post. A queue that repeats it completes at its next time.")
    async def delete_post(self, info: Info, id: ID) -> ID:  # noqa: A002
        owner, posts = info.context.owner, info.context.process.posts
        return ID(str(await posts.delete(owner, read_id("post", id))))

    @strawberry.mutation(description="Copies a post's texts into a new draft.")
    async def clone_post(self, info: Info, id: ID) -> Post:  # noqa: A002
        owner, posts = info.context.owner, info.context.process.posts
        return Post.of(await posts.clone(owner, read_id("post", id), await clock.now()))

    @strawberry.mutation(description="Schedules what of a post is not on its way yet.")
    async def schedule_post(self, info: Info, id: ID, input: SchedulePostInput) -> Post:  # noqa: A002
        owner, posts = info.context.owner, info.context.process.posts
        times = platform_times(input.platform_times)
        post_id = read_id("post", id)
        return Post.of(await posts.schedule(owner, post_id, input.scheduled_time, times, await clock.now()))

    @strawberry.mutation(description="Turns what of a post is scheduled back into drafts.")
    async def unschedule_post(self, info: Info, id: ID) -> Post:  # noqa: A002
        owner, posts = info.context.owner, info.context.process.posts
        return Post.of(await posts.unschedule(owner, read_id("post", id), await clock.now()))

    @strawberry.mutation(description="Puts a post into a recurring queue.")
    async def create_queue(self, info: Info, input: CreateQueueInput) -> RecurringQueue:  # noqa: A002
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

    @strawberry.mutation(
        description="Sends again, at once, what failed or is in doubt. What is in doubt may then be there twice."
    )
    async def retry_publication(self, info: Info, id: ID) -> Publication:  # noqa: A002
        owner, publications = info.context.owner, info.context.process.publications
        return Publication.of(await publications.retry(owner, read_id("publication", id), await clock.now()))

    @strawberry.mutation(description="Says that what is in doubt was published, under this URL of the platform's.")
    async def confirm_publication(self, info: Info, id: ID, url: str) -> Publication:  # noqa: A002
        owner, publications = info.context.owner, info.context.process.publications
        return Publication.of(await publications.confirm(owner, read_id("publication", id), url))

    @strawberry.mutation(description="Connects an account, or connects it again with new tokens.")
    async def connect_account(self, info: Info, input: ConnectAccountInput) -> ConnectedAccount:  # noqa: A002
        owner, accounts = info.context.owner, info.context.process.accounts
        now = await clock.now()
        tokens = _tokens(input, now)
        return ConnectedAccount.of(await accounts.connect(owner, input.platform, tokens, now), now)

    @strawberry.mutation(description="Forgets an account and its tokens.")
    async def disconnect_account(self, info: Info, id: ID) -> ID:  # noqa: A002
        owner, accounts = info.context.owner, info.context.process.accounts
        return ID(str(await accounts.disconnect(owner, read_id("account", id))))


def _tokens(given: ConnectAccountInput, now: datetime) -> Tokens:
    expires_at = or_none(given.expires_at)
    if expires_at is not None and expires_at <= now:
        raise InvalidInput("expiresAt", "The access token has run out already.")
    return Tokens(
        given.access_token, or_none(given.refresh_token) or None, expires_at - now if expires_at is not None else None
    )
