"""Databases of their own for tests of the schema, and what their catalogs say of it, without the ORM in between."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from cryptography.fernet import Fernet

_COLUMNS = """
    SELECT table_name, column_name, udt_name, character_maximum_length, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'public'
"""
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
"""
_INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"


class Sqlite:
    """A database in a folder of its own."""

    dialect = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.file = folder / "perennial.sqlite3"
        self.environment = {"PERENNIAL_VAR_DIR": str(folder)}

    @classmethod
    def copy(cls, file: Path, folder: Path) -> "Sqlite":
        """A copy of another database's file."""
        copied = cls(folder)
        shutil.copyfile(file, copied.file)
        return copied

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The query's rows."""
        return read_sqlite(self.file, sql)

    async def tables(self) -> set[str]:
        """The names of the tables."""
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        return {name for (name,) in await self.rows(query)}

    async def catalog(self) -> set[tuple[Any, ...]]:
        """Every column, key and index, as a row."""
        found: set[tuple[Any, ...]] = set()
        for table in await self.tables():
            # Without the columns' places: the order in which they were written says nothing.
            found |= {("column", table, *row[1:]) for row in await self.rows(f"PRAGMA table_info({table})")}
            found |= {("key", table, *row[1:]) for row in await self.rows(f"PRAGMA foreign_key_list({table})")}
            for _, name, unique, origin, partial in await self.rows(f"PRAGMA index_list({table})"):
                columns = tuple(row[2] for row in await self.rows(f"PRAGMA index_info({name})"))
                found.add(("index", table, name if origin == "c" else origin, columns, unique, partial))
        return found | {("sql", " ".join(sql.split())) for sql in (await self.indexes()).values()}

    async def indexes(self) -> dict[str, str]:
        """The named indexes' statements."""
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        return dict(await self.rows(query))


class Postgres:
    """A database of its own on the tests' server; `ours` is our processes' way to it, perhaps through a pooler."""

    dialect = "postgres"

    def __init__(self, url: str, ours: str | None = None) -> None:
        self.url, self.ours = url, ours or url
        # The whole of a production: `perennial.migrate` starts on no half of one.
        self.environment = {
            "DATABASE_URL": self.ours,
            "REDIS_URL": "redis://127.0.0.1:1",
            "PERENNIAL_ISSUER": "https://issuer.example",
            "PERENNIAL_TOKEN_KEYS": Fernet.generate_key().decode(),
        }

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The query's rows."""
        return await read_postgres(self.url, sql)

    async def tables(self) -> set[str]:
        """The names of the tables."""
        return {name for (name,) in await self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}

    async def catalog(self) -> set[tuple[Any, ...]]:
        """Every column, key and index, as a row."""
        found: set[tuple[Any, ...]] = set()
        for kind, query in (("column", _COLUMNS), ("constraint", _CONSTRAINTS), ("index", _INDEXES)):
            found |= {(kind, *row) for row in await self.rows(query)}
        return found

    async def indexes(self) -> dict[str, str]:
        """The indexes' statements."""
        return {name: sql for _, name, sql in await self.rows(_INDEXES)}


def read_sqlite(file: Path, sql: str) -> list[tuple[Any, ...]]:
    """The query's rows, from any file."""
    with closing(sqlite3.connect(file)) as connection, connection:
        return connection.execute(sql).fetchall()


async def read_postgres(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """The rows of the last statement; each is run by itself."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return [tuple(row) for row in await connection.fetch(statements[-1])]
    finally:
        await connection.close()


async def new_postgres(server_url: str, name: str, template: str = "template1") -> str:
    """The URL of a fresh database on the server: an empty one, or a copy of another."""
    create = f"CREATE DATABASE {name} TEMPLATE {template}"
    await read_postgres(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", create)
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
