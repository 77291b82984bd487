"""What the API is given. Values are checked where they are used, below; here they only change their shape."""

from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry
from strawberry import ID, UNSET, argument

from perennial.api.graphql._enums import Cadence, Platform
from perennial.core.errors import InvalidInput, NotFound
from perennial.observe.logs import bind_log_ids

PostId = Annotated[ID, argument("The id of a post of the caller's.")]
QueueId = Annotated[ID, argument("The id of a queue of the caller's.")]
PublicationId = Annotated[ID, argument("The id of a publication of the caller's: of a post's `publications`.")]
AccountId = Annotated[ID, argument("The id of a connected account of the caller's.")]

IDEMPOTENCY_KEY = (
    "A name of your own for this request, 1 to 255 characters. For 24 hours the same key with the same input answers "
    "what was made first, as it is now, and makes nothing. CONFLICT with another input, in another mutation, and once "
    "that is deleted. Left out or null: each request makes something."
)
IdempotencyKey = Annotated[str | None, argument(IDEMPOTENCY_KEY)]


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


@strawberry.input(description="A new queue: what it repeats, from when on, how often.")
class CreateQueueInput:
    original_post_id: ID = strawberry.field(
        description="The post to repeat, in whatever state: the queue publishes clones of it."
    )
    interval: int = strawberry.field(description="Days between occurrences, from 1 to 3650.")
    next_scheduled_time: datetime = strawberry.field(
        description="The first occurrence: in the future, a hundred years ahead at most."
    )
    max_executions: int | None = strawberry.field(
        default=UNSET,
        description="How often it may run, from 1 to 1,000,000,000; then it is completed. Left out or null: no end.",
    )
    cadence: Cadence = strawberry.field(
        default=Cadence.FIXED, description="What the next occurrence is counted from. It cannot be changed later."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=IDEMPOTENCY_KEY)


@strawberry.input(description="What is to change in a queue. What is left out stays as it is.")
class UpdateQueueInput:
    interval: int | None = strawberry.field(
        default=UNSET,
        description=(
            "Days between occurrences, from 1 to 3650. The pending occurrence stays where it is. null is refused."
        ),
    )
    next_scheduled_time: datetime | None = strawberry.field(
        default=UNSET,
        description=(
            "The pending occurrence from now on: in the future, a hundred years ahead at most. null is refused."
        ),
    )
    max_executions: int | None = strawberry.field(
        default=UNSET,
        description="How often it may run in all: above `executionCount`, 1,000,000,000 at most. null: no end.",
    )


@strawberry.input(
    description="Tokens as the platform's OAuth gave them. The platform is asked whose they are. They are encrypted."
)
class ConnectAccountInput:
    platform: Platform = strawberry.field(description="The platform that gave the tokens.")
    access_token: str = strawberry.field(
        description="What requests are made with: 1 to 4,096 printable ASCII characters, without spaces."
    )
    refresh_token: str | None = strawberry.field(
        default=UNSET,
        description=(
            "What a new access token is had with, of the same form. Left out, null or empty: there is none, and the "
            "account has to be connected again when the access token runs out."
        ),
    )
    expires_at: datetime | None = strawberry.field(
        default=UNSET, description="When the access token runs out: in the future. Left out or null: it is not known."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=IDEMPOTENCY_KEY)


Given = TypeVar("Given")


def or_none(value: Given | None) -> Given | None:
    """The value; None for what was left out as for null. (A default of null would show in the schema.)"""
    return None if value is UNSET else value


def parse_id(noun: str, value: ID) -> UUID:
    """The id of a thing. What cannot be an id is, like an id that never was, not found."""
    try:
        found = UUID(value)
    except ValueError:
        raise NotFound(noun) from None
    bind_log_ids(**{noun: str(found)})
    return found


def texts(publications: list[PublicationInput]) -> list[tuple[Platform, str]]:
    """The texts in the order in which they were given."""
    return [(one.platform, one.content) for one in publications]


def platform_times(times: list[PlatformTimeInput] | None) -> dict[Platform, datetime]:
    """The times by platform. Raises InvalidInput where a platform has two."""
    found: dict[Platform, datetime] = {}
    for place, one in enumerate(or_none(times) or []):
        if one.platform in found:
            raise InvalidInput(f"platformTimes.{place}.platform", f"{one.platform.name} has two times.")
        found[one.platform] = one.scheduled_time
    return found
