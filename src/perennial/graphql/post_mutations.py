"""What can be done with posts and publications: the caller, the present, the arguments in our words, and on."""

import strawberry
from strawberry import ID

from perennial import clock
from perennial.graphql.context import Info
from perennial.graphql.inputs import (
    CreatePostInput,
    SchedulePostInput,
    UpdatePostInput,
    platform_times,
    read_id,
    texts,
)
from perennial.graphql.post_types import Post, Publication


@strawberry.type
class PostMutations:
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
