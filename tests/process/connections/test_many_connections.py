"""Connections have a bound in all and for an address; those that say nothing make room for those that do."""

import asyncio
import errno
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from support.connections.bounded import GET, Client, Door, seen, served

from perennial.process.connections.bounds import Bounds, client_of
from perennial.process.listening import listen
from perennial.settings import Settings

BODY = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345"
ALICE, MALLORY = "127.0.0.2", "127.0.0.3"


class Busy:
    """Answers once it may."""

    def __init__(self, ok: ASGIApp) -> None:
        self.ok, self.may_answer = ok, asyncio.Event()
        self.working = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.working += 1
        await self.may_answer.wait()
        await self.ok(scope, receive, send)


@pytest.fixture
def busy(ok: ASGIApp) -> Busy:
    return Busy(ok)


async def occupied(door: Door, app: Busy, number: int, address: str = ALICE) -> list[Client]:
    """Connections whose requests are being worked on."""
    clients = [await (await door.client(address)).say(GET) for _ in range(number)]
    await seen(lambda: app.working >= number)
    return clients


async def test_connections_that_say_nothing_make_room_for_whoever_asks(ok: ASGIApp, dropped) -> None:
    async with served(ok, connections=10, per_address=100) as door:
        silent = [await door.client(MALLORY) for _ in range(50)]
        for _ in range(20):
            assert await door.answers(ALICE)
        assert await silent[0].hear_to_the_end() == b""
        assert dropped("connections") >= 60 - 10


@pytest.mark.parametrize("begun", [GET[:20], BODY], ids=["a head", "a body"])
async def test_so_do_those_that_do_not_go_on(ok: ASGIApp, begun: bytes) -> None:
    async with served(ok, connections=10, per_address=100) as door:
        for _ in range(50):
            with suppress(ConnectionError):
                await (await door.client(MALLORY)).say(begun)
        for _ in range(20):
            assert await door.answers(ALICE)


async def test_whoever_has_been_answered_is_kept_for_longer_than_who_has_said_nothing(ok: ASGIApp) -> None:
    async with served(ok, connections=10, per_address=100) as door:
        known = await door.client(ALICE)
        await known.ask()
        for _ in range(50):
            await door.client(MALLORY)
        assert b"200 OK" in await known.ask()


@pytest.mark.parametrize("bounds", [{"connections": 10, "per_address": 100}, {"connections": 100, "per_address": 10}])
async def test_so_they_are_when_others_come_all_at_once(ok: ASGIApp, bounds: dict[str, int]) -> None:
    async with served(ok, **bounds) as door:
        known = await door.client(ALICE)
        await known.ask()
        for _ in range(50):
            door.client_now(ALICE)
        assert b"200 OK" in await known.ask()


async def test_who_has_just_asked_does_not_make_room(ok: ASGIApp) -> None:
    """Even if they were silent for longer than all others until then."""
    async with served(ok, connections=2, per_address=100) as door:
        known, silent = await door.client(ALICE), await door.client(ALICE)
        await known.ask()
        await silent.ask()
        other = door.client_now(MALLORY)  # of whom the server hears first
        known.socket.send(GET)
        assert (await known.hear_until(b"ok")).startswith(b"HTTP/1.1 200")
        assert await silent.hear_to_the_end() == b""
        assert b"200 OK" in await other.ask()


async def test_where_all_are_busy_the_next_one_is_refused_at_once_and_those_are_served(busy: Busy, dropped) -> None:
    async with served(busy, connections=5, per_address=100) as door:
        clients = await occupied(door, busy, 5)
        heard = await (await door.client(MALLORY)).hear_to_the_end()
        assert heard.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: " in heard
        assert dropped("connections") == 1
        busy.may_answer.set()
        for client in clients:
            assert (await client.hear_until(b"ok")).startswith(b"HTTP/1.1 200 ")
        assert await door.answers(MALLORY)


async def test_an_address_has_its_own_bound_and_costs_no_other(busy: Busy, dropped) -> None:
    async with served(busy, connections=100, per_address=5) as door:
        await occupied(door, busy, 5, MALLORY)
        assert (await (await door.client(MALLORY)).hear_to_the_end()).startswith(b"HTTP/1.1 503 ")
        assert dropped("address") == 1
        busy.may_answer.set()
        assert await door.answers(ALICE)


async def test_within_its_bound_an_address_makes_room_for_itself_alone(ok: ASGIApp, dropped) -> None:
    async with served(ok, connections=100, per_address=5) as door:
        waiting = await door.client(ALICE)
        for _ in range(20):
            await door.client(MALLORY)
        assert await door.answers(MALLORY)
        assert b"200 OK" in await waiting.ask()
        assert dropped("address") == 16
        assert dropped("connections") == 0


async def test_a_trusted_proxy_has_no_bound_of_its_own(busy: Busy) -> None:
    trusted = Bounds.of(Settings(trusted_proxies=("127.0.0.2/31",))).trusted
    async with served(busy, connections=100, per_address=5, trusted=trusted) as door:
        clients = await occupied(door, busy, 20, ALICE)
        busy.may_answer.set()
        for client in clients:
            assert (await client.hear_until(b"ok")).startswith(b"HTTP/1.1 200 ")


async def test_a_connection_that_ends_counts_no_longer(ok: ASGIApp, dropped) -> None:
    async with served(ok, connections=100, per_address=5) as door:
        for _ in range(20):
            client = await door.client(MALLORY)
            await client.ask(GET[:-2] + b"Connection: close\r\n\r\n")
            assert await client.hear_to_the_end() == b""
        assert dropped("address") == 0
        assert not door.listener.register.is_full_for(MALLORY)


@contextmanager
def few_files(number: int) -> Iterator[None]:
    """Lets this process open so many descriptors and no more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as probe:
        resource.setrlimit(resource.RLIMIT_NOFILE, (probe.fileno() + number, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_where_there_is_no_descriptor_left_it_is_said_once_and_not_as_often_as_accepted() -> None:
    bounds = Bounds.of(Settings())
    with (
        listen("127.0.0.1", 0, "PERENNIAL_PORT", bounds) as listener,
        socket.create_connection(listener.getsockname()),
        few_files(0),
    ):
        with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
            listener.accept()
        for _ in range(100):
            with pytest.raises(BlockingIOError):
                listener.accept()


def test_the_bound_follows_from_the_limit_on_open_files() -> None:
    settings = Settings()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    found = {}
    try:
        for files in (200, 1_024, 100_000):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(files, hard), hard))
            found[files] = Bounds.of(settings).connections
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found[200] == 100
    assert found[1_024] == 1_024 - 64 - 10 - 2 * 100
    assert found[100_000] == min(10_000, hard - 274)
    assert replace(Bounds.of(settings), connections=1).per_address == Bounds.of(settings).connections // 2


def test_a_client_is_an_address_or_a_network_of_ipv6() -> None:
    assert client_of("192.0.2.1") == client_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert client_of("2001:db8::1") == client_of("2001:db8::ffff:2") != client_of("2001:db8:0:1::1")
    assert client_of("fe80::1%lo") == client_of("fe80::2")
