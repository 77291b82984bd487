"""The subscription to the caller's publications."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import ID, UNSET

from perennial.api.graphql._changes import changed_rows, subject_id
from perennial.api.graphql._selection import is_selected
from perennial.api.graphql.context import Info
from perennial.api.graphql.posts import loading
from perennial.api.graphql.posts.types import Publication
from perennial.events.publisher import Topic


@strawberry.type
class PostSubscriptions:
    @strawberry.subscription(
        description=(
            "Sends one of the caller's publications, in its current state, whenever it has changed. Changes in "
            "quick succession may be sent as one. Changes before the subscription and during an interruption are "
            "not sent, so read the current state then."
        )
    )
    async def publication_updated(
        self,
        info: Info,
        post_id: Annotated[
            ID | None,
            strawberry.argument(
                description=(
                    "Only publications of this post are sent. If it is left out or null, those of all posts are."
                )
            ),
        ] = UNSET,
    ) -> AsyncGenerator[Publication, None]:
        subject = subject_id("post", post_id)
        load = partial(_load, info)
        async with aclosing(changed_rows(info.context, Topic.PUBLICATIONS, subject, load)) as publications:
            async for publication in publications:
                yield publication


async def _load(info: Info, owner: str, ids: Sequence[UUID]) -> list[Publication]:
    """The owner's publications with these ids, with what the selected fields need, which is read for all together.

    The executor resolves one event after the other, so that without this the loaders would read for each of them.
    """
    found = [Publication.of(row) for row in await loading.publications_by_id(owner, ids)]
    with_reason = is_selected(info, "errorCode") or is_selected(info, "errorMessage")
    with_account = is_selected(info, "account")
    await asyncio.gather(*(one.read_ahead(info, reason=with_reason, account=with_account) for one in found))
    return found
