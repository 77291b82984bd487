"""gql, Python's own client: over HTTP by two transports, and over a WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from gql import Client, GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from graphql import build_schema, lexicographic_sort_schema, print_schema
from support.processes import ROOT
from support.story import soon
from websockets.exceptions import ConnectionClosed

from perennial.core.instants import instant

CREATE = "mutation Create($input: CreatePostInput!) { createPost(input: $input) { post { id status } } }"
SCHEDULE = "mutation Schedule($input: SchedulePostInput!) { schedulePost(input: $input) { post { status } } }"
POST = "query Post($id: ID!) { post(id: $id) { id status } }"
PAUSE = "mutation Pause($id: ID!) { pauseQueue(input: {id: $id}) { queue { id } } }"
WATCH = "subscription Watch($post: ID) { publicationUpdated(postId: $post) { status } }"

TRANSPORTS = {
    "aiohttp": lambda address, headers: AIOHTTPTransport(f"http://{address}/graphql", headers=headers),
    "httpx": lambda address, headers: HTTPXAsyncTransport(f"http://{address}/graphql", headers=headers),
    "websockets": lambda address, headers: WebsocketsTransport(f"ws://{address}/graphql", init_payload=headers),
}


def asking(query: str, **variables: Any) -> GraphQLRequest:
    return GraphQLRequest(query, variable_values=variables)


@pytest.fixture(params=TRANSPORTS)
async def session(request: pytest.FixtureRequest, address: str, headers: dict[str, str]) -> AsyncIterator[Any]:
    """Alice's client, one transport after the other. It has fetched the schema, and knows what is not valid."""
    transport = TRANSPORTS[request.param](address, headers)
    whole = {"fetch_schema_from_transport": True, "introspection_args": {"specified_by_url": True}}
    async with Client(transport=transport, **whole) as session:
        yield session


async def create_post(session: Any) -> str:
    texts = [{"platform": "X", "content": f"Hello {uuid4()}"}]
    created = await session.execute(asking(CREATE, input={"publications": texts}))
    return str(created["createPost"]["post"]["id"])


async def test_the_schema_that_it_fetches_is_the_committed_one(session: Any) -> None:
    committed = build_schema((ROOT / "schema.graphql").read_text())
    fetched = lexicographic_sort_schema(session.client.schema)
    assert print_schema(fetched) == print_schema(lexicographic_sort_schema(committed))


async def test_what_it_writes_it_can_read(session: Any) -> None:
    post = await create_post(session)
    assert await session.execute(asking(POST, id=post)) == {"post": {"id": post, "status": "DRAFT"}}


async def test_an_error_has_its_code_and_costs_nothing_else(session: Any) -> None:
    with pytest.raises(TransportQueryError) as caught:
        await session.execute(asking(PAUSE, id=str(uuid4())))
    assert [error["extensions"]["code"] for error in caught.value.errors or []] == ["NOT_FOUND"]
    assert await session.execute(asking("{ __typename }")) == {"__typename": "Query"}


async def test_a_subscription_hears_a_post_go_out(address: str, headers: dict[str, str]) -> None:
    async with Client(transport=TRANSPORTS["websockets"](address, headers)) as session:
        post = await create_post(session)
        watching = asyncio.create_task(until_published(session, post))
        await session.execute(asking(SCHEDULE, input={"id": post, "scheduledTime": instant(soon(2))}))
        assert (await watching)[-1] == "PUBLISHED"


async def until_published(session: Any, post: str) -> list[str]:
    """The states that are heard of."""
    heard: list[str] = []
    async for update in session.subscribe(asking(WATCH, post=post)):
        heard.append(update["publicationUpdated"]["status"])
        if heard[-1] == "PUBLISHED":
            break
    return heard


NO_GOOD_TOKEN = pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer a.b.c"}], ids=["none", "a bad one"])


@NO_GOOD_TOKEN
@pytest.mark.parametrize("name", ["aiohttp", "httpx"])
async def test_without_a_good_token_nothing_is_told(address: str, name: str, given: dict[str, str]) -> None:
    async with Client(transport=TRANSPORTS[name](address, given)) as session:
        with pytest.raises(TransportQueryError) as caught:
            await session.execute(asking("{ accounts { id } }"))
    assert [error["extensions"]["code"] for error in caught.value.errors or []] == ["UNAUTHENTICATED"]


@NO_GOOD_TOKEN
async def test_without_a_good_token_the_socket_is_closed(address: str, given: dict[str, str]) -> None:
    with pytest.raises(TransportConnectionFailed) as caught:
        async with Client(transport=TRANSPORTS["websockets"](address, given)):
            pass
    assert isinstance(closed := caught.value.__cause__, ConnectionClosed)
    assert closed.rcvd is not None
    assert (closed.rcvd.code, closed.rcvd.reason) == (4403, "Forbidden")
