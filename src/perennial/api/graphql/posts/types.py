"""The types Post and Publication, whose fields are filled from rows."""

from datetime import datetime
from typing import Any, Self

import strawberry
from strawberry import ID

from perennial.api.graphql._arguments import id_or_none
from perennial.api.graphql._enums import Platform
from perennial.api.graphql.posts.enums import PostStatus, PublicationStatus
from perennial.api.graphql.posts.rows import PostRow
from perennial.db import models

NOT_READ: Any = None  # selecting a field with this value is an error, never an empty list


@strawberry.type(description="A post on one platform, with its text, time, state and result.")
class Publication:
    id: ID = strawberry.field(
        description=("The publication's id, a UUID, which `retryPublication` and `confirmPublication` take.")
    )
    platform: Platform = strawberry.field(
        description="The platform of the publication. A post has at most one publication for each platform."
    )
    content: str = strawberry.field(description="The text, exactly as the caller sent it.")
    status: PublicationStatus = strawberry.field(description="The state of the publication.")
    scheduled_time: datetime | None = strawberry.field(
        description=(
            "When the publication is, or was, to be published. Retries do not change it. It is null if the "
            "publication has no time."
        )
    )
    scheduler_id: ID | None = strawberry.field(
        description=(
            "The id of the alarm that starts the publishing: `publish:` followed by the `scheduledTime`. It is null "
            "if the publication has no time."
        )
    )
    attempts: int = strawberry.field(
        description=(
            "The number of requests sent to the platform since the publication was last scheduled or retried. A "
            "request that the platform postponed does not count. After 5 requests that did not arrive the "
            "publication is FAILED."
        )
    )
    published_time: datetime | None = strawberry.field(
        description=(
            "When the platform returned its receipt. If the post was found on the platform later, it is the "
            "time that the platform states; if a person confirmed it, the time at which the request was sent. "
            "It is null if the publication is not published."
        )
    )
    remote_id: str | None = strawberry.field(
        description=(
            "The id that the platform gave the published post: a number on X, a URN on LinkedIn. It is null if the "
            "publication is not published."
        )
    )
    url: str | None = strawberry.field(
        description=("The URL of the published post on the platform. It is null if the publication is not published.")
    )
    error_code: str | None = strawberry.field(
        description=(
            "A code that says why the publication failed, is unconfirmed or waits for a retry. It is "
            "UNREACHABLE, RATE_LIMITED, DUPLICATE_CONTENT, TEXT_TOO_LONG, PERMISSION_DENIED, REFUSED, "
            "ACCOUNT_MISSING, RECONNECT_REQUIRED, OUTCOME_UNKNOWN or another; later versions may add codes. It "
            "is null if nothing went wrong."
        )
    )
    error_message: str | None = strawberry.field(
        description=(
            "A sentence for people that explains the `errorCode`. It is the platform's own message if there is one, "
            "cut to at most 500 characters."
        )
    )

    @classmethod
    def of(cls, row: models.Publication) -> Self:
        """The row as a Publication."""
        return cls(
            id=ID(str(row.id)),
            platform=row.platform,
            content=row.content,
            status=row.status,
            scheduled_time=row.scheduled_time,
            scheduler_id=ID(row.scheduler_id) if row.scheduler_id else None,
            attempts=row.attempts,
            published_time=row.published_time,
            remote_id=row.remote_id,
            url=row.url,
            error_code=row.error_code,
            error_message=row.error_message,
        )


@strawberry.type(description="A post, which has a text for each of its platforms. Only its owner can see it.")
class Post:
    id: ID = strawberry.field(description="A UUID that identifies this object.")
    clerk_user_id: str = strawberry.field(
        description=("The owner: the `sub` of the bearer token with which this object was created.")
    )
    status: PostStatus = strawberry.field(description="The state of the post on all its platforms together.")
    publications: list[Publication] = strawberry.field(
        description=(
            "The post's publications, one for each of its platforms, in the order in which they were created. There "
            "is at least one."
        )
    )
    cloned_from_id: ID | None = strawberry.field(
        description=(
            "The id of the post from which this one was cloned, which may have been deleted. It is null if the post "
            "is not a clone."
        )
    )
    created_by_queue_id: ID | None = strawberry.field(
        description=(
            "The id of the queue that created the post, which may have been deleted. It is null if no queue created it."
        )
    )
    created_at: datetime = strawberry.field(description="When this object was created.")
    updated_at: datetime = strawberry.field(description="When the post's texts, times or states last changed.")

    @classmethod
    def of(cls, row: models.Post | PostRow) -> Self:
        """The row as a Post, with its publications if they were read."""
        return cls(
            id=ID(str(row.id)),
            clerk_user_id=row.clerk_user_id,
            status=row.status,
            publications=NOT_READ if row.publications is None else [Publication.of(one) for one in row.publications],
            cloned_from_id=id_or_none(row.cloned_from_id),
            created_by_queue_id=id_or_none(row.created_by_queue_id),
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
