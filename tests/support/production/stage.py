"""A whole production on a stage of its own, each part a process that may die, and what is true of it afterwards."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from subprocess import Popen
from typing import Any

import asyncpg
import httpx2
from cryptography.fernet import Fernet
from pydantic import SecretStr

from perennial.embedded._identity import EmbeddedIdentity
from perennial.jobs.alarms import Alarms
from perennial.jobs.redis_client import RedisClient
from perennial.jobs.redis_connection import connect_redis
from perennial.jobs.worker_functions import FUNCTIONS, WorkerFunction
from perennial.settings import Settings
from support.api import User
from support.processes import WAIT_SECONDS, running
from support.stores.own_redis import OwnRedis
from support.story import eventually

# A cron period, and what a machine with other things to do may need on top.
CRON_SECONDS = 100.0
LEASE = timedelta(seconds=121)
WITHOUT_LIMITS = {"duplicate_window_seconds": 0, "rate_limit": None}

Key = tuple[str, str, str]  # platform, user, text


@dataclass
class Stage:
    """The parts, the ways to start and to kill them, and the truth: database and platforms, asked directly."""

    folder: Path
    environment: dict[str, str]
    database: asyncpg.Pool
    redis: OwnRedis
    platforms: httpx2.AsyncClient
    http: httpx2.AsyncClient
    identity: EmbeddedIdentity
    cipher: Fernet
    _stack: ExitStack = field(default_factory=ExitStack)
    _started: list["Popen[bytes]"] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)

    def worker(self, fault_point: str | None = None, command: tuple[str, ...] = ("worker.py",)) -> "Popen[bytes]":
        """Starts a worker, which kills itself at the fault point where one is named."""
        return self._start("worker", *command, **_armed(fault_point))

    async def ready_worker(self, command: tuple[str, ...] = ("worker.py",)) -> "Popen[bytes]":
        """A worker that is up."""
        worker = self.worker(command=command)
        log = self.folder / f"worker-{len(self._started)}.log"
        look = partial(asyncio.to_thread, lambda: "worker.ready" in log.read_text())
        await eventually(look, "the worker is up", CRON_SECONDS)  # seconds of CPU, of which there may be little
        return worker

    async def server(self, command: tuple[str, ...] = ("server.py",), fault_point: str | None = None) -> "Popen[bytes]":
        """Starts the API; returns it once it answers. It kills itself at the fault point where one is named."""
        server = self._start("server", *command, **_armed(fault_point))
        await eventually(self._answers, "the server answers", CRON_SECONDS)
        return server

    def user(self, name: str) -> User:
        """Somebody who calls the API."""
        return User(name, self.http, self.identity.token(name, datetime.now(UTC)))

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """A query's rows."""
        return [dict(row) for row in await self.database.fetch(sql, *values)]

    async def one(self, sql: str, *values: Any) -> Any:
        """The one value of a query."""
        return await self.database.fetchval(sql, *values)

    async def fail(self, platform: str, **fault: Any) -> None:
        """Makes the platform's next calls fail: fail("X", user="alice", status=503, times=2)."""
        answer = await self.platforms.post("/sandbox/faults", json={"platform": platform, **fault})
        assert answer.status_code == 200, answer.text

    async def heal(self) -> None:
        """Takes all faults away; the platforms go on taking any text, any number of times."""
        await self.platforms.delete("/sandbox/faults")
        await self.platforms.post("/sandbox/faults", json=WITHOUT_LIMITS)

    async def requests(self) -> Counter[Key]:
        """How often each text was asked to be published."""
        return Counter(_key(one) for one in (await self.platforms.get("/sandbox/requests")).json())

    async def posts(self) -> dict[Key, list[str]]:
        """The platforms' ids of what was published."""
        found: dict[Key, list[str]] = {}
        for one in (await self.platforms.get("/sandbox/posts")).json():
            found.setdefault(_key(one), []).append(one["id"])
        return found

    async def work(self, call: WorkerFunction, at: str | None = None) -> None:
        """Calls one of the two functions by a job, and waits until a worker has done it."""
        name = f"chaos:{next(self._numbers)}"
        async with self.jobs() as redis:
            assert await redis.enqueue_job(FUNCTIONS[call], _job_id=name, **({"at": at} if at else {}))
            await eventually(lambda: _is_gone(redis, name), f"{call} is done", CRON_SECONDS)

    async def arm(self, call: WorkerFunction, *times: datetime) -> None:
        """Sets the alarms that the API, or a tick, would have set for these times."""
        async with self.jobs() as redis:
            await Alarms(redis).arm(call, times, datetime.now(UTC))

    @asynccontextmanager
    async def jobs(self) -> AsyncIterator[RedisClient]:
        """A client of the alarm clock."""
        redis = connect_redis(Settings().model_copy(update={"redis_url": SecretStr(self.redis.url)}))
        try:
            yield redis
        finally:
            await redis.aclose(close_connection_pool=True)

    async def two_minutes_pass(self) -> None:
        """Every lease runs out: of publications for good, of refreshes as well."""
        sql = "UPDATE publications SET lease_expires_at = lease_expires_at - $1::interval"
        await self.database.execute(f"{sql} WHERE status = 'publishing'", LEASE)
        sql = "UPDATE connected_accounts SET refresh_lease_expires_at = refresh_lease_expires_at - $1::interval"
        await self.database.execute(sql, LEASE)

    async def all_look_ups(self) -> None:
        """The times come at which publications in doubt are looked up, one after the other, until there is none."""
        doubts = "publications WHERE status = 'unconfirmed' AND next_attempt_time IS NOT NULL"
        for _ in range(10):
            if not await self.one(f"SELECT count(*) FROM {doubts}"):
                return
            ids = f"(SELECT id FROM {doubts})"
            await self.database.execute(f"UPDATE publications SET next_attempt_time = now() WHERE id IN {ids}")
            await self.work(WorkerFunction.PUBLISH)
        raise AssertionError("it looks again and again, without an end")

    async def settled(self, seconds: float = WAIT_SECONDS) -> None:
        """Waits until no queue is due, no pause is over, and nothing is scheduled or on its way."""
        await eventually(self._is_settled, "all is settled", seconds)

    async def seconds_pass(self, seconds: float) -> None:
        """Waits until the database's clock has gone on by so much."""
        end = await self.one("SELECT clock_timestamp() + $1::interval", timedelta(seconds=seconds))
        await eventually(lambda: self.one("SELECT clock_timestamp() >= $1", end), "time passes", seconds + WAIT_SECONDS)

    def close(self) -> None:
        """Kills what was started."""
        for process in self._started:
            process.kill()
        self._stack.close()

    async def _answers(self) -> bool:
        try:
            return (await self.http.get("/healthz")).status_code == 200
        except httpx2.TransportError:
            return False

    async def _is_settled(self) -> bool:
        # As JSON, for the schema of an earlier version has no such column.
        paused_until = "(to_jsonb(recurring_queues) ->> 'paused_until')::timestamptz"
        due = f"status = 'active' AND next_scheduled_time <= now() OR status = 'paused' AND {paused_until} <= now()"
        queues = f"SELECT 1 FROM recurring_queues WHERE {due}"
        busy = "SELECT 1 FROM publications WHERE status IN ('scheduled', 'publishing')"
        return not await self.one(f"SELECT EXISTS ({queues}) OR EXISTS ({busy})")

    def _start(self, name: str, *command: str, **more: str) -> "Popen[bytes]":
        log = self.folder / f"{name}-{len(self._started) + 1}.log"
        process = self._stack.enter_context(running(*command, log=log, **self.environment, **more))
        self._started.append(process)
        return process


def _armed(fault_point: str | None) -> dict[str, str]:
    return {"PERENNIAL_FAULT_POINT": fault_point} if fault_point else {}


async def _is_gone(redis: Any, job_id: str) -> bool:
    return not await redis.exists(f"arq:job:{redis.name(job_id)}")


def _key(one: dict[str, Any]) -> Key:
    return one["platform"], one["user"], one["text"]


async def dies(process: "Popen[bytes]", seconds: float = WAIT_SECONDS) -> int:
    """Waits until the process is dead; returns its exit code."""
    return await asyncio.to_thread(process.wait, seconds)


KILLED = -signal.SIGKILL
