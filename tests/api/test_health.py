"""/healthz and /readyz: whether the process lives, and whether all that it needs is up."""

from typing import Any

import httpx2
import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from perennial import database, worker
from perennial.process import Process


async def test_a_living_process_says_so_whatever_else_is_down(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "ping", _down)
    monkeypatch.setattr(worker, "is_alive", _down)
    assert (await http.get("/healthz")).status_code == 200


async def test_without_a_workers_sign_of_life_it_is_not_ready(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": "up", "redis": "up", "worker": "down"})


async def test_with_one_it_is_ready(http: httpx2.AsyncClient, process: Process) -> None:
    await process.redis.set(worker.HEARTBEAT_KEY, "alive")
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "up", "redis": "up", "worker": "up"})


async def test_it_names_the_database_when_that_is_down(
    http: httpx2.AsyncClient, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    await process.redis.set(worker.HEARTBEAT_KEY, "alive")
    monkeypatch.setattr(database, "ping", _down)
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": "down", "redis": "up", "worker": "up"})


async def test_it_names_redis_when_that_is_down_and_the_worker_that_cannot_be_seen(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "is_alive", _down)
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": "up", "redis": "down", "worker": "down"})


async def _down(*_: object) -> Any:
    raise RedisConnectionError("nobody there")
