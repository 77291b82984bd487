"""The mutations of posts and publications. They read the caller, the time and the arguments, and call `posts`."""

from functools import partial
from typing import Annotated

import strawberry
from strawberry import ID, UNSET, argument

from perennial.api.graphql._arguments import IdempotencyKeyArgument, key_of, parse_id
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
        description=(
            "Creates a post as a draft. Errors: BAD_USER_INPUT if a platform would not accept its text; QUOTA_EXCEEDED "
            "if the caller has made as many posts as one user may have."
        )
    )
    async def create_post(
        self,
        info: Info,
        input: Annotated[CreatePostInput, argument("The texts of the new post.")],  # noqa: A002 (the API's name)
    ) -> Post:
        owner, posts = info.context.owner, info.context.process.posts
        now = await clock.now()
        key = key_of(info, input.idempotency_key, input, now)
        make = partial(posts.create, owner, platform_texts(input.publications), now, key)
        return Post.of(await run_once(key, make, partial(get_post, owner)))

    @strawberry.mutation(
        description=(
            "Replaces a post's texts. Errors: NOT_FOUND; BAD_USER_INPUT if a platform would not accept a text; "
            "CONFLICT while the post is being published, and if a text that would change is published or may "
            "be."
        )
    )
    async def update_post(
        self,
        info: Info,
        id: PostId,  # noqa: A002
        input: Annotated[UpdatePostInput, argument("All texts that the post will have.")],  # noqa: A002
    ) -> Post:
        owner, posts = info.context.owner, info.context.process.posts
        return Post.of(
            await posts.update(owner, parse_id("post", id), platform_texts(input.publications), await clock.now())
        )

    @strawberry.mutation(
        description=(
            "Deletes a post and returns its id. Publications that are published stay on their platforms. A "
            "queue that repeats the post is completed at its next occurrence. Errors: NOT_FOUND; CONFLICT while "
            "the post is being published."
        )
    )
    async def delete_post(self, info: Info, id: PostId) -> ID:  # noqa: A002
        owner, posts = info.context.owner, info.context.process.posts
        return ID(str(await posts.delete(owner, parse_id("post", id))))

    @strawberry.mutation(
        description=(
            "Copies a post's texts into a new draft, without its times and results. Errors: NOT_FOUND; QUOTA_EXCEEDED "
            "if the caller has made as many posts as one user may have."
        )
    )
    async def clone_post(self, info: Info, id: PostId, idempotency_key: IdempotencyKeyArgument = UNSET) -> Post:  # noqa: A002
        owner, posts = info.context.owner, info.context.process.posts
        now = await clock.now()
        key = key_of(info, idempotency_key, id, now)
        found = await run_once(
            key, lambda: posts.clone(owner, parse_id("post", id), now, key), partial(get_post, owner)
        )
        return Post.of(found)

    @strawberry.mutation(
        description=(
            "Schedules those publications of a post that are drafts or already scheduled. Errors: NOT_FOUND; "
            "BAD_USER_INPUT if a time is not in the future, or is for a platform for which the post has no "
            "text; CONFLICT while the post is being published, and if no publication, or not one that "
            "`platformTimes` names, can be scheduled any more."
        )
    )
    async def schedule_post(
        self,
        info: Info,
        id: PostId,  # noqa: A002
        input: Annotated[SchedulePostInput, argument("The times at which the post is to be published.")],  # noqa: A002
    ) -> Post:
        owner, posts = info.context.owner, info.context.process.posts
        times = platform_times(input.platform_times)
        post_id = parse_id("post", id)
        return Post.of(await posts.schedule(owner, post_id, input.scheduled_time, times, await clock.now()))

    @strawberry.mutation(
        description=(
            "Turns the scheduled publications of a post back into drafts. A publication that was UNCONFIRMED "
            "when it was retried becomes UNCONFIRMED again. Errors: NOT_FOUND; CONFLICT while the post is being "
            "published."
        )
    )
    async def unschedule_post(self, info: Info, id: PostId) -> Post:  # noqa: A002
        owner, posts = info.context.owner, info.context.process.posts
        return Post.of(await posts.unschedule(owner, parse_id("post", id), await clock.now()))

    @strawberry.mutation(
        description=(
            "Sends a FAILED or UNCONFIRMED publication again, at once and with 5 new attempts, from the account that "
            "is connected now. An UNCONFIRMED publication may then be published twice. Errors: NOT_FOUND; CONFLICT "
            "if the publication is in another state, or may have been published by an account that is not "
            "connected any more."
        )
    )
    async def retry_publication(self, info: Info, id: PublicationId) -> Publication:  # noqa: A002
        owner, publications = info.context.owner, info.context.process.publications
        return Publication.of(await publications.retry(owner, parse_id("publication", id), await clock.now()))

    @strawberry.mutation(
        description=(
            "Confirms that a publication was published, and makes it PUBLISHED. The publication has to be UNCONFIRMED, "
            "or to wait for a retry that began when it was UNCONFIRMED. The same call again changes nothing. Errors: "
            "NOT_FOUND; BAD_USER_INPUT if the URL is not that of a post on the platform, or belongs to another "
            "publication; CONFLICT if the publication is in another state."
        )
    )
    async def confirm_publication(
        self,
        info: Info,
        id: PublicationId,  # noqa: A002
        url: Annotated[
            str,
            argument("The URL of the post on the platform, as a browser shows it. It has at most 2,000 characters."),
        ],
    ) -> Publication:
        owner, publications = info.context.owner, info.context.process.publications
        return Publication.of(await publications.confirm(owner, parse_id("publication", id), url))
