"""Operations over a WebSocket have a line each, and are counted, like requests; the socket has a line of its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import structlog
import uvicorn
from support.api import PAUSE_QUEUE, User
from support.metrics import scrape
from support.publishing import eventually
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from perennial.api.app import create_app
from perennial.observe import metrics
from perennial.process import Process
from perennial.process.connections.bounds import Bounds
from perennial.process.listening import listen, uvicorn_config

pytestmark = pytest.mark.one_dialect

Lines = list[MutableMapping[str, Any]]


@pytest.fixture
def log() -> Iterator[Lines]:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        yield lines


@asynccontextmanager
async def socket_of(process: Process, user: User) -> AsyncIterator[ClientConnection]:
    """A socket to the application on a real port, on which the user has said who calls."""
    listener = listen("127.0.0.1", 0, "PERENNIAL_PORT", Bounds.of(process.settings))
    server = uvicorn.Server(uvicorn_config(create_app(process), listener.register, 1, 75))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    url = f"ws://127.0.0.1:{listener.getsockname()[1]}/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as ws:
        payload = {"Authorization": f"Bearer {user.token}"}
        await ws.send(json.dumps({"type": "connection_init", "payload": payload}))
        await ws.recv()
        yield ws
    server.should_exit = True
    await serving


async def ask(ws: ClientConnection, query: str, **variables: Any) -> None:
    """Asks, and reads the answer to its end."""
    await ws.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query, "variables": variables}}))
    while json.loads(await ws.recv())["type"] == "next":
        pass


def of(log: Lines, event: str) -> Lines:
    return [line for line in log if line["event"] == event]


async def test_each_operation_has_a_line_with_owner_and_subject(
    alice: User, queue: Any, process: Process, log: Lines
) -> None:
    log.clear()
    async with socket_of(process, alice) as ws:
        await ask(ws, PAUSE_QUEUE, input={"id": queue["id"]})
        await ask(ws, "query Mine { accounts { id } }")
        await ask(ws, "query Mine { posts(first: 0) { nodes { id } } }")
        await ask(ws, "{ nothing }")
        await eventually(lambda: _are(log, 4))
    first, *others = of(log, "operation.done")
    assert (first["operation"], first["kind"], first["outcome"], first["owner"], first["queue"]) == (
        "anonymous",
        "mutation",
        "ok",
        "alice",
        queue["id"],
    )
    assert [(line["operation"], line["outcome"]) for line in others] == [
        ("Mine", "ok"),
        ("Mine", "BAD_USER_INPUT"),
        ("invalid", "BAD_REQUEST"),
    ]
    assert "queue" not in others[0]
    (closed,) = of(log, "socket.closed")
    assert {line["request"] for line in of(log, "operation.done")} == {closed["request"]}


async def test_sockets_and_their_operations_are_counted(
    alice: User, process: Process, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "_operations", set())
    before = await scrape(http)
    async with socket_of(process, alice) as ws:
        assert (await scrape(http)).value("sockets") == (before.value("sockets") or 0) + 1
        await ask(ws, "query OverASocket { accounts { id } }")
    after = await scrape(http)
    assert after.value("sockets") == before.value("sockets")
    name, labels = "socket_operations_total", {"operation": "OverASocket", "outcome": "ok"}
    assert after.value(name, **labels) == (before.value(name, **labels) or 0) + 1
    assert after.value("http_requests_total", **labels) is None


async def _are(log: Lines, number: int) -> bool:
    return len(of(log, "operation.done")) == number
