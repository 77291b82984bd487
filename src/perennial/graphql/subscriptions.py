"""The subscriptions: what changes of the caller's, in its present state, until the token runs out."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import ID, UNSET

from perennial.errors import NotFound, Unauthenticated
from perennial.events import Topic
from perennial.graphql import loading
from perennial.graphql.context import Context, Info
from perennial.graphql.inputs import or_none, read_id
from perennial.graphql.post_types import Publication
from perennial.graphql.queue_types import QueueExecution

EXPIRED = "The bearer token has expired."


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
        context = info.context
        owner, about = context.owner, _about("post", post_id)
        async with aclosing(_changes(context, Topic.PUBLICATIONS, owner, about)) as changes:
            async for changed in changes:
                for row in await loading.publications_by_id(owner, changed):
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
        context = info.context
        owner, about = context.owner, _about("queue", queue_id)
        async with aclosing(_changes(context, Topic.EXECUTIONS, owner, about)) as changes:
            async for changed in changes:
                for row in await loading.executions_by_id(owner, changed):
                    yield QueueExecution.of(row)


async def _changes(context: Context, topic: Topic, owner: str, about: UUID | None) -> AsyncGenerator[list[UUID], None]:
    """The ids of what changes. Raises Unauthenticated when the token has run out, WatchEnded when no more comes."""
    async with context.process.hub.watch(topic, owner, about) as watcher:
        while True:
            try:
                async with asyncio.timeout(context.seconds_left):
                    changed = await watcher.changes()
            except TimeoutError:
                raise Unauthenticated(EXPIRED) from None
            yield changed


def _about(noun: str, given: ID | None) -> UUID | None:
    """The id that was given. One that is nobody's is never heard of, like one that is another owner's."""
    wanted = or_none(given)
    try:
        return read_id(noun, wanted) if wanted is not None else None
    except NotFound:
        return UUID(int=0)
