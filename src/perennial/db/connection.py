"""The database: how it is reached, opened and closed, and which of its errors are nobody's fault."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
from tortoise import Tortoise

from perennial.core.errors import SettingsError
from perennial.settings import Settings

APP = "models"
CONNECTION = "default"
POSTGRES = "tortoise.backends.asyncpg"
CLOSE_SECONDS = 1.0
# Connections that stay open: who publishes claims, marks and records side by side, and 09:00 is no time to open them.
POOL_KEPT = 3


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
        "minsize": min(POOL_KEPT, pool_size),
        "maxsize": pool_size,
        "timeout": 5.0,
        "command_timeout": 30.0,
        "reset": _leave_as_it_is,
        "server_settings": {"application_name": "perennial", "idle_in_transaction_session_timeout": "60000"},
    }
    if "sslmode" in options:
        credentials["ssl"] = options["sslmode"]
    return _config(POSTGRES, credentials)


async def _leave_as_it_is(_connection: object) -> None:
    """A connection that goes back to the pool has nothing to be reset: locks and settings end with a transaction.

    asyncpg would ask the database to, each time, which doubles the cost of a small statement.
    """


def sqlite_config(file: Path) -> dict[str, Any]:
    """The ORM's configuration for a SQLite file. FULL: what was acknowledged survives a power cut too."""
    return _config("tortoise.backends.sqlite", {"file_path": str(file), "busy_timeout": 5000, "synchronous": "FULL"})


def _config(engine: str, credentials: dict[str, Any]) -> dict[str, Any]:
    return {
        "connections": {"default": {"engine": engine, "credentials": credentials}},
        "apps": {APP: {"models": ["perennial.db.models", "aerich.models"], "default_connection": "default"}},
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
            async with asyncio.timeout(CLOSE_SECONDS):  # a database that does not answer is left
                await Tortoise.close_connections()


async def check_reachable(config: dict[str, Any]) -> None:
    """Raises SettingsError, in one line, where the PostgreSQL that is configured does not let us in."""
    if not is_postgres(config):
        return
    try:
        await (await connect(config)).close()
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise SettingsError(f"DATABASE_URL: the database does not let us in: {type(error).__name__}") from error


def is_postgres(config: dict[str, Any]) -> bool:
    """Whether the configuration is of a PostgreSQL; else it is of a SQLite file."""
    return bool(config["connections"]["default"]["engine"] == POSTGRES)


async def ping() -> None:
    """Asks the database for a sign of life. Raises whatever the driver raises where there is none."""
    await Tortoise.get_connection(CONNECTION).execute_query("SELECT 1")


async def connect(config: dict[str, Any]) -> asyncpg.Connection:
    """A connection of its own to the PostgreSQL that is configured, beside the pool."""
    wanted = ("host", "port", "user", "password", "database", "ssl", "timeout")
    credentials = config["connections"]["default"]["credentials"]
    return await asyncpg.connect(**{name: value for name, value in credentials.items() if name in wanted})


SQLITE_FILE = "perennial.sqlite3"


def config(settings: Settings) -> dict[str, Any]:
    """The ORM's configuration for these settings."""
    if settings.database_url is not None:
        return postgres_config(settings.database_url.get_secret_value(), settings.database_pool_size)
    return sqlite_config(settings.var_dir / SQLITE_FILE)
