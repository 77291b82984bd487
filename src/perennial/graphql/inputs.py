"""What the API is given. Values are checked where they are used, below; here they only change their shape."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

import strawberry
from strawberry import ID, UNSET

from perennial.errors import InvalidInput, NotFound
from perennial.graphql.enums import Cadence, Platform
from perennial.logs import about


@strawberry.input(description="A text for one platform.")
class PublicationInput:
    platform: Platform
    content: str = strawberry.field(description="At most 280 as X counts them, or 3,000 as LinkedIn does.")


@strawberry.input
class CreatePostInput:
    publications: list[PublicationInput]


@strawberry.input
class UpdatePostInput:
    publications: list[PublicationInput] = strawberry.field(description="Replaces the texts of the post.")


@strawberry.input(description="A time of its own for one platform.")
class PlatformTimeInput:
    platform: Platform
    scheduled_time: datetime


@strawberry.input
class SchedulePostInput:
    scheduled_time: datetime
    platform_times: list[PlatformTimeInput] | None = strawberry.field(
        default=UNSET, description="Times that override `scheduledTime`."
    )


@strawberry.input
class CreateQueueInput:
    original_post_id: ID = strawberry.field(description="The post to repeat.")
    interval: int = strawberry.field(description="Days between occurrences, from 1 to 3650.")
    next_scheduled_time: datetime = strawberry.field(description="The first occurrence, in the future.")
    max_executions: int | None = strawberry.field(default=UNSET, description="Executions at most; null: no end.")
    cadence: Cadence = Cadence.FIXED


@strawberry.input(description="What is left out stays as it is.")
class UpdateQueueInput:
    interval: int | None = strawberry.field(default=UNSET, description="Days, from 1 to 3650.")
    next_scheduled_time: datetime | None = strawberry.field(default=UNSET, description="In the future.")
    max_executions: int | None = strawberry.field(
        default=UNSET, description="Above what has already run; null: no end."
    )


@strawberry.input(description="Tokens as the platform's OAuth gave them. The platform is asked whose they are.")
class ConnectAccountInput:
    platform: Platform
    access_token: str
    refresh_token: str | None = UNSET
    expires_at: datetime | None = strawberry.field(default=UNSET, description="When the access token runs out.")


Given = TypeVar("Given")


def or_none(value: Given | None) -> Given | None:
    """The value; None for what was left out as for null. (A default of null would show in the schema.)"""
    return None if value is UNSET else value


def read_id(noun: str, value: ID) -> UUID:
    """The id of a thing. What cannot be an id is, like an id that never was, not found."""
    try:
        found = UUID(value)
    except ValueError:
        raise NotFound(noun) from None
    about(**{noun: str(found)})
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
