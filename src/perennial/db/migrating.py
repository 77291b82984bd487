"""Brings the schema up to date, so that a process that is killed meanwhile leaves the old one or the new one.

On PostgreSQL every migration is a transaction, under a lock, whoever else migrates. SQLite's are not atomic, so there
a copy is migrated, which then takes the file's place in one step; the old file is kept beside it.
"""

import asyncio
import contextvars
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from aerich import Command

from perennial.db.connection import APP, connect, is_postgres
from perennial.db.sql import select

# A wheel carries the migrations beside this module; in the repository they have a folder of their own.
_IN_WHEEL = Path(__file__).with_name("migrations")
MIGRATIONS = _IN_WHEEL if _IN_WHEEL.is_dir() else Path(__file__).parents[3] / "migrations"

# Any number will do, as long as it is always the same one.
_LOCK = 5_771_204_817


async def migrate(config: dict[str, Any]) -> list[str]:
    """Applies the migrations that are missing, before the database is opened; returns their names.

    Any number of processes may call this at once on PostgreSQL. On SQLite the caller holds the folder's lock.
    """
    # In a context of its own: the ORM keeps its state in a context variable, and this must leave none behind.
    work = _migrate(config) if is_postgres(config) else _migrate_file(config)
    return await asyncio.create_task(work, context=contextvars.Context())


async def missing() -> list[str]:
    """The migrations that the open database has not seen, oldest first."""
    applied = {row["version"] for row in await select("SELECT version FROM aerich WHERE app = $1", APP)}
    return [Path(name).stem for name in _known() if name not in applied]


async def _migrate(config: dict[str, Any]) -> list[str]:
    async with _lock(config):
        return await _upgrade(config)


async def _migrate_file(config: dict[str, Any]) -> list[str]:
    file = Path(_credentials(config)["file_path"])
    pending = _pending(file)
    if not pending:
        return []
    aside = _beside(file, "migrating")
    _prepare(file, aside, kept=_beside(file, f"before-{Path(pending[0]).stem}"))
    moved = deepcopy(config)
    _credentials(moved)["file_path"] = str(aside)
    applied = await _upgrade(moved)
    _settle(aside)
    os.replace(aside, file)
    return applied


def _prepare(file: Path, aside: Path, kept: Path) -> None:
    """Puts a copy aside, in place of what is left of a migration that was broken off, and keeps one."""
    for ending in ("", "-wal", "-shm"):
        Path(f"{aside}{ending}").unlink(missing_ok=True)
    if file.exists():
        _settle(file)
        _copy(file, kept)
        _copy(file, aside)


async def _upgrade(config: dict[str, Any]) -> list[str]:
    async with Command(tortoise_config=config, app=APP, location=str(MIGRATIONS)) as command:
        return await command.upgrade(run_in_transaction=True)


def _pending(file: Path) -> list[str]:
    """The migrations that the file has not seen, oldest first."""
    applied = _applied(file)
    return [name for name in _known() if name not in applied]


@cache
def _known() -> list[str]:
    """Our migrations, oldest first."""
    names = [path.name for path in (MIGRATIONS / APP).glob("[0-9]*_*.py")]
    return sorted(names, key=lambda name: int(name.partition("_")[0]))


def _applied(file: Path) -> set[str]:
    if not file.exists():
        return set()
    with closing(sqlite3.connect(file)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'aerich'").fetchall():
            return set()
        return {name for (name,) in connection.execute("SELECT version FROM aerich WHERE app = ?", [APP])}


def _settle(file: Path) -> None:
    """Brings all that was written into the file itself, so that it can be copied, and take another's place."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _copy(source: Path, target: Path) -> None:
    """The copy is whole or is not there at all."""
    partial = _beside(target, "partial")
    shutil.copyfile(source, partial)
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    os.replace(partial, target)


def _beside(file: Path, ending: str) -> Path:
    return file.with_name(f"{file.name}.{ending}")


def _credentials(config: dict[str, Any]) -> dict[str, Any]:
    credentials: dict[str, Any] = config["connections"]["default"]["credentials"]
    return credentials


@asynccontextmanager
async def _lock(config: dict[str, Any]) -> AsyncIterator[None]:
    connection = await connect(config)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        yield
    finally:
        await connection.close()
