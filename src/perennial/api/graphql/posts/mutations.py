"""The mutations of posts and publications. They read the caller, the time and the arguments, and call `posts`."""

from functools import partial
from typing import Annotated

import strawberry
from strawberry import ID, UNSET, argument

from perennial.api.graphql._arguments import IdempotencyKey, parse_id
from perennial.api.graphql._idempotency_argument import key_of
from perennial.api.graphql.context import Info
from perennial.api.graphql.posts.inputs import (
    CreatePostInput,
    PostId,
    PublicationId,
    SchedulePostInput,
    UpdatePostInput,
    platform_texts,
    platform_times,
)
from perennial.api.graphql.posts.types import Post, Publication
from perennial.core import clock
from perennial.idempotency.keys import run_once
from perennial.posts.posts import get_post


@strawberry.type
class PostMutations:
    @strawberry.mutation(
        description="Writes a post, as a draft. Errors: BAD_USER_INPUT where a platform would not take its text."
    )
    async def create_post(
        self,
        info: Info,
        input: Annotated[CreatePostInput, argument("The texts.")],  # noqa: A002 (the API's name)
    ) -> Post:
        owner, posts = info.context.owner, info.context.process.posts
        now = await clock.now()
        key = key_of(info, input.idempotency_key, input, now)
        make = partial(posts.create, owner, platform_texts(input.publications), now, key)
        return Post.of(await run_once(key, make, partial(get_post, owner)))

    @strawberry.mutation(
        description=(
            "Replaces a post's texts. Errors: NOT_FOUND; BAD_USER_INPUT where a platform would not take its text; "
            "CONFLICT while the post is being published, and where a text that would change is published, or may be."
        )
    )
    async def update_post(
        self,
        info: Info,
        id: PostId,  # noqa: A002
        input: Annotated[UpdatePostInput, argument("All texts that it is to have.")],  # noqa: A002
    ) -> Post:
        owner, posts = info.context.owner, info.context.process.posts
        return Post.of(
            await posts.update(owner, parse_id("post", id), platform_texts(input.publications), await clock.now())
        )

    @strawberry.mutation(
        description=(
            "Deletes a post, and answers its id. What is published stays on its platform; a queue that repeats the "
            "post completes at its next time. Errors: NOT_FOUND; CONFLICT while it is being published."
        )
    )
    async def delete_post(self, info: Info, id: PostId) -> ID:  # noqa: A002
        owner, posts = info.context.owner, info.context.process.posts
        return ID(str(await posts.delete(owner, parse_id("post", id))))

    @strawberry.mutation(
        description="Copies a post's texts into a new draft, without times and results. Errors: NOT_FOUND."
    )
    async def clone_post(self, info: Info, id: PostId, idempotency_key: IdempotencyKey = UNSET) -> Post:  # noqa: A002
        owner, posts = info.context.owner, info.context.process.posts
        now = await clock.now()
        key = key_of(info, idempotency_key, id, now)
        found = await run_once(
            key, lambda: posts.clone(owner, parse_id("post", id), now, key), partial(get_post, owner)
        )
        return Post.of(found)

    @strawberry.mutation(
        description=(
            "Schedules what of a post is a draft, or is scheduled already. Errors: NOT_FOUND; BAD_USER_INPUT where a "
            "time is not ahead, or is for a platform that the post has no text for; CONFLICT while the post is being "
            "published, and where nothing of it, or not what `platformTimes` names, can be scheduled any more."
        )
    )
    async def schedule_post(
        self,
        info: Info,
        id: PostId,  # noqa: A002
        input: Annotated[SchedulePostInput, argument("When it is to go out.")],  # noqa: A002
    ) -> Post:
        owner, posts = info.context.owner, info.context.process.posts
        times = platform_times(input.platform_times)
        post_id = parse_id("post", id)
        return Post.of(await posts.schedule(owner, post_id, input.scheduled_time, times, await clock.now()))

    @strawberry.mutation(
        description=(
            "Turns what of a post is scheduled back into drafts. What was in doubt when it was retried is UNCONFIRMED "
            "again. Errors: NOT_FOUND; CONFLICT while the post is being published."
        )
    )
    async def unschedule_post(self, info: Info, id: PostId) -> Post:  # noqa: A002
        owner, posts = info.context.owner, info.context.process.posts
        return Post.of(await posts.unschedule(owner, parse_id("post", id), await clock.now()))

    @strawberry.mutation(
        description=(
            "Has what is FAILED or UNCONFIRMED sent again, at once and with 5 new attempts. What is in doubt may then "
            "be published twice. Errors: NOT_FOUND; CONFLICT where it is in another state."
        )
    )
    async def retry_publication(self, info: Info, id: PublicationId) -> Publication:  # noqa: A002
        owner, publications = info.context.owner, info.context.process.publications
        return Publication.of(await publications.retry(owner, parse_id("publication", id), await clock.now()))

    @strawberry.mutation(
        description=(
            "Says that what is UNCONFIRMED was published, which makes it PUBLISHED; said again, it changes nothing. "
            "Errors: NOT_FOUND; BAD_USER_INPUT where the URL is not of a post on the platform, or another publication "
            "has it; CONFLICT where it is not in doubt."
        )
    )
    async def confirm_publication(
        self,
        info: Info,
        id: PublicationId,  # noqa: A002
        url: Annotated[
            str, argument("The post's URL on the platform, as a browser shows it; 2,000 characters at most.")
        ],
    ) -> Publication:
        owner, publications = info.context.owner, info.context.process.publications
        return Publication.of(await publications.confirm(owner, parse_id("publication", id), url))
