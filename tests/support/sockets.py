"""graphql-transport-ws as a client speaks it: what is said and heard on a socket."""

import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from support.api import User

PROTOCOL = Subprotocol("graphql-transport-ws")


async def say(ws: ClientConnection, **message: Any) -> None:
    """Sends a message."""
    await ws.send(json.dumps(message))


async def hear(ws: ClientConnection) -> Any:
    """The next message."""
    return json.loads(await ws.recv())


async def let_in(ws: ClientConnection, user: User) -> None:
    """Shows the user's token, and waits for the acknowledgement."""
    await say(ws, type="connection_init", payload={"Authorization": f"Bearer {user.token}"})
    assert (await hear(ws))["type"] == "connection_ack"


async def ask(ws: ClientConnection, query: str, **variables: Any) -> Any:
    """What the query is answered with, up to the end of the operation."""
    await say(ws, type="subscribe", id="1", payload={"query": query, "variables": variables})
    answer = await hear(ws)
    if answer["type"] == "next":
        assert await hear(ws) == {"type": "complete", "id": "1"}
    return answer


async def closed_with(ws: ClientConnection) -> int | None:
    """The code that the other side closes with."""
    with pytest.raises(ConnectionClosed) as caught:
        await ws.recv()
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code
