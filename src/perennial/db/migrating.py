"""Brings the schema up to date; a process that is killed meanwhile leaves either the old schema or the new one.

On PostgreSQL each migration is a transaction, unless it says otherwise, and one process migrates at a time
(`migrating_on_postgres`). On SQLite migrations are not atomic: a copy is migrated and then replaces the file in one
step; the old file is kept beside it.
"""

import asyncio
import contextvars
import os
import shutil
import sqlite3
from contextlib import closing
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from aerich import Command

from perennial.db.connection import APP, CONNECTION, is_postgres
from perennial.db.migrating_on_postgres import applying
from perennial.db.sql import run_sql

# A wheel has the migrations beside this module, the repository at its root.
_IN_WHEEL = Path(__file__).with_name("migrations")
MIGRATIONS = _IN_WHEEL if _IN_WHEEL.is_dir() else Path(__file__).parents[3] / "migrations"


async def migrate(config: dict[str, Any]) -> list[str]:
    """Applies the missing migrations, before the database is opened; returns their names.

    Any number of processes may call this at once on PostgreSQL: one migrates, and the others wait for it. On SQLite the
    caller holds the folder's lock. Raises MigrationError.
    """
    # The task has a context of its own: the ORM keeps its state in a context variable, which must not stay set.
    on_postgres = is_postgres(config)
    work = applying.migrate(config, MIGRATIONS, _all_migrations()) if on_postgres else _migrate_sqlite(config)
    return await asyncio.create_task(work, context=contextvars.Context())


async def pending(config: dict[str, Any]) -> list[str]:
    """The migrations that the configured database lacks, oldest first, before it is opened."""
    if is_postgres(config):
        return [Path(name).stem for name in await applying.pending(config, _all_migrations())]
    return [Path(name).stem for name in _pending(Path(_credentials(config)["file_path"]))]


async def missing() -> list[str]:
    """The migrations that the open database lacks, oldest first."""
    applied = {row["version"] for row in await run_sql("SELECT version FROM aerich WHERE app = $1", APP)}
    return [Path(name).stem for name in _all_migrations() if name not in applied]


async def _migrate_sqlite(config: dict[str, Any]) -> list[str]:
    file = Path(_credentials(config)["file_path"])
    pending = _pending(file)
    if not pending:
        return []
    working_copy = _sibling(file, "migrating")
    _make_copies(file, working_copy, backup=_sibling(file, f"before-{Path(pending[0]).stem}"))
    copy_config = deepcopy(config)
    _credentials(copy_config)["file_path"] = str(working_copy)
    applied = await _upgrade(copy_config)
    _checkpoint(working_copy)
    os.replace(working_copy, file)
    return applied


def _make_copies(file: Path, working_copy: Path, backup: Path) -> None:
    """Makes the working copy, in place of any left by an interrupted migration, and the backup."""
    for ending in ("", "-wal", "-shm"):
        Path(f"{working_copy}{ending}").unlink(missing_ok=True)
    if file.exists():
        _checkpoint(file)
        _copy(file, backup)
        _copy(file, working_copy)


async def _upgrade(config: dict[str, Any]) -> list[str]:
    async with Command(tortoise_config=config, app=APP, location=str(MIGRATIONS)) as command:
        return await command.upgrade(run_in_transaction=True)


def _pending(file: Path) -> list[str]:
    """The migrations that the file lacks, oldest first."""
    applied = _applied(file)
    return [name for name in _all_migrations() if name not in applied]


@cache
def _all_migrations() -> list[str]:
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


def _checkpoint(file: Path) -> None:
    """Moves the write-ahead log into the file, so that it can be copied, and can replace another."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _copy(source: Path, target: Path) -> None:
    """Copies the file, so that the target is either complete or absent."""
    partial = _sibling(target, "partial")
    shutil.copyfile(source, partial)
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    os.replace(partial, target)


def _sibling(file: Path, ending: str) -> Path:
    return file.with_name(f"{file.name}.{ending}")


def _credentials(config: dict[str, Any]) -> dict[str, Any]:
    credentials: dict[str, Any] = config["connections"][CONNECTION]["credentials"]
    return credentials
