"""What is up, and what is missing, in sentences that a person can act on: without addresses and without secrets."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from perennial.core.timeouts import with_timeout
from perennial.db import connection, migrating, outages
from perennial.jobs import heartbeat
from perennial.process import Process

T = TypeVar("T")

CHECK_SECONDS = 2.0
# A worker looks at the alarms many times a second, but for a batch or a garbage collection in between.
LOOK_SECONDS_MAX = 10.0

_NO_DATABASE = f"database: it cannot be reached, or does not answer within {CHECK_SECONDS:.0f} s."
_NO_SCHEMA = "database: its schema cannot be read; bring it up to date (python -m perennial.migrate)."
_BEHIND = "database: migrations are pending ({}); bring it up to date (python -m perennial.migrate)."
_NO_REDIS = f"redis: it cannot be reached, or does not answer within {CHECK_SECONDS:.0f} s; nothing runs on time."
_UNSEEN = "worker: it cannot be seen while Redis is down."
_NO_WORKER = (
    f"worker: no sign of life for {heartbeat.SILENT_SECONDS} s; start one (python worker.py), or read in its log what "
    "keeps it from its Redis."
)
_STOPPING = "worker: it is stopping."
_STARTING = "worker: it has not looked at the alarms yet; it is starting, or waits for its Redis."
_STUCK = "worker: it has not looked at the alarms for {:.0f} s; its Redis does not answer, or it hangs."


@dataclass(frozen=True)
class Readiness:
    """Whether each part is up, and a sentence for each that is not."""

    parts: dict[str, bool]
    missing: list[str]


async def readiness(process: Process, *, of_own_worker: bool = False) -> Readiness:
    """Looks at database, Redis and worker: at whether there is some worker, or at the one in this very process."""
    no_database, alive = await asyncio.gather(_database(), _tried(heartbeat.is_alive(process.redis)))
    no_redis = _NO_REDIS if isinstance(alive, Exception) else None
    no_worker = _own_worker(process) if of_own_worker else _some_worker(alive)
    complaints = {"database": no_database, "redis": no_redis, "worker": no_worker}
    missing = [words for words in complaints.values() if words]
    return Readiness({part: not words for part, words in complaints.items()}, missing)


async def _database() -> str | None:
    if isinstance(await _tried(connection.ping()), Exception):
        return _NO_DATABASE
    missing = await _tried(migrating.missing())
    if isinstance(missing, Exception):
        return _NO_DATABASE if outages.is_outage(missing) else _NO_SCHEMA
    return _BEHIND.format(", ".join(missing)) if missing else None


def _some_worker(alive: bool | Exception) -> str | None:
    if isinstance(alive, Exception):
        return _UNSEEN
    return None if alive else _NO_WORKER


def _own_worker(process: Process) -> str | None:
    seconds = process.heartbeat.seconds_since_poll
    if process.stopping.is_set():
        return _STOPPING
    if seconds is None:
        return _STARTING
    return _STUCK.format(seconds) if seconds > LOOK_SECONDS_MAX else None


async def _tried(check: Awaitable[T]) -> T | Exception:
    try:
        return await with_timeout(CHECK_SECONDS, check)
    except Exception as error:
        return error
