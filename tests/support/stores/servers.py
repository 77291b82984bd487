"""Fixtures: real servers for the whole session, which are databases, Redis and the platforms' sandbox."""

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE

from perennial.db import migrating
from perennial.db.connection import open_database, postgres_config, sqlite_config
from perennial.embedded._redis_child import redis_child
from support.stores.catalogs import Postgres, Sqlite, new_postgres, read_postgres
from support.stores.databases import migrate
from support.stores.pgbouncer import OwnPgBouncer, pgbouncer
from support.stores.postgres import NO_POSTGRES, postgres

DIRECTLY = "postgres directly"


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
def pooler(postgres_url: str) -> Iterator[OwnPgBouncer | None]:
    """A PgBouncer before the throw-away PostgreSQL; None where it is not installed, or the server is not ours."""
    if "TEST_DATABASE_URL" in os.environ:
        yield None
    else:
        with pgbouncer(postgres_url) as found:
            yield found


@pytest.fixture(scope="session")
def through_pooler(pooler: OwnPgBouncer | None) -> Callable[[str], str]:
    """Makes of a URL one that leads through PgBouncer, where there is one."""
    return pooler.url if pooler else lambda direct: direct


@pytest.fixture(scope="session")
def pooled_url(postgres_url: str, through_pooler: Callable[[str], str]) -> str:
    """The database of `postgres_url`, through PgBouncer where there is one."""
    return through_pooler(postgres_url)


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


@pytest.fixture
def forgetful_sandbox(sandbox_url: str, sandbox_connection: HTTPConnection) -> str:
    """The same sandbox, after it has forgotten all posts and faults. Asked by hand: httpx takes ten times as long."""
    for path in ("/sandbox/posts", "/sandbox/faults"):
        forget(sandbox_connection, path)
    return sandbox_url


@pytest.fixture(scope="session")
def sandbox_connection(sandbox_url: str) -> HTTPConnection:
    """A connection that is used again and again, and opened again where the sandbox has closed it meanwhile."""
    return HTTPConnection(urlsplit(sandbox_url).netloc)


def forget(connection: HTTPConnection, path: str) -> None:
    """DELETEs what is there; once more where the connection turns out to be closed."""
    try:
        connection.request("DELETE", path)
        answer = connection.getresponse()
    except (HTTPException, OSError):
        connection.close()
        connection.request("DELETE", path)
        answer = connection.getresponse()
    answer.read()
    assert answer.status < 300


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[str]:
    """An open, migrated database, one dialect after the other; PostgreSQL through PgBouncer, where it is installed.

    A test for which PgBouncer would hide what it is about asks for `DIRECTLY`.
    """
    EXECUTOR_CACHE.clear()  # the ORM keeps statements by connection name, whatever the dialect
    if request.param == "sqlite":
        config = sqlite_config(folder / "perennial.sqlite3")
        # As the tests' PostgreSQL, it need not survive a power cut.
        config["connections"]["default"]["credentials"]["synchronous"] = "OFF"
    else:
        directly = request.param == DIRECTLY
        config = postgres_config(request.getfixturevalue("postgres_url" if directly else "pooled_url"), 20)
    await migrating.migrate(config)
    async with open_database(config):
        yield request.param.partition(" ")[0]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite without a row, to be copied."""
    database = Sqlite(tmp_path_factory.mktemp("migrated"))
    migrate(database)
    return database.file


@pytest.fixture(scope="session")
async def migrated_template(postgres_url: str) -> str:
    """The name of a migrated database without a row on the tests' PostgreSQL, to be copied.

    It is migrated directly: a database that a pooler keeps sessions in cannot be copied.
    """
    name = f"migrated_{uuid4().hex[:8]}"
    migrate(Postgres(await new_postgres(postgres_url, name)))
    return name


@pytest.fixture
def migrated_sqlite(migrated_file: Path, tmp_path: Path) -> Sqlite:
    """A migrated SQLite of the test's own, which nobody has open."""
    return Sqlite.copy(migrated_file, tmp_path)


@pytest.fixture
async def migrated_postgres(
    postgres_url: str, migrated_template: str, through_pooler: Callable[[str], str]
) -> AsyncIterator[Postgres]:
    """A migrated PostgreSQL of the test's own, which nobody has open.

    No other test has had one of its name: PgBouncer lets nobody into a database for fifteen seconds once it has found
    it gone, as it may between two tests when somebody who died in the first is still waiting.
    """
    name = f"migrated_{uuid4().hex[:8]}"
    url = await new_postgres(postgres_url, name, migrated_template)
    yield Postgres(url, through_pooler(url))
    await read_postgres(postgres_url, f"DROP DATABASE {name} WITH (FORCE)", "SELECT 1")


@pytest.fixture(params=["sqlite", "postgres"])
def migrated(request: pytest.FixtureRequest) -> Sqlite | Postgres:
    """The one and then the other."""
    found: Sqlite | Postgres = request.getfixturevalue(f"migrated_{request.param}")
    return found
