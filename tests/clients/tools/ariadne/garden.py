"""What ariadne-codegen has made of the schema is used: it writes a post, schedules it and finds it again."""

import asyncio
import os
from datetime import UTC, datetime, timedelta

from garden_client import Client, CreatePostInput, PublicationInput, SchedulePostInput
from garden_client.enums import Platform, PostStatus
from garden_client.exceptions import GraphQLClientGraphQLMultiError
from garden_client.thing import ThingNodePost


async def main() -> None:
    headers = {"Authorization": os.environ["TOKEN"]}
    async with Client(url=f"http://{os.environ['ADDRESS']}/graphql", headers=headers) as client:
        texts = [PublicationInput(platform=Platform.X, content="Sown by a machine")]
        written = (await client.write(CreatePostInput(publications=texts))).create_post
        assert written is not None
        assert (written.post.status, written.warnings) == (PostStatus.DRAFT, [])
        time = datetime.now(UTC) + timedelta(days=1)
        await client.schedule(SchedulePostInput(id=written.post.id, scheduledTime=time))
        assert written.post.id in [post.id for post in (await client.recent(first=5)).posts.nodes]
        found = (await client.thing(written.post.id)).node
        assert isinstance(found, ThingNodePost)
        assert (found.status, found.created_at) == (PostStatus.SCHEDULED, written.post.created_at)
        try:
            await client.write(CreatePostInput(publications=[]))
        except GraphQLClientGraphQLMultiError as error:
            codes = [one.extensions["code"] for one in error.errors]
        assert codes == ["BAD_USER_INPUT"]


asyncio.run(main())
