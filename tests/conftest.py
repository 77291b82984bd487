"""Real parts for all tests: SQLite and PostgreSQL, Redis, and the sandbox over HTTP. Only the clock is a fake."""

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from support.api import User
from support.http import client_in, client_of
from support.postgres import NO_POSTGRES, postgres
from tortoise import Tortoise
from tortoise.backends.base.executor import EXECUTOR_CACHE

from perennial.api.app import create_app
from perennial.core import clock as clock_module
from perennial.db import connection as database_module
from perennial.db import migrating
from perennial.embedded._identity import EmbeddedIdentity
from perennial.embedded._redis_child import redis_child
from perennial.jobs.redis_connection import connect_redis
from perennial.platforms.transport import new_session
from perennial.process import Process, assemble
from perennial.queues.tick import TickSummary
from perennial.settings import Settings

TABLES = (
    "queue_executions",
    "recurring_queues",
    "publications",
    "posts",
    "connected_accounts",
    "platform_breakers",
    "idempotency_keys",
)

Tick = Callable[[], Awaitable[TickSummary]]


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_machine() -> None:
    for name in [name for name in os.environ if name.startswith("PERENNIAL_") or name in {"DATABASE_URL", "REDIS_URL"}]:
        del os.environ[name]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all that the session's servers keep."""
    return tmp_path_factory.mktemp("perennial")


@pytest.fixture(scope="session")
def redis_url(folder: Path) -> Iterator[str]:
    """A real Redis, the embedded mode's."""
    with redis_child(folder / "redis") as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A throw-away PostgreSQL with an empty database."""
    with postgres() as url:
        if url is None:
            pytest.skip(NO_POSTGRES)
        yield url


@pytest.fixture(scope="session")
def sandbox_url() -> Iterator[str]:
    """The far platforms, as a process of their own: the URL of /sandbox."""
    command = [sys.executable, "-m", "perennial.sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        match = re.search(r"(http://\S+/sandbox)/", process.stdout.readline())
        assert match is not None
        yield match[1]
        process.terminate()


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[str]:
    """An open, migrated database, one dialect after the other."""
    EXECUTOR_CACHE.clear()  # the ORM keeps statements by connection name, whatever the dialect
    if request.param == "sqlite":
        config = database_module.sqlite_config(folder / "perennial.sqlite3")
        # As the tests' PostgreSQL, it need not survive a power cut.
        config["connections"]["default"]["credentials"]["synchronous"] = "OFF"
    else:
        config = database_module.postgres_config(request.getfixturevalue("postgres_url"), 20)
    await migrating.migrate(config)
    async with database_module.open_database(config):
        yield request.param


@pytest.fixture(scope="session")
def identity(folder: Path) -> EmbeddedIdentity:
    """The issuer of the tests' bearer tokens."""
    return EmbeddedIdentity.load_or_create(folder)


@pytest.fixture(scope="session")
def settings(redis_url: str, sandbox_url: str, identity: EmbeddedIdentity) -> Settings:
    """Settings as in production, with the sandbox for the platforms."""
    return Settings().model_copy(
        update={
            "redis_url": SecretStr(redis_url),
            "issuer": identity.issuer,
            "jwt_key": identity.public_pem,
            "token_keys": (SecretStr(Fernet.generate_key().decode()),),
            "x_api_url": f"{sandbox_url}/x",
            "linkedin_api_url": f"{sandbox_url}/linkedin",
            "linkedin_oauth_url": f"{sandbox_url}/linkedin/oauth/v2",
        }
    )


@pytest.fixture
async def sandbox(sandbox_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """The sandbox's controls, on a sandbox that has forgotten everything."""
    async with client_of(sandbox_url) as http:
        await http.delete("/posts")
        await http.delete("/faults")
        yield http


@pytest.fixture
async def process(database: str, settings: Settings, sandbox: httpx2.AsyncClient) -> AsyncIterator[Process]:
    """The open parts, on an empty database and an empty Redis."""
    for table in TABLES:
        await Tortoise.get_connection("default").execute_query(f"DELETE FROM {table}")
    redis = connect_redis(settings)
    await redis.flushdb()
    async with new_session() as session:
        process = assemble(settings, session, redis)
        yield process
        await process.broker.close()
        await process.events.close()
    await redis.aclose(close_connection_pool=True)


class FakeClock:
    """The present, which moves only when it is told to."""

    def __init__(self) -> None:
        self.now = clock_module.whole_milliseconds(datetime.now(UTC))

    async def read(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> datetime:
        """Moves on by a timedelta's arguments; returns the new present."""
        self.now += timedelta(**delta)
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """Perennial's clock, standing still at the moment the test begins."""
    fake = FakeClock()
    monkeypatch.setattr(clock_module, "now", fake.read)
    return fake


@pytest.fixture
async def http(process: Process) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the application, in this process."""
    async with client_in(create_app(process)) as client:
        yield client


@pytest.fixture
def login(http: httpx2.AsyncClient, identity: EmbeddedIdentity) -> Callable[[str], User]:
    """Makes a user with a bearer token."""
    return lambda name: User(name, http, identity.token(name, datetime.now(UTC)))


@pytest.fixture
def alice(login: Callable[[str], User]) -> User:
    """Who owns things."""
    return login("alice")


@pytest.fixture
def bob(login: Callable[[str], User]) -> User:
    """Who owns other things."""
    return login("bob")


@pytest.fixture
def mallory(login: Callable[[str], User]) -> User:
    """Who owns nothing and wants Alice's things."""
    return login("mallory")


@pytest.fixture
def nobody(http: httpx2.AsyncClient) -> User:
    """Who has no token."""
    return User("nobody", http, None)


@pytest.fixture
def published(sandbox: httpx2.AsyncClient) -> Callable[[], Any]:
    """Reads what was published, as (platform, user, text), oldest first."""

    async def read() -> list[tuple[str, str, str]]:
        posts = (await sandbox.get("/posts")).json()
        return [(post["platform"], post["user"], post["text"]) for post in reversed(posts)]

    return read


@pytest.fixture
async def queue(alice: User, clock: FakeClock) -> Any:
    """Alice's queue: every 7 days from an hour hence, on both platforms, without an end."""
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    return await alice.create_queue(post["id"], clock.now + timedelta(hours=1))


@pytest.fixture
def tick(process: Process) -> Tick:
    """What the worker does when a queue falls due."""
    return process.ticker.process_due_queues
