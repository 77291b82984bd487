"""The arguments and inputs of posts and publications. They only change the form of values; `posts` validates them."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID, UNSET, argument

from perennial.api.graphql._arguments import IDEMPOTENCY_KEY, unset_to_none
from perennial.api.graphql._enums import Platform
from perennial.core.errors import InvalidInput

POST_ID = "The id of one of the caller's posts."
PostId = Annotated[ID, argument(POST_ID)]
PUBLICATION_ID = "The id of one of the publications of the caller's posts."


@strawberry.input(description="The text of a post for one platform.")
class PublicationInput:
    platform: Platform = strawberry.field(
        description=("The platform on which the text is to be published. A post has one text for each platform.")
    )
    content: str = strawberry.field(
        description=(
            "The text. It has a character that can be seen, and no control characters but tabs and line ends. It may "
            "count up to 280 characters on X (a link counts 23, an emoji 2), and up to 3,000 on LinkedIn (an emoji, or "
            "a character that LinkedIn reserves, counts 2)."
        )
    )


@strawberry.input(description="The content of a new post.")
class CreatePostInput:
    publications: list[PublicationInput] = strawberry.field(
        description="The post's texts. There is at least one, and at most one for each platform."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=IDEMPOTENCY_KEY)


@strawberry.input(description="The new content of a post.")
class UpdatePostInput:
    id: ID = strawberry.field(description=POST_ID)
    publications: list[PublicationInput] = strawberry.field(
        description=(
            "All texts of the post, which replace its present ones. The publication on a platform that is not "
            "named is deleted, one on a new platform begins as a draft, and the others keep their times."
        )
    )


@strawberry.input(description="The post to delete.")
class DeletePostInput:
    id: ID = strawberry.field(description=POST_ID)


@strawberry.input(description="The post to copy.")
class ClonePostInput:
    id: ID = strawberry.field(description=POST_ID)
    idempotency_key: str | None = strawberry.field(default=UNSET, description=IDEMPOTENCY_KEY)


@strawberry.input(description="A separate time for one platform.")
class PlatformTimeInput:
    platform: Platform = strawberry.field(
        description=("The platform. The post has to have a text for it, and each platform may be named once.")
    )
    scheduled_time: datetime = strawberry.field(
        description=(
            "When the post is to be published there. The time has to be in the future, and at most a hundred years "
            "ahead."
        )
    )


@strawberry.input(description="The times at which a post is to be published.")
class SchedulePostInput:
    id: ID = strawberry.field(description=POST_ID)
    scheduled_time: datetime = strawberry.field(
        description=(
            "When the post is to be published on every platform. The time has to be in the future, and at most a "
            "hundred years ahead."
        )
    )
    platform_times: list[PlatformTimeInput] | None = strawberry.field(
        default=UNSET,
        description=(
            "Times for single platforms, which replace `scheduledTime` there. If it is left out or null, all "
            "platforms have `scheduledTime`."
        ),
    )


@strawberry.input(description="The post whose times are taken back.")
class UnschedulePostInput:
    id: ID = strawberry.field(description=POST_ID)


@strawberry.input(description="The publication to send again.")
class RetryPublicationInput:
    id: ID = strawberry.field(description=PUBLICATION_ID)


@strawberry.input(description="The publication that a person found on its platform.")
class ConfirmPublicationInput:
    id: ID = strawberry.field(description=PUBLICATION_ID)
    url: str = strawberry.field(
        description="The URL of the post on the platform, as a browser shows it. It has at most 2,000 characters."
    )


@strawberry.input(description="The publication whose confirmation is withdrawn.")
class WithdrawConfirmationInput:
    id: ID = strawberry.field(description=PUBLICATION_ID)


def platform_texts(publications: list[PublicationInput]) -> list[tuple[Platform, str]]:
    """The pairs of platform and text, in their order."""
    return [(one.platform, one.content) for one in publications]


def platform_fields(publications: list[PublicationInput]) -> dict[Platform, str]:
    """The field that names each platform, as warnings name it."""
    return {one.platform: f"publications.{index}.platform" for index, one in enumerate(publications)}


def platform_times(times: list[PlatformTimeInput] | None) -> dict[Platform, datetime]:
    """The times by platform. Raises InvalidInput if a platform has two."""
    found: dict[Platform, datetime] = {}
    for index, one in enumerate(unset_to_none(times) or []):
        if one.platform in found:
            raise InvalidInput(f"platformTimes.{index}.platform", f"{one.platform.name} has two times.")
        found[one.platform] = one.scheduled_time
    return found
