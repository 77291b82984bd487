"""What the subscriptions of all topics share: rows that changed, read anew, until the caller's token expires."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

from strawberry import ID

from perennial.api.graphql._arguments import parse_id, unset_to_none
from perennial.api.graphql.context import Context
from perennial.core.errors import BEARER_EXPIRED, NotFound, Unauthenticated
from perennial.events.publisher import Topic

Row = TypeVar("Row")

# Reads the owner's rows by their ids.
Load = Callable[[str, Sequence[UUID]], Awaitable[Sequence[Row]]]


async def changed_rows(
    context: Context, topic: Topic, subject: UUID | None, load: Load[Row]
) -> AsyncGenerator[Row, None]:
    """Rows of the caller's that changed, in their state when they are read; with a subject, those about it alone.

    Raises Unauthenticated when the token expires, what the broker ends the subscription with, and QuotaExceeded if the
    caller has too many, of subscriptions or of connections.
    """
    owner = context.owner
    with context.kept_connection():
        async with context.process.broker.subscribe(topic, owner, subject) as subscriber:
            while True:
                try:
                    async with asyncio.timeout(context.seconds_left):
                        changed = await subscriber.changes()
                except TimeoutError:
                    raise Unauthenticated(BEARER_EXPIRED) from None
                for row in await load(owner, changed):
                    yield row


def subject_id(noun: str, argument: ID | None) -> UUID | None:
    """The id that events are filtered by; None for all. A malformed id becomes one that never has an event."""
    value = unset_to_none(argument)
    try:
        return parse_id(noun, value) if value is not None else None
    except NotFound:
        return UUID(int=0)
