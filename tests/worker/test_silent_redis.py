"""A Redis that is silent keeps no worker from what is asked of it: arq's is built again, and /healthz stays true."""

import signal
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from support.api import User
from support.publishing import arrived, due_post, fail, on
from support.stores.certificates import write_certificate
from support.stores.redis_servers import RedisServer, client_of, redis_server
from support.story import eventually
from support.workers import working

from perennial.jobs import heartbeat
from perennial.jobs.worker_functions import WorkerFunction
from perennial.outbound.http_session import HttpSession
from perennial.process import Process, assemble
from perennial.worker import running

pytestmark = pytest.mark.one_dialect


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path / "redis") as server:
        yield server
        server.process.send_signal(signal.SIGCONT)


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The workers of arq's that are built; each has half a second for a poll."""
    monkeypatch.setattr(running, "POLL_SECONDS_MAX", 0.5)
    built: list[Any] = []
    build = running._worker
    monkeypatch.setattr(running, "_worker", lambda *given: built.append(build(*given)) or built[-1])
    return built


@pytest.fixture
async def own(process: Process, server: RedisServer) -> AsyncIterator[Process]:
    """The open parts on a Redis of their own."""
    settings = at(process, server.url()).settings
    async with client_of(server.url()) as redis, HttpSession() as session:
        yield assemble(settings, session, redis)


def at(process: Process, url: str) -> Process:
    settings = process.settings.model_copy(update={"redis_url": SecretStr(url)})
    return replace(process, settings=settings)


async def test_a_worker_whose_redis_falls_silent_is_built_again_and_goes_on_when_it_speaks(own, server, builds):
    async with working(own):
        await eventually(lambda: heartbeat.is_alive(own.redis), "the worker is up")
        server.process.send_signal(signal.SIGSTOP)
        await eventually(lambda: is_built(builds, 3), "it is built again")
        server.process.send_signal(signal.SIGCONT)
        server.say("FLUSHALL")
        await eventually(lambda: heartbeat.is_alive(own.redis), "the worker is up again")


async def test_a_post_that_is_going_out_when_redis_falls_silent_is_recorded_meanwhile_and_is_in_no_doubt(
    own, server, builds, alice, clock, sandbox, monkeypatch
):
    """Whatever its job asks of Redis has an end, and building arq's worker again breaks off no request."""
    monkeypatch.setattr(running, "STOP_SECONDS", 0.0)
    await alice.connect("X")
    await fail(sandbox, delay_seconds=3, times=1)
    post = await due_post(alice, clock, x="Hello")
    async with working(own):
        await own.alarms.enqueue(WorkerFunction.PUBLISH)
        await eventually(lambda: arrived(sandbox), "the request is out")
        server.process.send_signal(signal.SIGSTOP)
        await eventually(lambda: is_published(alice, post), "the post is published")
        await eventually(lambda: is_built(builds, 2), "the worker is built again")
        assert all(task.done() for task in builds[0].tasks.values())


async def is_published(user: User, post: Any) -> bool:
    return (await on(user, post))["status"] == "PUBLISHED"


async def test_a_worker_that_is_built_again_needs_no_file_of_its_redis_any_more(process, builds, tmp_path):
    """A secret that is being replaced may be away for a moment."""
    write_certificate(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"rediss://127.0.0.1:{silent.getsockname()[1]}/0?ssl_ca_certs={tmp_path}/ca.pem"
        async with working(at(process, url)):
            await eventually(lambda: is_built(builds, 1), "it is built")
            (tmp_path / "ca.pem").unlink()
            await eventually(lambda: is_built(builds, 3), "it is built again")


async def is_built(builds: list[Any], times: int) -> bool:
    return len(builds) >= times
