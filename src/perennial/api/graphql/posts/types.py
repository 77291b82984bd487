"""The types Post and Publication, whose fields are filled from rows."""

from datetime import datetime
from typing import Any, Self

import strawberry
from strawberry import ID

from perennial.api.graphql._enums import Platform
from perennial.api.graphql.posts.enums import PostStatus, PublicationStatus
from perennial.api.graphql.posts.rows import PostRow
from perennial.db import models

NOT_READ: Any = None  # selecting a field with this value is an error, never an empty list


@strawberry.type(description="A post on one platform: text, time, state, result.")
class Publication:
    id: ID = strawberry.field(description="A UUID. `retryPublication` and `confirmPublication` take it.")
    platform: Platform = strawberry.field(
        description="Where it is published. A post has at most one for each platform."
    )
    content: str = strawberry.field(description="The text, as it was given.")
    status: PublicationStatus = strawberry.field(description="How far it has come.")
    scheduled_time: datetime | None = strawberry.field(
        description="When it is to go out, or was. Later attempts do not move it. null: it has no time."
    )
    scheduler_id: ID | None = strawberry.field(
        description="The id of the alarm that calls for it: `publish:` and its `scheduledTime`. null: it has no time."
    )
    attempts: int = strawberry.field(
        description=(
            "How many requests were sent for it, since it was last scheduled or retried. One that the platform put off "
            "does not count. After 5 that did not arrive it has failed."
        )
    )
    published_time: datetime | None = strawberry.field(
        description=(
            "When the platform gave its receipt; of what was found later, when the platform says it was published; of "
            "what a person confirmed, when the request was sent. null: it is not published."
        )
    )
    remote_id: str | None = strawberry.field(
        description="The platform's id of what was published: a number on X, a URN on LinkedIn. null: not published."
    )
    url: str | None = strawberry.field(description="Where people see it on the platform. null: it is not published.")
    error_code: str | None = strawberry.field(
        description=(
            "Why it failed, is in doubt or has to wait, as one word: UNREACHABLE, RATE_LIMITED, DUPLICATE_CONTENT, "
            "TEXT_TOO_LONG, PERMISSION_DENIED, REFUSED, ACCOUNT_MISSING, RECONNECT_REQUIRED, OUTCOME_UNKNOWN and "
            "others; more may come. null: nothing went wrong."
        )
    )
    error_message: str | None = strawberry.field(
        description="The same in words, for people: the platform's own where it has some, at most 500 characters."
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


@strawberry.type(description="A text for each platform. Nobody but its owner can see it.")
class Post:
    id: ID = strawberry.field(description="A UUID.")
    clerk_user_id: str = strawberry.field(description="The owner: the `sub` of the bearer token that made it.")
    status: PostStatus = strawberry.field(description="How far it has come on all platforms together.")
    publications: list[Publication] = strawberry.field(
        description="What becomes of it on each of its platforms: at least one, in the order of their making."
    )
    cloned_from_id: ID | None = strawberry.field(
        description="The post that it is a copy of, which may be gone by now. null: it was written, not copied."
    )
    created_by_queue_id: ID | None = strawberry.field(
        description="The queue that made it, which may be gone by now. null: no queue did."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When its texts, times or states last changed.")

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


def id_or_none(value: object) -> ID | None:
    """The value as an ID, or None."""
    return ID(str(value)) if value else None
