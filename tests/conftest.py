"""What tests begin with: the open parts over real servers (support.stores.servers), users, and a clock to be moved."""

import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import hypothesis
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from support.api import User
from support.clock import FakeClock
from support.http import client_in, client_of
from support.processes import free_port
from support.stores.databases import empty_all_tables
from support.ticks import Tick

from perennial.api.app import create_app
from perennial.core import clock as clock_module
from perennial.embedded._identity import EmbeddedIdentity
from perennial.jobs.redis_client import RedisClient
from perennial.jobs.redis_connection import connect_redis
from perennial.outbound.http_session import HttpSession
from perennial.process import Process, assemble
from perennial.settings import Settings

pytest_plugins = ["support.stores.servers", "support.environment"]
# Hypothesis takes a slow example for a failure, unless it is told not to; a busy machine has some.
hypothesis.settings.register_profile(
    "without a clock", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("without a clock")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked `one_dialect`, whose claim is about no statement, runs on SQLite alone."""
    if "database" in metafunc.fixturenames and metafunc.definition.get_closest_marker("one_dialect"):
        metafunc.definition.add_marker(pytest.mark.parametrize("database", ["sqlite"], indirect=True))


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_machine() -> None:
    for name in [name for name in os.environ if name.startswith("PERENNIAL_") or name in {"DATABASE_URL", "REDIS_URL"}]:
        del os.environ[name]


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
            "clock_slack_seconds": 600.0,  # the tests' clock is moved on, the sandbox's is the machine's
        }
    )


@pytest.fixture
async def sandbox(forgetful_sandbox: str) -> AsyncIterator[httpx2.AsyncClient]:
    """The sandbox's controls, on a sandbox that has forgotten everything."""
    async with client_of(forgetful_sandbox) as http:
        yield http


@pytest.fixture
async def process(database: str, settings: Settings, forgetful_sandbox: str) -> AsyncIterator[Process]:
    """The open parts, on an empty database and an empty Redis."""
    await empty_all_tables()
    redis = connect_redis(settings)
    await redis.flushdb()
    async with HttpSession() as session:
        process = assemble(settings, session, redis)
        yield process
        await process.broker.close()
        await process.events.close()
    await redis.aclose(close_connection_pool=True)


@pytest.fixture
async def dead_redis(settings: Settings) -> AsyncIterator[RedisClient]:
    """A Redis that is not there."""
    url = f"redis://127.0.0.1:{free_port()}"
    redis = connect_redis(settings.model_copy(update={"redis_url": SecretStr(url)}))
    yield redis
    await redis.aclose(close_connection_pool=True)


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
