"""What the mutations of posts and publications answer."""

import strawberry
from strawberry import ID

from perennial.api.graphql._payloads import WARNINGS, MutationWarning
from perennial.api.graphql.posts.types import Post, Publication


@strawberry.type(description="What `createPost` answers.")
class CreatePostPayload:
    post: Post = strawberry.field(description="The new post, a draft.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)


@strawberry.type(description="What `updatePost` answers.")
class UpdatePostPayload:
    post: Post = strawberry.field(description="The post with its new texts.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)


@strawberry.type(description="What `clonePost` answers.")
class ClonePostPayload:
    post: Post = strawberry.field(description="The new post, a draft.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)


@strawberry.type(description="What `schedulePost` answers.")
class SchedulePostPayload:
    post: Post = strawberry.field(description="The post with its times.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)


@strawberry.type(description="What `unschedulePost` answers.")
class UnschedulePostPayload:
    post: Post = strawberry.field(description="The post without its times.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)


@strawberry.type(description="What `deletePost` answers.")
class DeletePostPayload:
    deleted_id: ID = strawberry.field(description="The id of the post that was deleted.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)


@strawberry.type(description="What `retryPublication` answers.")
class RetryPublicationPayload:
    publication: Publication = strawberry.field(description="The publication, which is sent again.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)


@strawberry.type(description="What `confirmPublication` answers.")
class ConfirmPublicationPayload:
    publication: Publication = strawberry.field(description="The publication, which is published.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)
