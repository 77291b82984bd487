"""/metrics is open on loopback; elsewhere it wants a token, and without one configured it is closed."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from support.http import client_in

from perennial.api.app import create_app
from perennial.process import Process
from perennial.process.connections.bounds import Bounds
from perennial.process.listening import listen
from perennial.settings import Settings
from perennial.settings.validators import is_loopback

pytestmark = pytest.mark.one_dialect

TOKEN = "only-for-prometheus-0123456789"
HOME, ABROAD = "127.0.0.1", "192.0.2.7"

Calling = Callable[..., AbstractAsyncContextManager[httpx2.AsyncClient]]


@pytest.fixture
def calling(process: Process) -> Calling:
    """A client from an address, that calls the server by a host's name."""

    @asynccontextmanager
    async def call(address: str, host: str = "127.0.0.1:8000", token: str | None = None) -> AsyncIterator[Any]:
        settings = process.settings.model_copy(update={"metrics_token": SecretStr(token) if token else None})
        app = create_app(replace(process, settings=settings))
        async with client_in(app, host, address) as client:
            yield client

    return call


@pytest.mark.parametrize(
    ("address", "host"),
    [
        (HOME, "127.0.0.1:8000"),
        ("127.8.8.8", "localhost"),
        ("::1", "[::1]:8000"),
        ("::ffff:127.0.0.1", "127.0.0.1:8000"),
        ("::ffff:7f00:1", "[::ffff:127.0.0.1]:8000"),
        ("::1%lo", "localhost.:8000"),
    ],
)
async def test_on_loopback_it_is_open(calling: Calling, address: str, host: str) -> None:
    async with calling(address, host) as http:
        answer = await http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "perennial_executions_total" in answer.text


async def test_elsewhere_it_is_closed_and_says_how_to_open_it(calling: Calling) -> None:
    async with calling(ABROAD) as http:
        answer = await http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 403
    assert "PERENNIAL_METRICS_TOKEN" in answer.text
    assert "perennial_" not in answer.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-For", ""),
        ("Forwarded", "for=127.0.0.1"),
        ("X-Real-IP", "127.0.0.1"),
        ("Via", "1.1 proxy"),
        ("X-Forwarded-Proto", "https"),
    ],
)
async def test_whoever_comes_through_a_proxy_on_this_machine_is_not_on_loopback(
    calling: Calling, name: str, value: str
) -> None:
    async with calling(HOME) as http:
        assert (await http.get("/metrics", headers={name: value})).status_code == 403


@pytest.mark.parametrize("host", ["perennial.example", "rebound.example:8000", "127.0.0.1.example", "[", ""])
async def test_a_page_whose_name_was_rebound_to_this_machine_is_not_on_loopback(calling: Calling, host: str) -> None:
    async with calling(HOME) as http:
        assert (await http.get("/metrics", headers={"Host": host})).status_code == 403


async def test_with_the_token_it_is_open_everywhere(calling: Calling) -> None:
    async with calling(ABROAD, "perennial.example", TOKEN) as http:
        answer = await http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "given", [None, "", TOKEN, f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer ", "Bearer é"]
)
async def test_without_the_right_token_it_is_closed(calling: Calling, given: str | None) -> None:
    headers = {} if given is None else {"Authorization": given.encode()}
    async with calling(ABROAD, token=TOKEN) as http:
        answer = await http.get("/metrics", headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert TOKEN not in answer.text


async def test_an_address_of_another_machine_is_that_however_it_is_written(calling: Calling) -> None:
    async with calling("::ffff:192.0.2.7") as http:
        assert (await http.get("/metrics")).status_code == 403


async def test_a_server_for_both_kinds_of_address_is_open_to_this_machine_by_either() -> None:
    """What a socket says of its callers, on real sockets: an IPv4 address comes as an IPv6 one."""
    with listen("::", 0, "PERENNIAL_PORT", Bounds.of(Settings())) as listener:
        port = listener.getsockname()[1]
        for host in ("127.0.0.1", "::1"):
            with socket.create_connection((host, port)), listener.accept()[0] as accepted:
                assert is_loopback(accepted.getpeername()[0])


async def test_where_a_token_is_set_loopback_stays_open(calling: Calling) -> None:
    async with calling(HOME, token=TOKEN) as http:
        assert (await http.get("/metrics")).status_code == 200


async def test_an_owners_bearer_token_does_not_open_it(calling: Calling, alice: Any) -> None:
    async with calling(ABROAD, token=TOKEN) as http:
        answer = await http.get("/metrics", headers={"Authorization": f"Bearer {alice.token}"})
    assert answer.status_code == 401
