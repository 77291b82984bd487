"""The application on a real port, and one question over each of its protocols, whose answers are said in one form.

And persisted queries as clients ask for them: by the hash alone, or with the document.
"""

import asyncio
import hashlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx2
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from perennial.api.app import create_app
from perennial.process import Process
from support.api import User
from support.http import client_of
from support.sockets import PROTOCOL, hear, say

JSON, RESPONSE, EVENTS = "application/json", "application/graphql-response+json", "text/event-stream"


@asynccontextmanager
async def served(process: Process) -> AsyncIterator[str]:
    """The application on a real port, for as long as the block runs; gives its host and port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(process), log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
            await asyncio.sleep(0)
        yield "{}:{}".format(*listener.getsockname())
        server.should_exit = True
        await serving


class Told(NamedTuple):
    """What a caller is told: the status or the close code, the header Retry-After, the data and the first error."""

    status: int
    retry_after: str | None
    data: Any
    extensions: dict[str, Any] | None

    @property
    def code(self) -> str | None:
        """The code of the first error."""
        return self.extensions["code"] if self.extensions else None


async def _over_http(address: str, authorization: str, query: str, accept: str) -> Told:
    async with client_of(f"http://{address}") as http:
        headers = {"Accept": accept, "Authorization": authorization}
        answer = await http.post("/graphql", json={"query": query}, headers=headers)
    if accept == EVENTS:
        [line] = [line for line in answer.text.splitlines() if line.startswith("data: {")]
        body = json.loads(line.removeprefix("data: "))
    else:
        body = answer.json()
    return _told(answer.status_code, body, answer.headers.get("retry-after"))


async def as_json(address: str, authorization: str, query: str) -> Told:
    """As an ordinary client of old."""
    return await _over_http(address, authorization, query, JSON)


async def as_response(address: str, authorization: str, query: str) -> Told:
    """As GraphQL over HTTP has it."""
    return await _over_http(address, authorization, query, RESPONSE)


async def as_events(address: str, authorization: str, query: str) -> Told:
    """As server-sent events."""
    return await _over_http(address, authorization, query, EVENTS)


async def over_a_socket(address: str, authorization: str, query: str) -> Told:
    """Over a WebSocket. Its status is the code that it was closed with, or 0 if it stayed open."""
    async with connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], proxy=None) as ws:
        try:
            await say(ws, type="connection_init", payload={"Authorization": authorization})
            assert (await hear(ws))["type"] == "connection_ack"
            await say(ws, type="subscribe", id="1", payload={"query": query})
            message = await hear(ws)
        except ConnectionClosed as error:
            return Told(error.rcvd.code if error.rcvd else 1006, None, None, None)
    is_refused = message["type"] == "error"
    return _told(0, {"errors": message["payload"]} if is_refused else message["payload"], None)


Ask = Callable[[str, str, str], Awaitable[Told]]
PROTOCOLS: dict[str, Ask] = {
    "JSON": as_json,
    "graphql-response+json": as_response,
    "server-sent events": as_events,
    "WebSocket": over_a_socket,
}


def _told(status: int, body: dict[str, Any], retry_after: str | None) -> Told:
    errors = body.get("errors") or [{"extensions": None}]
    return Told(status, retry_after, body.get("data", "none"), errors[0]["extensions"])


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def named(text: str, **more: Any) -> dict[str, Any]:
    """The extensions that name the text by its hash."""
    return {"persistedQuery": {"version": 1, "sha256Hash": sha(text), **more}}


def hashed(text: str, **more: Any) -> dict[str, Any]:
    """The request that names the text alone."""
    return {"extensions": named(text), **more}


def whole(text: str, **more: Any) -> dict[str, Any]:
    """The request that a client sends when its hash is not known."""
    return {"query": text, **hashed(text, **more)}


async def post(user: User, body: dict[str, Any], accept: str = JSON) -> httpx2.Response:
    headers = {"Accept": accept, "Content-Type": JSON} | (
        {"Authorization": f"Bearer {user.token}"} if user.token else {}
    )
    return await user.http.post("/graphql", content=json.dumps(body), headers=headers)


async def get(user: User, body: dict[str, Any]) -> httpx2.Response:
    params = {name: value if name == "query" else json.dumps(value) for name, value in body.items()}
    return await user.http.get("/graphql", params=params, headers={"Authorization": f"Bearer {user.token}"})


async def told(user: User, body: dict[str, Any]) -> Any:
    """The data, or the first error."""
    answer = (await post(user, body)).json()
    return answer["errors"][0] if "errors" in answer else answer["data"]
