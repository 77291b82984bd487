"""Backups of a stage's database, and stages on databases that they were restored into."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from support.production.stage import Stage
from support.stores.backups import dump, psql, restore
from support.stores.catalogs import new_postgres, read_postgres


async def back_up(stage: Stage, server_url: str) -> Path:
    """The file of a backup as the stage's database is now. Skips the test without PostgreSQL's programs."""
    name = await stage.one("SELECT current_database()")
    file: Path = stage.folder / "perennial.dump"
    dump(urlunsplit(urlsplit(server_url)._replace(path=f"/{name}")), file)
    return file


@asynccontextmanager
async def restored(
    stage: Stage, server_url: str, backup: Path, *steps: str, until: str = "now", **environment: str
) -> AsyncIterator[Stage]:
    """The stage's parts on a new database with the backup's content, on which these steps were taken, in SQL."""
    name = f"restored_{uuid4().hex[:8]}"
    url = await new_postgres(server_url, name)
    restore(backup, url)
    for sql in steps:
        psql(url, sql, until=until)
    async with asyncpg.create_pool(url, min_size=0, max_size=5) as database:
        given = {**stage.environment, "DATABASE_URL": url, **environment}
        yield replace(stage, database=database, environment=given)
    await read_postgres(server_url, f"DROP DATABASE {name} WITH (FORCE)")
