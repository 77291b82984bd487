"""What the mutations of posts and publications answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import strawberry
from strawberry import ID

from perennial.accounts.usability import SOON
from perennial.api.graphql._enums import Platform
from perennial.api.graphql._payloads import WARNINGS, MutationWarning
from perennial.api.graphql.accounts.warnings import warnings_of_platforms
from perennial.api.graphql.context import Info
from perennial.api.graphql.posts.enums import PublicationStatus
from perennial.api.graphql.posts.types import Post, Publication

_TO_BE_SENT = {PublicationStatus.DRAFT, PublicationStatus.SCHEDULED, PublicationStatus.FAILED}


def _times(publications: Sequence[Publication], now: datetime) -> dict[Platform, datetime]:
    """When those that may still be sent need an account: soon, if nobody knows when."""
    return {
        one.platform: one.scheduled_time
        if one.scheduled_time and one.status == PublicationStatus.SCHEDULED
        else now + SOON
        for one in publications
        if one.status in _TO_BE_SENT
    }


async def _warnings_of_texts(root: "CreatePostPayload | UpdatePostPayload", info: Info) -> list[MutationWarning]:
    return await warnings_of_platforms(info, _times(root.post.publications, root.now), root.now, root.fields)


async def _warnings(root: "ClonePostPayload | SchedulePostPayload", info: Info) -> list[MutationWarning]:
    return await warnings_of_platforms(info, _times(root.post.publications, root.now), root.now)


async def _warnings_of_one(root: "RetryPublicationPayload", info: Info) -> list[MutationWarning]:
    return await warnings_of_platforms(info, _times([root.publication], root.now), root.now)


@strawberry.type(description="What `createPost` answers.")
class CreatePostPayload:
    post: Post = strawberry.field(description="The new post, a draft.")
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings_of_texts, description=WARNINGS)
    now: strawberry.Private[datetime]
    fields: strawberry.Private[Mapping[Platform, str]]


@strawberry.type(description="What `updatePost` answers.")
class UpdatePostPayload:
    post: Post = strawberry.field(description="The post with its new texts.")
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings_of_texts, description=WARNINGS)
    now: strawberry.Private[datetime]
    fields: strawberry.Private[Mapping[Platform, str]]


@strawberry.type(description="What `clonePost` answers.")
class ClonePostPayload:
    post: Post = strawberry.field(description="The new post, a draft.")
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings, description=WARNINGS)
    now: strawberry.Private[datetime]


@strawberry.type(description="What `schedulePost` answers.")
class SchedulePostPayload:
    post: Post = strawberry.field(description="The post with its times.")
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings, description=WARNINGS)
    now: strawberry.Private[datetime]


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
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings_of_one, description=WARNINGS)
    now: strawberry.Private[datetime]


@strawberry.type(description="What `confirmPublication` answers.")
class ConfirmPublicationPayload:
    publication: Publication = strawberry.field(description="The publication, which is published.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)


@strawberry.type(description="What `withdrawConfirmation` answers.")
class WithdrawConfirmationPayload:
    publication: Publication = strawberry.field(description="The publication, which is unconfirmed again.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)
