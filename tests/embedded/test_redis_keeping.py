"""The embedded mode's Redis is started again when it dies, with all that it held; ever more rarely while that fails."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import structlog
from support.processes import is_running, until

from perennial.embedded import _redis_child, _redis_keeping
from perennial.embedded._redis_keeping import PAUSE_MAX_SECONDS, STEADY_SECONDS, kept_redis, pause_before
from perennial.embedded._redis_server import find_server

Lines = list[Any]


@pytest.fixture
def log() -> Iterator[Lines]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def process_id(url: str) -> int | None:
    """Which process serves there; none while there is none, or it still reads what it kept."""
    try:
        with redis.Redis.from_url(url) as client:
            found = client.info()
        return None if found["loading"] else int(found["process_id"])
    except redis.ConnectionError:
        return None


@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGTERM])
def test_one_that_was_killed_is_back_with_all_that_it_held(tmp_path: Path, log: Lines, sig: signal.Signals) -> None:
    with kept_redis(tmp_path) as url, redis.Redis.from_url(url, decode_responses=True) as client:
        client.set("alarm", "09:00")
        for _ in range(2):
            first = process_id(url)
            assert first is not None
            os.kill(first, sig)
            until(lambda first=first: process_id(url) not in (None, first), "another one answers")
            assert client.get("alarm") == "09:00"
        last = process_id(url)
    assert last is not None
    assert not is_running(last)
    assert [line["event"] for line in log] == ["redis.died"] * 2


def test_its_death_is_a_line_that_says_what_killed_it_and_where_its_own_log_is(tmp_path: Path, log: Lines) -> None:
    with kept_redis(tmp_path) as url:
        os.kill(process_id(url) or 0, signal.SIGKILL)
        until(lambda: log, "its death is logged")
    (line,) = log
    assert (line["event"], line["log_level"], line["code"]) == ("redis.died", "warning", -signal.SIGKILL)
    assert Path(line["log"]) == tmp_path / "redis.log"


@pytest.mark.parametrize("on_linux", [True, False])
def test_one_that_cannot_be_started_again_is_tried_ever_more_rarely(
    tmp_path: Path, log: Lines, monkeypatch: pytest.MonkeyPatch, on_linux: bool
) -> None:
    """Its program is gone, as it is while a package is replaced. Once it is back, so is Redis."""
    program = Path(shutil.copy(find_server(), tmp_path / "valkey-server"))
    monkeypatch.setattr(_redis_child, "find_server", lambda: str(program))
    monkeypatch.setattr(_redis_child, "_ON_LINUX", on_linux)
    with kept_redis(tmp_path) as url:
        hidden = program.rename(tmp_path / "replaced")
        os.kill(process_id(url) or 0, signal.SIGKILL)
        until(lambda: len(log) >= 4, "it was tried again and again")
        hidden.rename(program)
        until(lambda: process_id(url), "it is back")
    pauses = [line["restart_seconds"] for line in log]
    assert pauses[:4] == [_redis_keeping.PAUSE_MIN_SECONDS * 2**number for number in range(4)]


def test_the_pause_grows_to_its_limit_and_shrinks_after_a_steady_life() -> None:
    assert pause_before(PAUSE_MAX_SECONDS, 0.0) == PAUSE_MAX_SECONDS
    assert pause_before(20.0, 0.0) == PAUSE_MAX_SECONDS
    assert pause_before(PAUSE_MAX_SECONDS, STEADY_SECONDS) == _redis_keeping.PAUSE_MIN_SECONDS


def test_a_stop_does_not_wait_for_the_next_try(tmp_path: Path, log: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_redis_keeping, "PAUSE_MIN_SECONDS", 3600.0)
    with kept_redis(tmp_path) as url:
        os.kill(process_id(url) or 0, signal.SIGKILL)
        until(lambda: log, "it waits before it starts it again")
    assert not (tmp_path / "redis.sock").exists() or process_id(url) is None
