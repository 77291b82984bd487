"""The worker's own port: what it says of itself, while it works, while it hangs, and while it stops."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from support.http import client_of
from support.metrics import LOOPBACK, read
from support.publishing import due_post, eventually
from support.workers import working

from perennial.api.health import _readiness, routes
from perennial.jobs import heartbeat
from perennial.jobs.heartbeat import Heartbeat
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.process.connections.bounds import Bounds
from perennial.process.listening import listen
from perennial.worker import running
from perennial.worker.health_port import serve_health_port

pytestmark = pytest.mark.one_dialect

LINK = re.compile(r'<a href="([^"]+)"')


@pytest.fixture
async def own(process: Process) -> Process:
    """A process whose worker can be told to stop by itself."""
    return replace(process, stopping=asyncio.Event(), heartbeat=Heartbeat())


@asynccontextmanager
async def asking(process: Process) -> AsyncIterator[httpx2.AsyncClient]:
    """Its port on a real socket, and somebody who asks there."""
    listener = listen("127.0.0.1", 0, "PERENNIAL_WORKER_PORT", Bounds.of(process.settings))
    port = listener.getsockname()[1]
    async with (
        serve_health_port(process, listener),
        client_of(f"http://127.0.0.1:{port}") as http,
    ):
        yield http


async def words(http: httpx2.AsyncClient) -> str:
    """What /readyz says of the worker; nothing where it is up."""
    answer = (await http.get("/readyz")).json()
    assert answer["database"] == answer["redis"] == "up"
    return " ".join(answer["missing"])


async def test_it_is_ready_once_it_looks_at_the_alarms_and_no_longer_when_it_stops(own: Process) -> None:
    async with asking(own) as http:
        assert "starting" in await words(http)
        async with working(own):
            await eventually(lambda: _is_ready(http))
        assert "stopping" in await words(http)
        assert (await http.get("/readyz")).status_code == 503


async def test_a_sign_of_life_of_some_other_worker_is_none_of_its_own(own: Process) -> None:
    await own.redis.set(own.redis.name(heartbeat.HEARTBEAT), "alive")
    async with asking(own) as http:
        assert (await http.get("/readyz")).json()["worker"] == "down"
        page = read((await http.get("/metrics", headers=LOOPBACK)).text)
    assert page.value("up", part="worker") == 0


async def test_a_loop_that_stands_still_is_first_not_ready_and_then_not_alive(
    own: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_self: Any) -> None:
        await asyncio.Event().wait()

    async with asking(own) as http, working(own):
        await eventually(lambda: _is_ready(http))
        monkeypatch.setattr(running.Worker, "heart_beat", hang)
        monkeypatch.setattr(_readiness, "POLL_SECONDS_MAX", 0.2)
        await eventually(lambda: _says(http, "has not looked at the alarms for"))
        assert (await http.get("/healthz")).status_code == 200
        monkeypatch.setattr(routes, "HEARTBEAT_SECONDS_MAX", 0.2)
        answer = await http.get("/healthz")
        assert answer.status_code == 503
        assert "stood still" in answer.text


async def test_it_counts_what_this_worker_did(alice: Any, clock: Any, own: Process) -> None:
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    async with asking(own) as http:
        before = await _published(http)
        async with working(own):
            await own.alarms.enqueue(WorkerFunction.PUBLISH)
            await eventually(lambda: _is_published(http, before + 1))


async def test_it_leaves_the_signals_to_the_worker(own: Process) -> None:
    """Else it would close at the first one, while the worker still finishes what is on the wire."""
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    async with asking(own) as http:
        assert (await http.get("/healthz")).status_code == 200
        assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before


async def test_where_there_is_nothing_a_browser_gets_a_page_and_others_json(own: Process) -> None:
    async with asking(own) as http:
        page = await http.get("/nothing", headers={"Accept": "text/html"})
        answer = await http.get("/nothing")
        first = await http.get(LINK.findall(page.text)[0])
        assert [(await http.get(link, headers=LOOPBACK)).status_code for link in LINK.findall(first.text)] == [
            503,
            200,
            200,
        ]
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (404, "text/html")
    assert (answer.status_code, answer.json()) == (404, {"error": "There is nothing at this address."})


async def test_where_there_is_no_listener_there_is_no_port(own: Process) -> None:
    async with serve_health_port(own, None):
        assert not [task for task in asyncio.all_tasks() if "serve" in repr(task.get_coro())]


async def _is_ready(http: httpx2.AsyncClient) -> bool:
    return (await http.get("/readyz")).status_code == 200


async def _says(http: httpx2.AsyncClient, what: str) -> bool:
    return what in await words(http)


async def _published(http: httpx2.AsyncClient) -> float:
    page = read((await http.get("/metrics")).text)
    return page.value("publications_total", platform="x", status="published") or 0


async def _is_published(http: httpx2.AsyncClient, number: float) -> bool:
    return await _published(http) == number
