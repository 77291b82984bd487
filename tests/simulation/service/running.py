"""Two workers and an API over a throw-away PostgreSQL and a Redis; what time it is says a clock that we set."""

import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import httpx2
import structlog
from cryptography.fernet import Fernet
from pydantic import SecretStr
from support.api import User
from support.clock import FakeClock
from support.http import client_in
from support.stores.postgres import NO_POSTGRES, own_postgres

from perennial.api.app import create_app
from perennial.core import clock as clock_module
from perennial.core.states import Platform
from perennial.db import migrating
from perennial.db.connection import open_database, postgres_config
from perennial.embedded._identity import EmbeddedIdentity
from perennial.embedded._redis_child import redis_child
from perennial.jobs.redis_connection import connect_redis
from perennial.outbound.http_session import HttpSession
from perennial.process import Process, assemble
from perennial.publishing.dispatch import _answers, _claiming, dispatcher
from perennial.settings import Settings
from simulation.service.far import Far, far_platforms

WORKERS = 2
A_MOMENT = 0.0001  # seconds
QUIET = {"debug", "info", "warning"}


@dataclass
class Service:
    """The open parts, the platforms, and what the log had to say that is more than a warning."""

    clock: FakeClock
    far: dict[Platform, Far]
    processes: list[Process]
    http: httpx2.AsyncClient
    identity: EmbeddedIdentity
    errors: list[Any]

    @property
    def now(self) -> datetime:
        """The present of the simulation."""
        return self.clock.now

    def user(self, name: str) -> User:
        """Somebody with a bearer token, whose life is of the machine's clock."""
        return User(name, self.http, self.identity.token(name, datetime.now(UTC)))

    async def forget_alarms(self) -> None:
        """Redis loses all that it has."""
        await self.processes[0].redis.flushdb()


@contextmanager
def servers() -> Iterator[tuple[Path, str, str]]:
    """A folder, the URL of an empty PostgreSQL, and the URL of an empty Redis."""
    with tempfile.TemporaryDirectory(prefix="perennial-simulation-") as name, own_postgres() as server:
        if server is None:
            sys.exit(NO_POSTGRES)
        with redis_child(Path(name) / "redis") as redis_url:
            yield Path(name), server.url, redis_url


@asynccontextmanager
async def running(start: datetime) -> AsyncIterator[Service]:
    """Runs the service on servers of its own, from this time on."""
    async with AsyncExitStack() as stack:
        folder, postgres_url, redis_url = stack.enter_context(servers())
        clock = FakeClock()
        clock.now = start
        stack.enter_context(patch.object(clock_module, "now", clock.read))
        far = stack.enter_context(far_platforms(clock))
        stack.enter_context(_no_pauses())
        errors = stack.enter_context(_errors_in_the_log())
        config = postgres_config(postgres_url, 10)
        await migrating.migrate(config)
        await stack.enter_async_context(open_database(config))
        identity = EmbeddedIdentity.load_or_create(folder)
        settings = _settings(redis_url, identity)
        redis = connect_redis(settings)
        stack.push_async_callback(redis.aclose, close_connection_pool=True)
        processes = [assemble(settings, cast(HttpSession, None), redis) for _ in range(WORKERS)]
        for one in processes:
            stack.push_async_callback(one.broker.close)
            stack.push_async_callback(one.events.close)
        http = await stack.enter_async_context(client_in(create_app(processes[0])))
        yield Service(clock, far, processes, http, identity, errors)


def _settings(redis_url: str, identity: EmbeddedIdentity) -> Settings:
    given = {
        "redis_url": SecretStr(redis_url),
        "issuer": identity.issuer,
        "jwt_key": identity.public_pem,
        "token_keys": (SecretStr(Fernet.generate_key().decode()),),
        "points_per_minute": 0,
    }
    return Settings().model_copy(update=given)


@contextmanager
def _no_pauses() -> Iterator[None]:
    """A publisher pauses for milliseconds, so that more is done together: real time, of which no virtual one passes."""
    with (
        patch.object(dispatcher, "MARK_SECONDS", 0),
        patch.object(_answers, "RECORD_SECONDS", 0),
        patch.object(_claiming, "LOOK_SECONDS", A_MOMENT),
        patch.object(_claiming, "ROOM_SECONDS", A_MOMENT),
    ):
        yield


@contextmanager
def _errors_in_the_log() -> Iterator[list[Any]]:
    errors: list[Any] = []

    def keep(_logger: Any, method: str, event: Any) -> Any:
        if method not in QUIET:
            errors.append(event)
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[keep], cache_logger_on_first_use=False)
    try:
        yield errors
    finally:
        structlog.configure(**before)
