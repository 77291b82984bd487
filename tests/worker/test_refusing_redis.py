"""A worker whose Redis refuses it says so in one line, now and then, and goes on by itself once that is mended."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.environment import PRODUCTION
from support.processes import running, stop, until
from support.stores.catalogs import Postgres
from support.stores.redis_servers import NO_SENTINEL, RedisServer, debians_program, redis_sentinel, redis_server

TRIES = 4  # of a worker that is refused, with a second between them
MAY_ALL = ("ACL", "SETUSER", "gardener", "on", ">hunter2", "~*", "&*", "+@all")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path / "redis") as server:
        server.say(*MAY_ALL)
        yield server


class Worker:
    """A worker's process: how it is run, and what it has said."""

    def __init__(self, log: Path, database_url: str, redis_url: str) -> None:
        self.log = log
        self.environment = PRODUCTION | {"DATABASE_URL": database_url, "REDIS_URL": redis_url}

    def said(self, event: str, words: str = "") -> list[dict[str, Any]]:
        """The lines of its log that have this event, and these words in their reason."""
        return [one for one in self.lines() if one["event"] == event and words in str(one.get("reason", ""))]

    def lines(self) -> list[dict[str, Any]]:
        """All lines, but for those about the database, which a slow machine opens late."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [one for one in lines if one.get("part") != "database"]

    def troubles(self) -> list[str]:
        """The events of all lines that are warnings or worse."""
        return [one["event"] for one in self.lines() if one["level"] in ("warning", "error", "critical")]


@pytest.fixture
def worker(migrated_postgres: Postgres, redis: RedisServer, tmp_path: Path) -> Worker:
    return Worker(tmp_path / "log", migrated_postgres.url, redis.url("gardener:hunter2@"))


def refused(redis: RedisServer, command: str) -> int:
    """How often this command was refused."""
    stats = redis.say("INFO", "commandstats").get(f"cmdstat_{command}", {})
    return int(stats.get("rejected_calls", 0))


@pytest.mark.parametrize("command", ["zrangebyscore", "psetex"])
async def test_a_user_with_too_few_rights_is_told_seldom_and_the_worker_works_once_it_has_them(
    worker: Worker, redis: RedisServer, command: str
) -> None:
    """Whether /readyz tries that command (the second) or not; at the start, and of a worker that has been ready."""
    take(redis, command)
    with running("worker.py", log=worker.log, **worker.environment) as process:
        until(worker.troubles, "it says what is missing")
        assert_told_seldom(worker, redis, command, before=0)
        give(redis, command)
        until(lambda: worker.said("worker.ready"), "it works")
        before = len(worker.troubles())
        take(redis, command)
        until(lambda: len(worker.troubles()) > before, "it says what is missing")
        assert_told_seldom(worker, redis, command, before)
        give(redis, command)
        until(lambda: len(worker.said("part.found")) >= 2, "it works again")
        tries = refused(redis, command)
        take(redis, command)
        until(lambda: refused(redis, command) > tries, "it is refused again")
        assert stop(process, signal.SIGTERM) == 0
    assert len(worker.said("worker.stopped")) == 1


def take(redis: RedisServer, command: str) -> None:
    redis.say("ACL", "SETUSER", "gardener", f"-{command}")


def give(redis: RedisServer, command: str) -> None:
    redis.say("ACL", "SETUSER", "gardener", f"+{command}")


def assert_told_seldom(worker: Worker, redis: RedisServer, command: str, before: int) -> None:
    """By a line, and at most one more, in the time of some tries; with the command in it. Nothing else is told."""
    tries = refused(redis, command)
    until(lambda: refused(redis, command) >= tries + TRIES, "it tries again")
    line = worker.said("part.missing")[before]
    assert "its user may not do what is needed" in line["reason"]
    assert f"'{command}'" in line["reason"]
    assert set(worker.troubles()) == {"part.missing"}
    assert len(worker.troubles()) - before <= 2


async def test_a_database_that_is_not_there_is_told_once_and_a_stop_ends_the_wait(
    migrated_postgres: Postgres, redis: RedisServer, tmp_path: Path
) -> None:
    worker = Worker(tmp_path / "log", migrated_postgres.url, f"redis://gardener:hunter2@127.0.0.1:{redis.port}/99")
    with running("worker.py", log=worker.log, **worker.environment) as process:
        until(lambda: refused_or_failed(redis, "select") >= TRIES, "it tries again")
        (line,) = worker.said("part.missing")[:1]
        assert "database 99: it has no database of this number" in line["reason"]
        assert set(worker.troubles()) == {"part.missing"}
        assert len(worker.troubles()) <= 2
        assert stop(process, signal.SIGTERM) == 0


def refused_or_failed(redis: RedisServer, command: str) -> int:
    return int(redis.say("INFO", "commandstats").get(f"cmdstat_{command}", {}).get("failed_calls", 0))


async def test_a_master_that_the_sentinels_do_not_know_is_waited_for(
    migrated_postgres: Postgres, redis: RedisServer, tmp_path: Path
) -> None:
    if debians_program() is None:
        pytest.skip(NO_SENTINEL)
    with redis_sentinel(tmp_path / "sentinel", redis, "another") as port:
        sentinel = RedisServer(port, redis.process)
        url = f"redis+sentinel://gardener:hunter2@127.0.0.1:{port}/garden/0"
        worker = Worker(tmp_path / "log", migrated_postgres.url, url)
        with running("worker.py", log=worker.log, **worker.environment):
            until(lambda: worker.said("part.missing", "its Sentinels know no such master"), "it says so")
            asked = connections(sentinel)
            until(lambda: connections(sentinel) >= asked + 2 * TRIES, "it tries again")
            sentinel.say("SENTINEL", "MONITOR", "garden", "127.0.0.1", redis.port, 1)
            until(lambda: worker.said("worker.ready"), "it works")
        assert set(worker.troubles()) == {"part.missing"}
        assert len(worker.troubles()) <= 2


def connections(server: RedisServer) -> int:
    """How many it has had; each look adds one."""
    return int(server.say("INFO", "stats")["total_connections_received"])
