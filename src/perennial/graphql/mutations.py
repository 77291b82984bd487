"""The mutations: the caller, the present, the arguments in our words, and on to what does the work."""

from datetime import datetime
from functools import partial
from typing import Annotated

import strawberry
from strawberry import ID, UNSET

from perennial import clock
from perennial.accounts import get_account
from perennial.errors import InvalidInput
from perennial.graphql.context import Info
from perennial.graphql.inputs import (
    IDEMPOTENCY_KEY,
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
from perennial.graphql.keys import key_of
from perennial.graphql.types import ConnectedAccount, Post, Publication, RecurringQueue
from perennial.idempotency import once
from perennial.platforms.base import Tokens
from perennial.posts import get_post
from perennial.queues import NewQueue, get_queue


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Writes a post, as a draft.")
    async def create_post(self, info: Info, input: CreatePostInput) -> Post:  # noqa: A002 (the API's name)
        owner, posts = info.context.owner, info.context.process.posts
        now = await clock.now()
        key = key_of(info, input.idempotency_key, input, now)
        make = partial(posts.create, owner, texts(input.publications), now, key)
        return Post.of(await once(key, make, partial(get_post, owner)))

    @strawberry.mutation(description="Replaces a post's texts. What is published, or may be, cannot be changed.")
    async def update_post(self, info: Info, id: ID, input: UpdatePostInput) -> Post:  # noqa: A002
        owner, posts = info.context.owner, info.context.process.posts
        return Post.of(await posts.update(owner, read_id("post", id), texts(input.publications), await clock.now()))

    @strawberry.mutation(description="Deletes a post. A queue that repeats it completes at its next time.")
    async def delete_post(self, info: Info, id: ID) -> ID:  # noqa: A002
        owner, posts = info.context.owner, info.context.process.posts
        return ID(str(await posts.delete(owner, read_id("post", id))))

    @strawberry.mutation(description="Copies a post's texts into a new draft.")
    async def clone_post(
        self,
        info: Info,
        id: ID,  # noqa: A002
        idempotency_key: Annotated[str | None, strawberry.argument(description=IDEMPOTENCY_KEY)] = UNSET,
    ) -> Post:
        owner, posts = info.context.owner, info.context.process.posts
        now = await clock.now()
        key = key_of(info, idempotency_key, id, now)
        found = await once(key, lambda: posts.clone(owner, read_id("post", id), now, key), partial(get_post, owner))
        return Post.of(found)

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
        now = await clock.now()
        key = key_of(info, input.idempotency_key, input, now)
        found = await once(key, lambda: queues.create(owner, _new_queue(input), now, key), partial(get_queue, owner))
        return RecurringQueue.of(found)

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
        key = key_of(info, input.idempotency_key, input, now)
        found = await once(
            key,
            lambda: accounts.connect(owner, input.platform, _tokens(input, now), now, key),
            partial(get_account, owner),
        )
        return ConnectedAccount.of(found, now)

    @strawberry.mutation(description="Forgets an account and its tokens.")
    async def disconnect_account(self, info: Info, id: ID) -> ID:  # noqa: A002
        owner, accounts = info.context.owner, info.context.process.accounts
        return ID(str(await accounts.disconnect(owner, read_id("account", id))))


def _new_queue(given: CreateQueueInput) -> NewQueue:
    return NewQueue(
        original_post_id=read_id("post", given.original_post_id),
        interval=given.interval,
        next_scheduled_time=given.next_scheduled_time,
        max_executions=or_none(given.max_executions),
        cadence=given.cadence,
    )


def _tokens(given: ConnectAccountInput, now: datetime) -> Tokens:
    expires_at = or_none(given.expires_at)
    if expires_at is not None and expires_at <= now:
        raise InvalidInput("expiresAt", "The access token has run out already.")
    return Tokens(
        given.access_token, or_none(given.refresh_token) or None, expires_at - now if expires_at is not None else None
    )
