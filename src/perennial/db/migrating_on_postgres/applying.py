"""Applies what is missing, migration by migration, each again and again where it cannot have its locks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from copy import deepcopy
from functools import partial
from pathlib import Path
from pkgutil import ModuleInfo
from typing import Any

import asyncpg
from aerich import Command
from aerich.migrate import Migrate
from aerich.utils import import_py_module
from tortoise import connections

from perennial.core.errors import MigrationError
from perennial.db.connection import APP, CLOSE_SECONDS, CONNECTION, connect
from perennial.db.migrating_on_postgres._turn import LOST, NO_TIMEOUTS, Turn
from perennial.db.outages import any_cause
from perennial.db.pool.faults import ends_connection
from perennial.db.transactions import transaction
from perennial.observe.logs import get_logger

log = get_logger(__name__)

LOCK_TIMEOUT_SECONDS = 5.0
RETRY_PAUSE_SECONDS = 10.0  # in which those go on that have waited behind the migration
TRIES_MAX = 40  # ten minutes, if each waits for its lock
_RETRIED = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)


async def migrate(config: dict[str, Any], folder: Path, names: Sequence[str]) -> list[str]:
    """Applies those of the migrations in the folder that the database lacks; returns their names.

    Waits while another process migrates. Where nothing is missing it does not: a process of the old version may start
    while one of the new version migrates. Raises MigrationError if a lock cannot be had, or a connection is lost.
    """
    try:
        return await _migrate(config, folder, names)
    except MigrationError:
        raise
    except Exception as error:
        if not any_cause(error, lambda one: isinstance(one, TimeoutError) or ends_connection(one)):
            raise
        reason = type(error).__name__
        raise MigrationError(f"the database cannot be reached, or not any more ({reason}); start again") from error


async def pending(config: dict[str, Any], names: Sequence[str]) -> list[str]:
    """Those of the migrations that the database lacks, oldest first. Raises the driver's error."""
    async with _connected(config) as connection:
        return await _pending(connection, names)


async def _migrate(config: dict[str, Any], folder: Path, names: Sequence[str]) -> list[str]:
    async with _connected(config) as connection:
        if not await _pending(connection, names):
            return []
        await _check_rights(connection)
        turn = Turn(connection)
        await turn.take()
        return await turn.keep(_apply_all(config, folder, names, turn))


@asynccontextmanager
async def _connected(config: dict[str, Any]) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(config)
    try:
        yield connection
    finally:
        with suppress(*LOST):
            await connection.close(timeout=CLOSE_SECONDS)


async def _check_rights(connection: asyncpg.Connection) -> None:
    """Raises MigrationError if the role may not create a table: since PostgreSQL 15 only a database's owner may."""
    sql = "SELECT current_user AS role, current_schema() AS schema, has_schema_privilege(current_schema(), 'CREATE')"
    async with connection.transaction():
        role, schema, may_create = await connection.fetchrow(sql)
    if not may_create:
        where = f"in the schema {schema}" if schema else "anywhere in its search_path"
        grant = f"GRANT USAGE, CREATE ON SCHEMA {schema or 'public'} TO {role}"
        raise MigrationError(f"the role {role} may not create tables {where}; {grant}, or make it the database's owner")


async def _pending(connection: asyncpg.Connection, names: Sequence[str]) -> list[str]:
    """The migrations that the database lacks, oldest first."""
    async with connection.transaction():
        if await connection.fetchval("SELECT to_regclass('aerich')") is None:
            return list(names)
        rows = await connection.fetch("SELECT version FROM aerich WHERE app = $1", APP)
    applied = {row["version"] for row in rows}
    return [name for name in names if name not in applied]


async def _apply_all(config: dict[str, Any], folder: Path, names: Sequence[str], turn: Turn) -> list[str]:
    async with Command(tortoise_config=_patient(config), app=APP, location=str(folder)) as command:
        async with connections.get(CONNECTION).acquire_connection() as connection:
            pending = await _pending(connection, names)
        for module in Migrate.get_all_version_modules():
            if f"{module.name}.py" in pending:
                log.info("migration.started", migration=module.name)
                await _retried(module.name, partial(_apply, command, module, turn))
    return pending


def _patient(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration for one connection, on which a statement takes as long as it takes."""
    patient = deepcopy(config)
    patient["connections"][CONNECTION]["credentials"] |= {"minsize": 1, "maxsize": 1, "command_timeout": None}
    return patient


async def _apply(command: Command, module: ModuleInfo, turn: Turn) -> None:
    """Applies one migration, and records that it is; in one transaction, unless it refuses one."""
    await turn.check()
    if not getattr(import_py_module(module), "RUN_IN_TRANSACTION", True):
        await _apply_on(connections.get(CONNECTION), command, module)
        return
    async with transaction():
        client = connections.get(CONNECTION)
        lock_timeout = f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_SECONDS * 1000:.0f}"
        await client.execute_script(f"{NO_TIMEOUTS}; {lock_timeout}")
        await _apply_on(client, command, module)
        await turn.check()


async def _apply_on(client: Any, command: Command, module: ModuleInfo) -> None:
    """Runs one migration on the connection: aerich's own upgrade would run all of them."""
    await command._upgrade(client, f"{module.name}.py", version_module=module)


async def _retried(migration: str, work: Callable[[], Awaitable[None]]) -> None:
    """Does the work, TRIES_MAX times at most as long as it cannot have a lock; what it did is rolled back each time."""
    tries = 0
    while True:
        tries += 1
        try:
            return await work()
        except _RETRIED as error:
            if tries >= TRIES_MAX:
                raise MigrationError(f"{migration} was given up: others hold what it has to lock") from error
            log.warning("migration.retried", migration=migration, tries=tries, reason=type(error).__name__)
        await asyncio.sleep(RETRY_PAUSE_SECONDS)
