"""Readiness: which parts are up, and what is missing, in sentences that an operator can act on, without secrets."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

import asyncpg

from perennial.core.timeouts import with_timeout
from perennial.db import connection, migrating, outages
from perennial.jobs import heartbeat
from perennial.jobs.redis_check import redis_obstacle
from perennial.process import Process

T = TypeVar("T")

CHECK_SECONDS = 2.0
# A worker polls the job queue many times a second, except during a batch or a garbage collection.
POLL_SECONDS_MAX = 10.0

_NO_DATABASE = f"database: it cannot be reached, or does not answer within {CHECK_SECONDS:.0f} s."
_READ_ONLY = (
    "database: it takes no writes: {}; DATABASE_URL has to lead to the primary, and to sessions that may write."
)
_NOT_LET_IN = "database: it does not let us in; correct the user and the password in DATABASE_URL."
_FULL_UP = "database: it has too many connections; raise its limit, or lower PERENNIAL_DATABASE_POOL_SIZE."
_NO_SCHEMA = "database: its schema cannot be read; bring it up to date (perennial migrate)."
_PENDING_MIGRATIONS = "database: migrations are pending ({}); bring it up to date (perennial migrate)."
_NO_REDIS = "redis: {}; nothing runs on time."
_NO_ANSWER = f"it cannot be reached, or does not answer within {CHECK_SECONDS:.0f} s"
_WORKER_UNKNOWN = "worker: it cannot be seen while Redis is down."
_NO_WORKER = (
    f"worker: no sign of life for {heartbeat.SILENT_SECONDS} s; start one (perennial worker), or read in its log what "
    "keeps it from its Redis."
)
_STOPPING = "worker: it is stopping."
_STARTING = "worker: it has not looked at the alarms yet; it is starting, or waits for its Redis."
_STUCK = "worker: it has not looked at the alarms for {:.0f} s; its Redis does not answer, or it hangs."


@dataclass(frozen=True)
class Readiness:
    """Whether each part is up, and a sentence for each part that is not."""

    parts: dict[str, bool]
    missing: list[str]


async def readiness(process: Process, *, of_own_worker: bool = False, seconds: float = CHECK_SECONDS) -> Readiness:
    """Checks the database, Redis and whether a worker is alive, with `of_own_worker` the one in this process.

    It asks both whether they take a write, as a server that was demoted answers whatever only reads. Each check has so
    many seconds.
    """
    no_database, obstacle, alive = await asyncio.gather(
        _database(seconds),
        redis_obstacle(process.redis, seconds),
        _result_or_error(heartbeat.is_alive(process.redis), seconds),
    )
    obstacle = obstacle or (_NO_ANSWER if isinstance(alive, Exception) else None)
    no_redis = _NO_REDIS.format(obstacle) if obstacle else None
    no_worker = _own_worker(process) if of_own_worker else _some_worker(alive)
    messages = {"database": no_database, "redis": no_redis, "worker": no_worker}
    missing = [message for message in messages.values() if message]
    return Readiness({part: not message for part, message in messages.items()}, missing)


async def _database(seconds: float) -> str | None:
    obstacle = await _result_or_error(connection.ping_for_writing(), seconds)
    if isinstance(obstacle, Exception):
        return _no_database(obstacle)
    missing = await _result_or_error(migrating.missing(), seconds)
    if isinstance(missing, Exception):
        return _NO_DATABASE if outages.is_outage(missing) else _NO_SCHEMA
    return _PENDING_MIGRATIONS.format(", ".join(missing)) if missing else None


def _no_database(error: Exception) -> str:
    """The words of the cause, without the server's own, which name addresses and users."""
    match error:
        case asyncpg.ReadOnlySQLTransactionError():
            return _READ_ONLY.format(error)
        case asyncpg.InvalidAuthorizationSpecificationError():
            return _NOT_LET_IN
        case asyncpg.TooManyConnectionsError():
            return _FULL_UP
    return _NO_DATABASE


def _some_worker(alive: bool | Exception) -> str | None:
    if isinstance(alive, Exception):
        return _WORKER_UNKNOWN
    return None if alive else _NO_WORKER


def _own_worker(process: Process) -> str | None:
    seconds = process.heartbeat.seconds_since_poll
    if process.stopping.is_set():
        return _STOPPING
    if seconds is None:
        return _STARTING
    return _STUCK.format(seconds) if seconds > POLL_SECONDS_MAX else None


async def _result_or_error(check: Awaitable[T], seconds: float) -> T | Exception:
    try:
        return await with_timeout(seconds, check)
    except Exception as error:
        return error
