"""Posts, as the API answers with them: plain attributes, filled from rows."""

from datetime import datetime
from typing import Any, Self

import strawberry
from strawberry import ID

from perennial import models
from perennial.graphql.enums import Platform, PostStatus, PublicationStatus
from perennial.graphql.queue_rows import PostRow

NOT_READ: Any = None  # where it is shown nevertheless there is an error, and never an empty list


@strawberry.type(description="A post on one platform: text, time, state, result.")
class Publication:
    id: ID
    platform: Platform
    content: str
    status: PublicationStatus
    scheduled_time: datetime | None = strawberry.field(description="When it is to go out.")
    scheduler_id: ID | None = strawberry.field(description="The id of the alarm that calls for it at its time.")
    attempts: int = strawberry.field(description="Requests sent so far; after 5 that did not arrive it has failed.")
    published_time: datetime | None = strawberry.field(
        description="When the platform gave its receipt; of what was in doubt, when the platform says it was published."
    )
    remote_id: str | None = strawberry.field(description="The platform's id of what was published.")
    url: str | None
    error_code: str | None = strawberry.field(description="Why it failed, is in doubt, or has to wait.")
    error_message: str | None = strawberry.field(description="The same in words, the platform's own where it has some.")

    @classmethod
    def of(cls, row: models.Publication) -> Self:
        """The row as the API shows it."""
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


@strawberry.type(description="A text for each platform.")
class Post:
    id: ID
    clerk_user_id: str
    status: PostStatus
    publications: list[Publication]
    cloned_from_id: ID | None = strawberry.field(description="The post it is a copy of, which may be gone by now.")
    created_by_queue_id: ID | None = strawberry.field(description="The queue that made it, which may be gone by now.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: models.Post | PostRow) -> Self:
        """The row, with its publications where they were read, as the API shows it."""
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
    """The id as the API shows it; None where there is none."""
    return ID(str(value)) if value else None
