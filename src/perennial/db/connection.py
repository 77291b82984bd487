"""Opens and closes the database, and makes the ORM's configuration from the settings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from tortoise import Tortoise

from perennial.db.connecting.connector import Connection, Connector
from perennial.settings import Pooler, Settings
from perennial.settings.database_url import read_database_url

APP = "models"
CONNECTION = "default"
POSTGRES = "perennial.db.pool"
CLOSE_SECONDS = 1.0
# So many connections stay open: a publishing run claims, marks and records at once, and opening them delays it.
POOL_SIZE_MIN = 3


def postgres_config(url: str, pool_size: int, pooler: Pooler = Pooler.AUTO) -> dict[str, Any]:
    """The ORM's configuration for a postgres:// URL. Raises SettingsError if the URL cannot be used.

    All connections are made by its `connect`, which knows the whole URL; the ORM knows the database's name alone.
    """
    connector = _connector_of(url, pooler)
    credentials: dict[str, Any] = {
        "connect": connector,
        "connection_class": Connection,
        "database": connector.url.database,
        "minsize": min(POOL_SIZE_MIN, pool_size),
        "maxsize": pool_size,
        "command_timeout": 30.0,
        "reset": _no_reset,
    }
    return _config(POSTGRES, credentials)


@cache
def _connector_of(url: str, pooler: Pooler) -> Connector:
    """One for all configurations of a process, so that it looks for a pooler, and says that it found one, once."""
    return Connector(read_database_url(url), pooler)


async def _no_reset(_connection: object) -> None:
    """Does nothing to a connection that returns to the pool: our locks and settings end with their transactions.

    asyncpg's own reset is a statement each time, which doubles the cost of a small one.
    """


def sqlite_config(file: Path) -> dict[str, Any]:
    """The ORM's configuration for a SQLite file. With `synchronous` FULL, committed rows survive a power failure."""
    return _config("tortoise.backends.sqlite", {"file_path": str(file), "busy_timeout": 5000, "synchronous": "FULL"})


def _config(engine: str, credentials: dict[str, Any]) -> dict[str, Any]:
    return {
        "connections": {CONNECTION: {"engine": engine, "credentials": credentials}},
        "apps": {APP: {"models": ["perennial.db.models", "aerich.models"], "default_connection": CONNECTION}},
        "use_tz": True,
        "timezone": "UTC",
    }


@asynccontextmanager
async def open_database(config: dict[str, Any]) -> AsyncIterator[None]:
    """Opens the database for every task of this process, and closes it."""
    await Tortoise.init(config=config, use_tz=True, timezone="UTC", _enable_global_fallback=True)
    try:
        await ping()
        yield
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):  # a database that does not answer is abandoned
                await Tortoise.close_connections()


def is_postgres(config: dict[str, Any]) -> bool:
    """Whether the configuration is for PostgreSQL; else it is for a SQLite file."""
    return bool(config["connections"][CONNECTION]["engine"] == POSTGRES)


async def ping() -> None:
    """Checks that the database answers a statement. Raises the driver's error if it does not."""
    await Tortoise.get_connection(CONNECTION).execute_query("SELECT 1")


async def ping_for_writing() -> None:
    """The same, and that our sessions may write. Raises the driver's error, which says why they may not."""
    client: Any = Tortoise.get_connection(CONNECTION)
    await (client.check_writable() if client.capabilities.dialect == "postgres" else ping())


async def connect(config: dict[str, Any]) -> Connection:
    """Opens a connection to the configured PostgreSQL outside of the pool; the caller closes it."""
    return await _connector(config)()


def connect_seconds(config: dict[str, Any]) -> float:
    """How long such a connection may take to be opened."""
    return _connector(config).url.connect_seconds


def _connector(config: dict[str, Any]) -> Connector:
    connector: Connector = config["connections"][CONNECTION]["credentials"]["connect"]
    return connector


SQLITE_FILE = "perennial.sqlite3"


def config(settings: Settings) -> dict[str, Any]:
    """The ORM's configuration for these settings."""
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        return postgres_config(url, settings.database_pool_size, settings.database_pooler)
    return sqlite_config(settings.var_dir / SQLITE_FILE)
