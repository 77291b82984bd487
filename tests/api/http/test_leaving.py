"""A client that leaves while it is told something is gone, and that is all: nothing of it stays, or is logged."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
import structlog
from support.api import User
from support.connections.bounded import RESET, Client, Door, seen, served
from support.sockets import PROTOCOL, let_in, say
from websockets.asyncio.client import connect

from perennial.api.app import create_app
from perennial.events.publisher import Event, Topic
from perennial.process import Process

pytestmark = pytest.mark.one_dialect

UPDATED = "subscription { publicationUpdated { id content platform status errorCode errorMessage } }"
TIMES = 10

Leave = Callable[[], Awaitable[None]]


@pytest.fixture
def log() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


async def listening_to_a_stream(door: Door, user: User) -> Leave:
    client: Client = await door.client(little=True)
    body = json.dumps({"query": UPDATED}).encode()
    head = f"Host: a\r\nAuthorization: Bearer {user.token}\r\nContent-Type: application/json\r\n"
    await client.say(
        f"POST /graphql HTTP/1.1\r\n{head}Accept: text/event-stream\r\nContent-Length: {len(body)}\r\n\r\n".encode(),
        body,
    )
    await client.hear_until(b"\r\n\r\n")

    async def leave() -> None:
        client.leave()

    return leave


async def listening_on_a_socket(door: Door, user: User) -> Leave:
    url = "ws://{}:{}/graphql".format(*door.listener.getsockname())
    ws = await connect(url, subprotocols=[PROTOCOL], proxy=None, max_queue=1)
    await let_in(ws, user)
    for number in range(5):
        await say(ws, type="subscribe", id=f"w{number}", payload={"query": UPDATED})

    async def leave() -> None:
        ws.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        ws.transport.abort()
        await ws.wait_closed()

    return leave


WAYS = {"a stream": listening_to_a_stream, "a WebSocket": listening_on_a_socket}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_who_leaves_while_an_event_is_sent_leaves_no_traceback(
    alice: User, process: Process, log: list[Any], caplog: pytest.LogCaptureFixture, way: Any
) -> None:
    await alice.connect("X")
    post = await alice.create_post(x="Hello " * 40)
    event = Event("alice", UUID(post["id"]), UUID(post["publications"][0]["id"]))
    telling = asyncio.Event()

    async def tell() -> None:
        while not telling.is_set():
            process.events.publish(Topic.PUBLICATIONS, [event] * 20)
            await asyncio.sleep(0.01)

    async with served(create_app(process), reader_seconds=2) as door:
        for _ in range(TIMES):
            leave = await way(door, alice)
            await process.broker.wait_until_subscribed()
            task = asyncio.create_task(tell())
            await asyncio.sleep(0.1)  # the middle of it, wherever that is
            await leave()
            telling.set()
            await task
            telling.clear()
        await seen(lambda: not door.listener.register._open)
        await seen(lambda: not any(process.broker._subscribers.values()))
    assert "Traceback" not in caplog.text
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    assert [line for line in log if line["log_level"] == "error"] == []
