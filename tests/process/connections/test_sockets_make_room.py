"""WebSockets on which nothing is to be done make room for others: who only opens them shuts nobody out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from support.api import User
from support.connections.bounded import Door, seen, served
from support.publishing import another_process
from support.sockets import PROTOCOL, ask, closed_with, hear, let_in, say
from websockets.asyncio.client import ClientConnection, connect

from perennial.api.app import create_app
from perennial.process import Process
from perennial.process.connections.bounds import Bounds
from perennial.settings import Settings

pytestmark = pytest.mark.one_dialect

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
PLACES = 6
ALICE, MALLORY, CHARLIE = "127.0.0.1", "127.0.0.2", "127.0.0.3"
TRUSTED = Bounds.of(Settings(trusted_proxies=("127.0.0.1/32",))).trusted


class Sockets:
    """Opens WebSockets to the application."""

    def __init__(self, stack: AsyncExitStack, door: Door) -> None:
        self._stack, self.door = stack, door

    async def open(self, address: str = ALICE) -> ClientConnection:
        """A WebSocket that has not said who it is."""
        uri = "ws://{}:{}/graphql".format(*self.door.listener.getsockname())
        opened = connect(uri, subprotocols=[PROTOCOL], proxy=None, local_addr=(address, 0))
        return await self._stack.enter_async_context(opened)

    async def is_healthy(self, address: str = ALICE) -> bool:
        """Whether somebody else is answered."""
        client = await self.door.client(address)
        await client.say(HEALTH)
        return b" 200 OK" in await client.hear()


@pytest.fixture
async def sockets(process: Process) -> AsyncIterator[Sockets]:
    app = create_app(process)
    async with (
        served(app, connections=PLACES, per_address=PLACES, trusted=TRUSTED) as door,
        AsyncExitStack() as stack,
    ):
        yield Sockets(stack, door)


async def test_those_that_do_not_say_who_they_are(sockets: Sockets) -> None:
    for _ in range(PLACES):
        await sockets.open()
    for _ in range(2 * PLACES):
        assert await sockets.is_healthy()


async def test_those_on_which_nothing_is_asked_or_all_is_answered(sockets: Sockets, alice: User) -> None:
    for number in range(PLACES):
        await let_in(ws := await sockets.open(), alice)
        if number % 2:
            assert (await ask(ws, "{ __typename }"))["type"] == "next"
    for _ in range(2 * PLACES):
        assert await sockets.is_healthy()


async def test_those_of_two_addresses_shut_no_third_one_out(process: Process) -> None:
    app = create_app(process)
    async with served(app, connections=PLACES, per_address=PLACES // 2) as door, AsyncExitStack() as stack:
        sockets = Sockets(stack, door)
        for address in (MALLORY, CHARLIE):
            for _ in range(PLACES // 2):
                await sockets.open(address)
        assert await sockets.is_healthy(ALICE)


async def test_one_with_an_operation_is_kept_until_that_ends(sockets: Sockets, alice: User) -> None:
    await let_in(ws := await sockets.open(), alice)
    await say(ws, type="subscribe", id="1", payload={"query": "subscription { queueExecuted { id } }"})
    await say(ws, type="ping")
    assert (await hear(ws))["type"] == "pong"
    for _ in range(2 * PLACES):
        assert await sockets.is_healthy()
    await say(ws, type="ping")
    assert (await hear(ws))["type"] == "pong"
    await say(ws, type="complete", id="1")
    await say(ws, type="ping")
    assert (await hear(ws))["type"] == "pong"
    for _ in range(2 * PLACES):
        assert await sockets.is_healthy()
    async with asyncio.timeout(30):
        await ws.wait_closed()


async def test_one_that_is_gone_is_forgotten(sockets: Sockets, alice: User) -> None:
    for _ in range(PLACES):
        await let_in(ws := await sockets.open(), alice)
        await say(ws, type="subscribe", id="1", payload={"query": "subscription { queueExecuted { id } }"})
        ws.transport.abort()
    await seen(lambda: not sockets.door.listener.register.is_full)
    for _ in range(2 * PLACES):
        assert await sockets.is_healthy()


async def test_one_owner_has_so_many_and_another_is_let_in(process: Process, alice: User, bob: User) -> None:
    async with (
        another_process(process, sockets_max=2) as ours,
        served(create_app(ours), connections=100, per_address=100) as door,
        AsyncExitStack() as stack,
    ):
        sockets = Sockets(stack, door)
        first, second, third = [await sockets.open() for _ in range(3)]
        await let_in(first, alice)
        await let_in(second, alice)
        await say(third, type="connection_init", payload={"Authorization": f"Bearer {alice.token}"})
        assert await closed_with(third) == 1013
        await let_in(await sockets.open(), bob)
        await first.close()
        await ask(second, "{ __typename }")
        await let_in(await sockets.open(), alice)
