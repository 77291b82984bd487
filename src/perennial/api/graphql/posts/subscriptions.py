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
        subject = subject_id("post", post_id)
        async with aclosing(
            changed_rows(info.context, Topic.PUBLICATIONS, subject, loading.publications_by_id)
        ) as rows:
            async for row in rows:
                yield Publication.of(row)
