"""The arguments and inputs of posts and publications. They only change the form of values; `posts` validates them."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID, UNSET, argument

from perennial.api.graphql._arguments import IDEMPOTENCY_KEY, unset_to_none
from perennial.api.graphql._enums import Platform
from perennial.core.errors import InvalidInput

PostId = Annotated[ID, argument("The id of a post of the caller's.")]
PublicationId = Annotated[ID, argument("The id of a publication of the caller's: of a post's `publications`.")]


@strawberry.input(description="A text for one platform.")
class PublicationInput:
    platform: Platform = strawberry.field(description="Where it is to be published. A post has one text for each.")
    content: str = strawberry.field(
        description=(
            "The text, not blank. It may count 280 on X (a link counts 23, an emoji 2), 3,000 on LinkedIn (an emoji, "
            "or a character that LinkedIn reserves, counts 2)."
        )
    )


@strawberry.input(description="A new post.")
class CreatePostInput:
    publications: list[PublicationInput] = strawberry.field(
        description="Its texts, at least one, and one at most for each platform."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=IDEMPOTENCY_KEY)


@strawberry.input(description="What a post is to be.")
class UpdatePostInput:
    publications: list[PublicationInput] = strawberry.field(
        description=(
            "All its texts: they replace those it has. A platform that is not named is dropped, a new one begins as a "
            "draft, and the others keep their times."
        )
    )


@strawberry.input(description="A time of its own for one platform.")
class PlatformTimeInput:
    platform: Platform = strawberry.field(description="One that the post has a text for, named once.")
    scheduled_time: datetime = strawberry.field(
        description="When it is to go out there: in the future, a hundred years ahead at most."
    )


@strawberry.input(description="When a post is to go out.")
class SchedulePostInput:
    scheduled_time: datetime = strawberry.field(
        description="When it is to go out on every platform: in the future, a hundred years ahead at most."
    )
    platform_times: list[PlatformTimeInput] | None = strawberry.field(
        default=UNSET, description="Times for single platforms, in place of `scheduledTime`. Left out or null: none."
    )


def platform_texts(publications: list[PublicationInput]) -> list[tuple[Platform, str]]:
    """The pairs of platform and text, in their order."""
    return [(one.platform, one.content) for one in publications]


def platform_times(times: list[PlatformTimeInput] | None) -> dict[Platform, datetime]:
    """The times by platform. Raises InvalidInput if a platform has two."""
    found: dict[Platform, datetime] = {}
    for index, one in enumerate(unset_to_none(times) or []):
        if one.platform in found:
            raise InvalidInput(f"platformTimes.{index}.platform", f"{one.platform.name} has two times.")
        found[one.platform] = one.scheduled_time
    return found
