"""Readiness: which parts are up, and what the others lack, in sentences an operator can act on, without secrets."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from perennial.core.errors import MigrationError
from perennial.core.timeouts import with_timeout
from perennial.db import connection, migrating, outages
from perennial.db.starting import refusals
from perennial.jobs import heartbeat, redis_check
from perennial.process import Process

T = TypeVar("T")

CHECK_SECONDS = 2.0
# A worker polls the job queue many times a second, except during a batch or a garbage collection.
POLL_SECONDS_MAX = 10.0

_NOT_OPEN = "it does not answer yet, or its schema is being brought up to date"
_NO_SCHEMA = "its schema cannot be read; bring it up to date (perennial migrate)"
_PENDING_MIGRATIONS = "migrations are pending ({}); bring it up to date (perennial migrate)"
_NO_SIGN = "it cannot be seen while Redis is down"
_NO_WORKER = (
    f"no sign of life for {heartbeat.SILENT_SECONDS} s; start one (perennial worker), or read in its log what "
    "keeps it from its Redis"
)
_STOPPING = "it is stopping"
_STARTING = "it has not looked at the alarms yet; it is starting, or waits for its Redis"
_ENDED = "its Redis does not let it work: {}"
_STUCK = "it has not looked at the alarms for {:.0f} s; its Redis does not answer, or it hangs"


async def readiness(
    process: Process, *, of_own_worker: bool = False, seconds: float = CHECK_SECONDS, told_to_anybody: bool = True
) -> dict[str, str | None]:
    """None for each part that is up, else why it is not: the database, Redis, and whether a worker is alive.

    With `of_own_worker` that is the one in this process. It asks both stores whether they take a write, as a server
    that was demoted answers whatever only reads. Each check has so many seconds. What is told to anybody is without the
    stores' own words.
    """
    no_database, refused, alive = await asyncio.gather(
        _result_or_error(_check_database(process), seconds),
        _result_or_error(redis_check.write(process.redis), seconds),
        _result_or_error(heartbeat.is_alive(process.redis), seconds),
    )
    no_redis = refused or (alive if isinstance(alive, Exception) else None)
    return {
        "database": _why_no_database(no_database, told_to_anybody=told_to_anybody) if no_database else None,
        "redis": _why_no_redis(no_redis, process, told_to_anybody=told_to_anybody) if no_redis else None,
        "worker": _own_worker(process, told_to_anybody=told_to_anybody) if of_own_worker else _some_worker(alive),
    }


async def _check_database(process: Process) -> None:
    if not process.database_open.is_set():
        raise MigrationError(_NOT_OPEN)
    await connection.ping_for_writing()
    try:
        missing = await migrating.missing()
    except Exception as error:
        if outages.is_outage(error):
            raise
        raise MigrationError(_NO_SCHEMA) from error
    if missing:
        raise MigrationError(_PENDING_MIGRATIONS.format(", ".join(missing)))


def _why_no_database(error: Exception, *, told_to_anybody: bool) -> str:
    return str(error) if isinstance(error, MigrationError) else refusals.cause(error, told_to_anybody=told_to_anybody)


def _why_no_redis(error: Exception, process: Process, *, told_to_anybody: bool) -> str:
    obstacle = redis_check.obstacle(error, process.redis, told_to_anybody=told_to_anybody)
    return f"{obstacle}; nothing runs on time"


def _some_worker(alive: bool | Exception) -> str | None:
    if isinstance(alive, Exception):
        return _NO_SIGN
    return None if alive else _NO_WORKER


def _own_worker(process: Process, *, told_to_anybody: bool) -> str | None:
    error, seconds = process.heartbeat.error, process.heartbeat.seconds_since_poll
    if process.stopping.is_set():
        return _STOPPING
    if error is not None:
        return _ENDED.format(redis_check.obstacle(error, process.redis, told_to_anybody=told_to_anybody))
    if seconds is None:
        return _STARTING
    return _STUCK.format(seconds) if seconds > POLL_SECONDS_MAX else None


async def _result_or_error(check: Awaitable[T], seconds: float) -> T | Exception:
    try:
        return await with_timeout(seconds, check)
    except Exception as error:
        return error
