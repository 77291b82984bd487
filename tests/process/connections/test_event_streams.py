"""An event stream keeps its connection while its reader is there; one owner has so many, WebSockets included."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import pytest
from support.api import User
from support.connections.bounded import Client, Door, seen, served
from support.publishing import another_process
from support.sockets import PROTOCOL, closed_with, let_in, say
from websockets.asyncio.client import connect

from perennial.api.app import create_app
from perennial.api.http import _event_stream
from perennial.process import Process

pytestmark = pytest.mark.one_dialect

PLACES = 6
EXECUTED, UPDATED = "subscription { queueExecuted { id } }", "subscription { publicationUpdated { id } }"
BEAT, END = b": ping\n\n", b"0\r\n\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
MALLORY = "127.0.0.2"


@pytest.fixture(autouse=True)
def _quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_event_stream, "EventStream", partial(_event_stream.EventStream, 0.02))


@dataclass
class House:
    """The application behind its door."""

    process: Process
    door: Door

    async def follow(self, user: User, query: str = EXECUTED) -> Client:
        """Opens an event stream, to which somebody listens."""
        before = self.watchers
        stream = await ask(self.door, user, query)
        await seen(lambda: self.watchers == before + 1)
        return stream

    @property
    def watchers(self) -> int:
        """How many subscriptions are open."""
        return sum(map(len, self.process.broker._subscribers.values()))

    async def is_healthy(self) -> bool:
        """Whether somebody else is answered."""
        client = await self.door.client(MALLORY)
        await client.say(HEALTH)
        return b" 200 OK" in await client.hear()


@asynccontextmanager
async def house(process: Process, sockets_max: int, connections: int = 100) -> AsyncIterator[House]:
    """The application, whose owners have so many WebSockets and streams."""
    async with (
        another_process(process, sockets_max=sockets_max, connections_max=connections) as ours,
        served(create_app(ours), connections=connections, per_address=connections) as door,
    ):
        yield House(ours, door)


async def ask(door: Door, user: User, query: str = EXECUTED) -> Client:
    """Asks for an event stream."""
    body = json.dumps({"query": query}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\nAuthorization: Bearer {user.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return await (await door.client()).say(head.encode(), body)


async def refusal(stream: Client) -> object:
    """What the error says that the stream ends with."""
    heard = await stream.hear_until(END)
    (line,) = [line for line in heard.decode().splitlines() if line.startswith("data: {")]
    (error,) = json.loads(line.removeprefix("data: "))["errors"]
    return error["extensions"]


async def test_it_makes_no_room_for_others_however_seldom_it_has_something_to_say(
    process: Process, alice: User
) -> None:
    async with house(process, sockets_max=10, connections=PLACES) as ours:
        stream = await ours.follow(alice)
        for _ in range(3 * PLACES):
            await ours.door.client(MALLORY)
        for _ in range(2 * PLACES):
            assert await ours.is_healthy()
        assert ours.watchers == 1
        for _ in range(3):
            assert BEAT in await stream.hear()


async def test_one_owner_has_so_many_streams_and_sockets_and_another_is_let_in(
    process: Process, alice: User, bob: User
) -> None:
    async with house(process, sockets_max=2) as ours, AsyncExitStack() as stack:
        uri = "ws://{}:{}/graphql".format(*ours.door.listener.getsockname())
        sockets = [await stack.enter_async_context(connect(uri, subprotocols=[PROTOCOL], proxy=None)) for _ in range(3)]
        await let_in(sockets[0], alice)
        first = await ours.follow(alice)
        too_many = {"code": "QUOTA_EXCEEDED", "limit": "sockets", "max": 2}
        assert await refusal(await ask(ours.door, alice, UPDATED)) == too_many
        await say(sockets[1], type="connection_init", payload={"Authorization": f"Bearer {alice.token}"})
        assert await closed_with(sockets[1]) == 1013
        await ours.follow(bob)
        first.leave()
        await seen(lambda: ours.watchers == 1)
        await let_in(sockets[2], alice)


async def test_one_owner_has_a_quarter_of_the_connections_however_many_are_allowed(
    process: Process, alice: User
) -> None:
    async with house(process, sockets_max=100, connections=12) as ours:
        for query in (EXECUTED, UPDATED, EXECUTED):
            await ours.follow(alice, query)
        too_many = {"code": "QUOTA_EXCEEDED", "limit": "sockets", "max": 3}
        assert await refusal(await ask(ours.door, alice)) == too_many
        assert await ours.is_healthy()


async def test_a_query_whose_answer_is_a_stream_needs_no_place(process: Process, alice: User) -> None:
    """It takes no longer than any other, and the limit on operations counts it."""
    async with house(process, sockets_max=1) as ours:
        await ours.follow(alice)
        stream = await ask(ours.door, alice, "{ accounts { id } }")
        assert b'"accounts":[]' in await stream.hear_until(END)


async def test_subscriptions_on_a_websocket_take_its_place_alone(process: Process, alice: User) -> None:
    async with house(process, sockets_max=1) as ours:
        uri = "ws://{}:{}/graphql".format(*ours.door.listener.getsockname())
        async with connect(uri, subprotocols=[PROTOCOL], proxy=None) as ws:
            await let_in(ws, alice)
            for number in range(3):
                await say(ws, type="subscribe", id=str(number), payload={"query": EXECUTED})
            await seen(lambda: ours.watchers == 3)
