"""What is missing is said in the log from the start on, in the words of its cause; ready means that nothing is."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr
from redis.asyncio import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import NoPermissionError
from support.publishing import eventually
from support.stores.own_redis import OwnRedis

from perennial.api.health import watching
from perennial.api.health._readiness import readiness
from perennial.api.health.watching import until_ready
from perennial.db import connection
from perennial.db.starting.refusals import place
from perennial.jobs.redis_connection import connect_redis
from perennial.process import Process

pytestmark = pytest.mark.one_dialect

Lines = list[Any]


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    """A Redis that has run once, so that its address is known."""
    redis = OwnRedis(tmp_path / "redis")
    redis.start()
    yield redis
    redis.stop()


@pytest.fixture
def log() -> Iterator[Lines]:
    with structlog.testing.capture_logs() as lines:
        yield lines


@asynccontextmanager
async def on(process: Process, redis: OwnRedis) -> AsyncIterator[Process]:
    """The same process with this Redis."""
    client = connect_redis(process.settings.model_copy(update={"redis_url": SecretStr(redis.url)}))
    yield replace(process, redis=client)
    await client.aclose(close_connection_pool=True)


@asynccontextmanager
async def being_waited_for(process: Process, **options: Any) -> AsyncIterator["asyncio.Task[bool]"]:
    """Somebody waits until the process is ready."""
    waiting = asyncio.create_task(until_ready(process, **options))
    try:
        yield waiting
    finally:
        waiting.cancel()


def said(log: Lines, event: str, part: str) -> list[str]:
    """The reasons, or None where the event has none."""
    return [line.get("reason") for line in log if line["event"] == event and line["part"] == part]


def is_said(log: Lines, words: str, part: str = "redis") -> Callable[[], Any]:
    async def look() -> bool:
        return any(words in reason for reason in said(log, "part.missing", part))

    return look


async def test_where_nothing_is_missing_it_says_nothing(process: Process, log: Lines) -> None:
    assert await until_ready(process)
    assert log == []


async def test_a_redis_that_is_away_is_missed_until_it_is_there(
    process: Process, own_redis: OwnRedis, log: Lines
) -> None:
    own_redis.stop()
    async with on(process, own_redis) as alone, being_waited_for(alone, of_own_worker=True) as waiting:
        await eventually(is_said(log, "there is no such socket"))
        assert not waiting.done()
        own_redis.start()
        alone.heartbeat.record_poll()
        assert await waiting
    assert said(log, "part.missing", "worker") == []  # of which that is the reason
    assert len(said(log, "part.missing", "redis")) == 1
    assert len(said(log, "part.found", "redis")) == 1


async def test_a_wrong_password_is_called_that_and_what_changes_is_said_again(
    process: Process, own_redis: OwnRedis, log: Lines
) -> None:
    async with Redis.from_url(own_redis.url) as operator:
        await operator.config_set("requirepass", "hunter2")
        async with on(process, own_redis) as alone, being_waited_for(alone) as waiting:
            await eventually(is_said(log, "it wants a password"))
            await operator.config_set("requirepass", "")
            await operator.config_set("min-replicas-to-write", "1")  # as it is asked of one whose replicas are gone
            await eventually(is_said(log, "it takes no writes"))
            await operator.config_set("min-replicas-to-write", "0")
            assert await waiting
    assert "hunter2" not in str(log)


async def test_what_stays_missing_is_said_again(
    process: Process, own_redis: OwnRedis, log: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "REPEATS", ExponentialBackoff(cap=0, base=0))
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.01)
    own_redis.stop()
    async with on(process, own_redis) as alone, being_waited_for(alone):
        await eventually(lambda: _has(log, 3))


def test_it_is_said_again_ever_more_seldom_a_minute_apart_in_the_end_and_for_ever() -> None:
    assert [watching.REPEATS.compute(times) for times in range(6)] == [5, 10, 20, 40, 60, 60]
    assert watching.REPEATS.compute(100_000) == 60


async def test_seconds_that_are_counted_are_nothing_new(
    process: Process, log: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.01)
    looks = 0

    async def look(*_: Any, **__: Any) -> dict[str, str]:
        nonlocal looks
        looks += 1
        return {"worker": f"it has not looked at the alarms for {looks} s"} if looks < 50 else {}

    monkeypatch.setattr(watching, "readiness", look)
    monkeypatch.setattr(watching, "WORKER_STARTS_SECONDS", 0.0)
    assert await until_ready(process, of_own_worker=True)
    assert said(log, "part.missing", "worker") == ["it has not looked at the alarms for 1 s"]


async def test_what_ends_the_worker_is_why_it_is_missed_until_one_works(process: Process) -> None:
    process.heartbeat.record_poll()
    process.heartbeat.record_end(NoPermissionError("User alice has no permissions to run 'zrangebyscore'"))
    for anybody, words in (
        (False, "(User alice has no permissions"),
        (True, "its user may not do what is needed; docs/"),
    ):
        found = await readiness(process, of_own_worker=True, told_to_anybody=anybody)
        assert words in (found["worker"] or "")
    process.heartbeat.record_poll()
    assert (await readiness(process, of_own_worker=True))["worker"] is None


@pytest.fixture
def database_comes_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is missing at each look but the fourth and later ones."""
    looks = iter(["it does not answer yet"] * 3)

    async def look(*_: Any, **__: Any) -> dict[str, str | None]:
        return {"database": next(looks, None)}

    monkeypatch.setattr(watching, "readiness", look)
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.01)


@pytest.mark.usefixtures("database_comes_late")
async def test_stores_that_start_with_their_process_are_not_missed_while_they_do(process: Process, log: Lines) -> None:
    assert await until_ready(process, of_own_stores=True)
    assert log == []


@pytest.mark.usefixtures("database_comes_late")
async def test_stores_of_its_own_that_never_start_are_missed_in_the_end(
    process: Process, log: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "STORES_START_SECONDS", 0.0)
    assert await until_ready(process, of_own_stores=True)
    assert [line["event"] for line in log] == ["part.missing", "part.found"]


async def _has(log: Lines, number: int) -> bool:
    return len(said(log, "part.missing", "redis")) >= number


async def test_a_database_that_does_not_answer_is_missed_and_a_stop_ends_the_wait(
    process: Process, log: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> None:
        raise OSError(113, "its own words")

    monkeypatch.setattr(connection, "ping_for_writing", away)
    async with being_waited_for(process) as waiting:
        await eventually(is_said(log, "it cannot be opened ([Errno 113] its own words)", "database"))
        process.stopping.set()
        assert not await waiting
    assert said(log, "part.missing", "database")[0].startswith(place(process.settings))


async def test_a_worker_is_not_ready_before_it_has_looked_for_alarms_and_is_not_missed_at_once(
    process: Process, log: Lines
) -> None:
    async with being_waited_for(process, of_own_worker=True) as waiting:
        assert not (await asyncio.wait({waiting}, timeout=0.1))[0]
        process.heartbeat.record_poll()
        assert await waiting
    assert log == []


async def test_a_worker_that_never_looks_for_alarms_is_missed_in_the_end(
    process: Process, log: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "WORKER_STARTS_SECONDS", 0.0)
    async with being_waited_for(process, of_own_worker=True):
        await eventually(is_said(log, "it has not looked at the alarms yet", "worker"))
