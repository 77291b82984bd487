"""The mutations of posts and publications. They read the caller, the time and the arguments, and call `posts`."""

from functools import partial
from typing import Annotated

import strawberry
from strawberry import ID, argument

from perennial.api.graphql._arguments import key_of, parse_id
from perennial.api.graphql.context import Info
from perennial.api.graphql.posts.inputs import (
    ClonePostInput,
    ConfirmPublicationInput,
    CreatePostInput,
    DeletePostInput,
    RetryPublicationInput,
    SchedulePostInput,
    UnschedulePostInput,
    UpdatePostInput,
    WithdrawConfirmationInput,
    platform_fields,
    platform_texts,
    platform_times,
)
from perennial.api.graphql.posts.payloads import (
    ClonePostPayload,
    ConfirmPublicationPayload,
    CreatePostPayload,
    DeletePostPayload,
    RetryPublicationPayload,
    SchedulePostPayload,
    UnschedulePostPayload,
    UpdatePostPayload,
    WithdrawConfirmationPayload,
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
    ) -> CreatePostPayload | None:
        owner, posts = info.context.owner, info.context.process.posts
        now = await clock.now()
        key = key_of(info, input.idempotency_key, input, now)
        make = partial(posts.create, owner, platform_texts(input.publications), now, key)
        post = Post.of(await run_once(key, make, partial(get_post, owner)))
        return CreatePostPayload(post=post, now=now, fields=platform_fields(input.publications))

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
        input: Annotated[UpdatePostInput, argument("The post, and all texts that it will have.")],  # noqa: A002
    ) -> UpdatePostPayload | None:
        owner, posts = info.context.owner, info.context.process.posts
        post_id, now = parse_id("post", input.id), await clock.now()
        found = await posts.update(owner, post_id, platform_texts(input.publications))
        return UpdatePostPayload(post=Post.of(found), now=now, fields=platform_fields(input.publications))

    @strawberry.mutation(
        description=(
            "Deletes a post. Publications that are published stay on their platforms, and those that are UNCONFIRMED "
            "are not looked for any more. A queue that repeats the post is completed at its next occurrence. Errors: "
            "NOT_FOUND; CONFLICT while the post is being published."
        )
    )
    async def delete_post(
        self,
        info: Info,
        input: Annotated[DeletePostInput, argument("The post.")],  # noqa: A002
    ) -> DeletePostPayload | None:
        owner, posts = info.context.owner, info.context.process.posts
        return DeletePostPayload(deleted_id=ID(str(await posts.delete(owner, parse_id("post", input.id)))))

    @strawberry.mutation(
        description=(
            "Copies a post's texts into a new draft, without its times and results. Errors: NOT_FOUND; QUOTA_EXCEEDED "
            "if the caller has made as many posts as one user may have."
        )
    )
    async def clone_post(
        self,
        info: Info,
        input: Annotated[ClonePostInput, argument("The post to copy.")],  # noqa: A002
    ) -> ClonePostPayload | None:
        owner, posts = info.context.owner, info.context.process.posts
        now = await clock.now()
        key = key_of(info, input.idempotency_key, input, now)
        found = await run_once(
            key, lambda: posts.clone(owner, parse_id("post", input.id), now, key), partial(get_post, owner)
        )
        return ClonePostPayload(post=Post.of(found), now=now)

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
        input: Annotated[SchedulePostInput, argument("The post, and when it is to be published.")],  # noqa: A002
    ) -> SchedulePostPayload | None:
        owner, posts = info.context.owner, info.context.process.posts
        times = platform_times(input.platform_times)
        post_id, now = parse_id("post", input.id), await clock.now()
        found = await posts.schedule(owner, post_id, input.scheduled_time, times, now)
        return SchedulePostPayload(post=Post.of(found), now=now)

    @strawberry.mutation(
        description=(
            "Turns the scheduled publications of a post back into drafts. A publication that was UNCONFIRMED "
            "when it was retried becomes UNCONFIRMED again. Errors: NOT_FOUND; CONFLICT while the post is being "
            "published, and if no publication is a draft or scheduled any more."
        )
    )
    async def unschedule_post(
        self,
        info: Info,
        input: Annotated[UnschedulePostInput, argument("The post.")],  # noqa: A002
    ) -> UnschedulePostPayload | None:
        owner, posts = info.context.owner, info.context.process.posts
        found = await posts.unschedule(owner, parse_id("post", input.id), await clock.now())
        return UnschedulePostPayload(post=Post.of(found))

    @strawberry.mutation(
        description=(
            "Sends a FAILED or UNCONFIRMED publication again, at once and with 5 new attempts, from the account that "
            "is connected now. An UNCONFIRMED publication may then be published twice. Errors: NOT_FOUND; CONFLICT "
            "if the publication is in another state, or may have been published by an account that is not "
            "connected any more."
        )
    )
    async def retry_publication(
        self,
        info: Info,
        input: Annotated[RetryPublicationInput, argument("The publication.")],  # noqa: A002
    ) -> RetryPublicationPayload | None:
        owner, publications = info.context.owner, info.context.process.publications
        publication_id, now = parse_id("publication", input.id), await clock.now()
        found = await publications.retry(owner, publication_id, now)
        return RetryPublicationPayload(publication=Publication.of(found), now=now)

    @strawberry.mutation(
        description=(
            "Confirms that a publication was published, and makes it PUBLISHED. The publication has to be UNCONFIRMED, "
            "or to wait for a retry that began when it was UNCONFIRMED. The same call again changes nothing. Errors: "
            "NOT_FOUND; BAD_USER_INPUT if the URL is not that of a post on the platform, names another account, or "
            "belongs to another publication; CONFLICT if the publication is in another state."
        )
    )
    async def confirm_publication(
        self,
        info: Info,
        input: Annotated[ConfirmPublicationInput, argument("The publication, and where it is.")],  # noqa: A002
    ) -> ConfirmPublicationPayload | None:
        owner, publications = info.context.owner, info.context.process.publications
        found = await publications.confirm(owner, parse_id("publication", input.id), input.url)
        return ConfirmPublicationPayload(publication=Publication.of(found))

    @strawberry.mutation(
        description=(
            "Makes a publication UNCONFIRMED again that `confirmPublication` made PUBLISHED. Another one may then be "
            "confirmed with its URL. It is not looked for any more. The same call again changes nothing. Errors: "
            "NOT_FOUND; CONFLICT if the publication is in another state, or is not known to have been confirmed by a "
            "person."
        )
    )
    async def withdraw_confirmation(
        self,
        info: Info,
        input: Annotated[WithdrawConfirmationInput, argument("The publication.")],  # noqa: A002
    ) -> WithdrawConfirmationPayload | None:
        owner, publications = info.context.owner, info.context.process.publications
        found = await publications.withdraw_confirmation(owner, parse_id("publication", input.id))
        return WithdrawConfirmationPayload(publication=Publication.of(found))
