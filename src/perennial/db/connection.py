"""Opens and closes the database, and makes the ORM's configuration from the settings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
from tortoise import Tortoise

from perennial.settings import Settings

APP = "models"
CONNECTION = "default"
POSTGRES = "tortoise.backends.asyncpg"
CLOSE_SECONDS = 1.0
# So many connections stay open: a publishing run claims, marks and records at once, and opening them delays it.
POOL_SIZE_MIN = 3


def postgres_config(url: str, pool_size: int) -> dict[str, Any]:
    """The ORM's configuration for a postgres:// URL (`?host=/folder` is a Unix socket, `?sslmode=` as libpq has it)."""
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    credentials: dict[str, Any] = {
        "host": options.get("host") or parts.hostname or "localhost",
        "port": parts.port or int(options.get("port", 5432)),
        "user": unquote(parts.username or options.get("user", "postgres")),
        "password": unquote(parts.password) if parts.password else options.get("password"),
        "database": unquote(parts.path.lstrip("/")) or "postgres",
        "minsize": min(POOL_SIZE_MIN, pool_size),
        "maxsize": pool_size,
        "timeout": 5.0,
        "command_timeout": 30.0,
        "reset": _no_reset,
        "server_settings": {"application_name": "perennial", "idle_in_transaction_session_timeout": "60000"},
    }
    if "sslmode" in options:
        credentials["ssl"] = options["sslmode"]
    return _config(POSTGRES, credentials)


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


async def check_writable(config: dict[str, Any]) -> None:
    """Connects to the configured PostgreSQL once, and asks whether the session may write. Raises the driver's error."""
    if not is_postgres(config):
        return
    connection = await connect(config)
    try:
        async with connection.transaction():  # in one transaction, so that a pooler takes one session for all of it
            if await connection.fetchval("SELECT current_setting('transaction_read_only')") == "on":
                raise asyncpg.ReadOnlySQLTransactionError("a session there may not write")
    finally:
        with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await connection.close(timeout=CLOSE_SECONDS)


def is_postgres(config: dict[str, Any]) -> bool:
    """Whether the configuration is for PostgreSQL; else it is for a SQLite file."""
    return bool(config["connections"][CONNECTION]["engine"] == POSTGRES)


async def ping() -> None:
    """Checks that the database answers a statement. Raises the driver's error if it does not."""
    await Tortoise.get_connection(CONNECTION).execute_query("SELECT 1")


async def connect(config: dict[str, Any]) -> asyncpg.Connection:
    """Opens a connection to the configured PostgreSQL outside of the pool; the caller closes it.

    It keeps no prepared statements, which a pooler in transaction mode might look for in another session.
    """
    options = ("host", "port", "user", "password", "database", "ssl", "timeout")
    credentials = config["connections"][CONNECTION]["credentials"]
    given = {name: value for name, value in credentials.items() if name in options}
    return await asyncpg.connect(**given, statement_cache_size=0)


SQLITE_FILE = "perennial.sqlite3"


def config(settings: Settings) -> dict[str, Any]:
    """The ORM's configuration for these settings."""
    if settings.database_url is not None:
        return postgres_config(settings.database_url.get_secret_value(), settings.database_pool_size)
    return sqlite_config(settings.var_dir / SQLITE_FILE)
