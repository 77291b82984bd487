"""Builds a stage: a Redis and the platforms, and what configures the processes that the tests start on it."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import httpx2
from cryptography.fernet import Fernet

from perennial.db.connection import postgres_config
from perennial.db.migrating import migrate
from perennial.embedded._identity import EmbeddedIdentity
from support.http import client_of
from support.processes import free_port, running
from support.production.stage import WITHOUT_LIMITS, Stage
from support.stores.catalogs import new_postgres
from support.stores.own_redis import OwnRedis
from support.stores.pgbouncer import OwnPgBouncer
from support.stores.postgres import OwnPostgres
from support.story import eventually


@asynccontextmanager
async def staged(
    folder: Path, database_url: str, identity: EmbeddedIdentity, ours: str | None = None
) -> AsyncIterator[Stage]:
    """A stage on a migrated database, with a Redis and with platforms that take any text, any number of times.

    The tests look at the database directly; `ours` is the processes' way to it, through a pooler.
    """
    key = Fernet.generate_key()
    port, api_port = free_port(), free_port()
    redis = OwnRedis(folder / "redis")
    root = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        stack.callback(redis.stop)
        redis.start()
        log = folder / "platforms.log"
        stack.enter_context(running("-m", "perennial.sandbox", "--port", str(port), log=log))
        async with (
            asyncpg.create_pool(database_url, min_size=0, max_size=5) as database,
            client_of(root) as platforms,
            client_of(f"http://127.0.0.1:{api_port}") as http,
        ):
            environment = {
                "DATABASE_URL": ours or database_url,
                "REDIS_URL": redis.url,
                "PERENNIAL_PORT": str(api_port),
                "PERENNIAL_ISSUER": identity.issuer,
                "PERENNIAL_JWT_KEY": identity.public_pem,
                "PERENNIAL_TOKEN_KEYS": key.decode(),
                # A sandbox that shares two cores with four workers has to answer each request within its 8 s.
                "PERENNIAL_PLATFORM_REQUESTS_MAX": "25",
                "PERENNIAL_X_API_URL": f"{root}/sandbox/x",
                "PERENNIAL_LINKEDIN_API_URL": f"{root}/sandbox/linkedin",
                "PERENNIAL_LINKEDIN_OAUTH_URL": f"{root}/sandbox/linkedin/oauth/v2",
            }
            stage = Stage(folder, environment, database, redis, platforms, http, identity, Fernet(key))
            stack.callback(stage.close)
            await eventually(lambda: _without_limits(platforms), "the platforms answer")
            yield stage


@asynccontextmanager
async def staged_on(
    server: OwnPostgres, folder: Path, identity: EmbeddedIdentity, pooler: OwnPgBouncer | None = None, **settings: str
) -> AsyncIterator[Stage]:
    """A stage on a server of the test's own, with these settings; the processes' way to it may lead through a pooler.

    Whoever ends finds the server going on.
    """
    url = await new_postgres(server.url, "chaos")
    ours = pooler.url(url) if pooler else url
    await migrate(postgres_config(ours, 2))
    async with staged(folder, url, identity, ours) as stage:
        stage.environment.update(settings)
        yield stage
        server.thaw()


async def _without_limits(platforms: httpx2.AsyncClient) -> bool:
    try:
        await platforms.post("/sandbox/faults", json=WITHOUT_LIMITS)
    except httpx2.TransportError:
        return False
    return True
