"""The subscription to the caller's publications."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry
from strawberry import ID, UNSET

from perennial.api.graphql._changes import changed_rows, subject_id
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
        async with aclosing(
            changed_rows(info.context, Topic.PUBLICATIONS, subject, loading.publications_by_id)
        ) as rows:
            async for row in rows:
                yield Publication.of(row)
