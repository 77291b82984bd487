"""The subscriptions: what changes of the caller's, in its present state, until the token runs out."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry
from strawberry import ID, UNSET

from perennial.api.graphql import _loading
from perennial.api.graphql._arguments import or_none, parse_id
from perennial.api.graphql.context import Context, Info
from perennial.api.graphql.posts.types import Publication
from perennial.api.graphql.queues.types import QueueExecution
from perennial.core.errors import BEARER_EXPIRED, NotFound, Unauthenticated
from perennial.events.publisher import Topic

T = TypeVar("T")

# Reads the owner's rows by their ids.
Load = Callable[[str, Sequence[UUID]], Awaitable[Sequence[T]]]


@strawberry.type(
    description=(
        "What the service tells by itself, over a WebSocket or as server-sent events. Every field wants a bearer "
        "token, tells what is its user's alone, and ends with UNAUTHENTICATED when the token runs out."
    )
)
class Subscription:
    @strawberry.subscription(
        description="A publication of the caller's whenever it has changed, as it is then. Of changes that follow each "
        "other closely the last may stand for all. Read what is so before, and after an interruption."
    )
    async def publication_updated(
        self,
        info: Info,
        post_id: Annotated[
            ID | None, strawberry.argument(description="Of this post alone; null, or left out: of all posts.")
        ] = UNSET,
    ) -> AsyncGenerator[Publication, None]:
        about = _about("post", post_id)
        async with aclosing(_changed(info.context, Topic.PUBLICATIONS, about, _loading.publications_by_id)) as rows:
            async for row in rows:
                yield Publication.of(row)

    @strawberry.subscription(
        description="A row of the ledger as soon as an occurrence of one of the caller's queues has run, or has not."
    )
    async def queue_executed(
        self,
        info: Info,
        queue_id: Annotated[
            ID | None, strawberry.argument(description="Of this queue alone; null, or left out: of all queues.")
        ] = UNSET,
    ) -> AsyncGenerator[QueueExecution, None]:
        about = _about("queue", queue_id)
        async with aclosing(_changed(info.context, Topic.EXECUTIONS, about, _loading.executions_by_id)) as rows:
            async for row in rows:
                yield QueueExecution.of(row)


async def _changed(context: Context, topic: Topic, about: UUID | None, load: Load[T]) -> AsyncGenerator[T, None]:
    """Rows that have changed, as they are then.

    Raises Unauthenticated when the token has run out, and SubscriptionEnded when no more come.
    """
    owner = context.owner
    async with context.process.broker.subscribe(topic, owner, about) as subscriber:
        while True:
            try:
                async with asyncio.timeout(context.seconds_left):
                    changed = await subscriber.changes()
            except TimeoutError:
                raise Unauthenticated(BEARER_EXPIRED) from None
            for row in await load(owner, changed):
                yield row


def _about(noun: str, given: ID | None) -> UUID | None:
    """The id that was given. One that is nobody's is never heard of, like one that is another owner's."""
    wanted = or_none(given)
    try:
        return parse_id(noun, wanted) if wanted is not None else None
    except NotFound:
        return UUID(int=0)
