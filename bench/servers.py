"""A temporary PostgreSQL and Redis, databases that are equal at the start of every round, and Perennial on them."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from cryptography.fernet import Fernet
from pydantic import SecretStr
from support.processes import ROOT, clean_environment
from support.stores.pgbouncer import NO_PGBOUNCER, OwnPgBouncer, pgbouncer
from support.stores.postgres import NO_POSTGRES, own_postgres

from perennial.embedded._identity import EmbeddedIdentity
from perennial.embedded._redis_child import redis_child
from perennial.observe import logs
from perennial.process import Process, open_database, open_process
from perennial.process.garbage_collection import infrequent_garbage_collection
from perennial.settings import Pooler, Settings

Seed = Callable[[asyncpg.Connection], Awaitable[None]]
# Perennial's way to PostgreSQL: directly; directly, but without keeping statements prepared; or through PgBouncer. What
# it is compared with goes directly, and keeps them.
DIRECT, UNPREPARED, PGBOUNCER = WAYS = ("direct", "unprepared", "pgbouncer")


@dataclass(frozen=True)
class Servers:
    """The servers of a benchmark, its folder, an identity that issues tokens, and a key for the accounts' tokens."""

    folder: Path
    postgres_url: str
    redis_url: str
    identity: EmbeddedIdentity
    key: bytes
    pooler: OwnPgBouncer | None
    way: str = os.environ.get("BENCH_WAY", DIRECT)

    def url(self, database: str) -> str:
        """The database's postgres:// URL."""
        return self.postgres_url.replace("/postgres?", f"/{database}?")

    async def template(self, name: str, seed: Seed) -> None:
        """Creates a database with our schema and seeds it; `copy` copies it."""
        await self._administer(f"CREATE DATABASE {name}")
        await asyncio.to_thread(self._migrate, self.url(name))
        connection = await asyncpg.connect(self.url(name))
        try:
            await seed(connection)
            await connection.execute("VACUUM ANALYZE")
            await connection.execute("CHECKPOINT")
        finally:
            await connection.close()

    @asynccontextmanager
    async def copy(self, template: str, name: str = "round") -> AsyncIterator[str]:
        """Creates a copy of a template, by this name, and drops it afterwards; gives its URL."""
        await self._administer(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        await self._administer("CHECKPOINT")
        try:
            yield self.url(name)
        finally:
            await self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def settings(self, url: str, **more: Any) -> Settings:
        """Settings as in production, except for those given by name."""
        given = {
            "database_url": SecretStr(self._ours(url)),
            "database_pooler": Pooler.ON if self.way == UNPREPARED else Pooler.AUTO,
            "redis_url": SecretStr(self.redis_url),
            "issuer": self.identity.issuer,
            "jwt_key": self.identity.public_pem,
            "token_keys": (SecretStr(self.key.decode()),),
            "migrate_on_start": False,
        }
        return Settings().model_copy(update=given | more)

    def environment(self, url: str, **more: str) -> dict[str, str]:
        """The environment of a child process with such settings; `more` are variables by name."""
        ours = {
            "DATABASE_URL": self._ours(url),
            "BENCH_DATABASE_URL": url,
            "PERENNIAL_DATABASE_POOLER": "on" if self.way == UNPREPARED else "auto",
            "REDIS_URL": self.redis_url,
            "PERENNIAL_ISSUER": self.identity.issuer,
            "PERENNIAL_JWT_KEY": self.identity.public_pem,
            "PERENNIAL_TOKEN_KEYS": self.key.decode(),
            "PERENNIAL_MIGRATE_ON_START": "false",
        }
        return clean_environment() | ours | more

    @asynccontextmanager
    async def process(self, url: str, **more: Any) -> AsyncIterator[Process]:
        """Opens Perennial's services in this process, on that database and an empty Redis."""
        async with open_process(self.settings(url, **more)) as process, open_database(process):
            await process.redis.flushdb()
            with infrequent_garbage_collection():
                yield process

    def _ours(self, url: str) -> str:
        """Perennial's way to the database."""
        if self.way != PGBOUNCER:
            return url
        if self.pooler is None:
            sys.exit(NO_PGBOUNCER)
        return self.pooler.url(url)

    def _migrate(self, url: str) -> None:
        """Runs the migrations in a child process, because the ORM's state is global to a process.

        Directly: a database in which a pooler keeps sessions cannot be copied.
        """
        command = [sys.executable, "-m", "perennial.migrate"]
        environment = self.environment(url, DATABASE_URL=url)
        subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    async def _administer(self, sql: str) -> None:
        connection = await asyncpg.connect(self.postgres_url)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()


async def check_counts(connection: asyncpg.Connection, counts: Mapping[str, int]) -> None:
    """Checks numbers of rows: each key is the rest of a SELECT, such as "posts WHERE …"."""
    for what, wanted in counts.items():
        found = await connection.fetchval(f"SELECT count(*) FROM {what}")
        assert found == wanted, (what, found, wanted)


@contextmanager
def start_servers() -> Iterator[Servers]:
    """Starts the servers, and writes the log as in production, but to a file."""
    with tempfile.TemporaryDirectory(prefix="perennial-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        _log_to(folder / "log")
        with own_postgres() as server, redis_child(folder / "redis") as redis_url:
            if server is None:
                sys.exit(NO_POSTGRES)
            identity = EmbeddedIdentity.load_or_create(folder)
            with pgbouncer(server.url) as pooler:
                yield Servers(folder, server.url, redis_url, identity, Fernet.generate_key(), pooler)


def _log_to(file: Path) -> None:
    """Logging costs what it costs in production, and leaves the console to the figures."""
    console, sys.stderr = sys.stderr, file.open("w")
    try:
        logs.configure(json_lines=True, level=os.environ.get("PERENNIAL_LOG_LEVEL", "INFO"))
    finally:
        sys.stderr = console
