"""Before a database is opened: it answers, it takes writes, and it has our schema; or one line says what is missing."""

import asyncio
import shutil
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr
from support.environment import PRODUCTION
from support.processes import completed
from support.stores.catalogs import Postgres
from support.stores.forwarder import forwarding
from support.stores.next_migration import MIGRATE_FROM, MORE, NAME

from perennial.core.errors import MigrationError, SettingsError
from perennial.db import connection, migrating
from perennial.db.connecting.connector import Connection
from perennial.db.connection import APP
from perennial.db.starting.preparing import bring_up_to_date, prepare
from perennial.settings import Settings

LATER = "INSERT INTO aerich (version, app, content) VALUES ('99_20990101000000_later.py', 'models', '{}')"


def settings(url: str, **more: object) -> Settings:
    return Settings().model_copy(update={"database_url": SecretStr(url), **more})


async def test_what_is_there_already_is_not_migrated_again(migrated_postgres: Postgres) -> None:
    assert await bring_up_to_date(settings(migrated_postgres.url)) == []
    for may_migrate in (True, False):
        assert await prepare(settings(migrated_postgres.url, migrate_on_start=may_migrate)) == []


async def test_what_a_later_version_has_migrated_keeps_nobody_from_starting(migrated_postgres: Postgres) -> None:
    """As processes of the version before are started again during a rolling upgrade."""
    await migrated_postgres.rows(LATER)
    assert await bring_up_to_date(settings(migrated_postgres.url)) == []
    for may_migrate in (True, False):
        assert await prepare(settings(migrated_postgres.url, migrate_on_start=may_migrate)) == []


async def test_who_may_not_migrate_says_what_is_pending(migrated_postgres: Postgres) -> None:
    await migrated_postgres.rows("DELETE FROM aerich WHERE version LIKE '0_%'")
    with pytest.raises(
        MigrationError, match=r"^DATABASE_URL: .*: migrations are pending \(0_\w+\); run perennial migrate$"
    ):
        await prepare(settings(migrated_postgres.url, migrate_on_start=False))


async def test_so_does_the_embedded_mode(tmp_path: Path) -> None:
    embedded = Settings().model_copy(update={"var_dir": tmp_path, "migrate_on_start": False})
    with pytest.raises(MigrationError, match=r"^PERENNIAL_VAR_DIR: .*: migrations are pending \(0_"):
        await prepare(embedded)


async def test_a_role_of_its_own_needs_its_rights_on_our_tables_and_no_other(migrated_postgres: Postgres) -> None:
    """As where one role owns the tables and migrates, and servers and workers are another."""
    role = f"app_{uuid4().hex[:8]}"
    ours = settings(migrated_postgres.url.replace("//perennial@", f"//{role}@"))
    await migrated_postgres.rows(f"CREATE ROLE {role} LOGIN")
    await migrated_postgres.rows(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    with pytest.raises(SettingsError, match=rf"the role {role} may not read and write .*posts.*; GRANT SELECT, INSERT"):
        await prepare(ours)
    await migrated_postgres.rows(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
    assert await prepare(ours) == []


WRONG = "ALTER TABLE posts RENAME COLUMN nowhere TO somewhere"
FORBIDDEN = "SET LOCAL ROLE pg_monitor; DROP TABLE posts"


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (WRONG, ("process.failed", "UndefinedColumnError", "nowhere")),
        (FORBIDDEN, ("perennial: DATABASE_URL: ", "the role lacks a right (must be owner of table posts); grant it")),
    ],
)
async def test_a_fault_of_a_migration_is_told_whole_and_a_right_that_it_lacks_in_a_line(
    migrated_postgres: Postgres, tmp_path: Path, statement: str, says: tuple[str, ...]
) -> None:
    """The first is no setting's."""
    shutil.copytree(migrating.MIGRATIONS, tmp_path, dirs_exist_ok=True)
    (tmp_path / APP / NAME).write_text(MORE.replace("ALTER TABLE posts ADD COLUMN more TEXT", statement))
    environment = PRODUCTION | {"DATABASE_URL": migrated_postgres.url}
    ended = await asyncio.to_thread(completed, "-c", MIGRATE_FROM, str(tmp_path), **environment)
    assert ended.returncode == 1
    assert [words for words in says if words not in ended.stderr] == []
    assert ("perennial: " in ended.stderr) == (statement != WRONG)


async def test_a_database_that_falls_silent_after_it_has_let_us_in_is_not_waited_for(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = connection.connect
    with forwarding(f"{postgres_url.partition('host=')[2]}/.s.PGSQL.5432") as line:

        async def connect_and_cut(config: dict[str, object]) -> Connection:
            connected = await connect(config)
            line.swallow()
            return connected

        monkeypatch.setattr(connection, "connect", connect_and_cut)
        url = f"postgres://perennial@127.0.0.1:{line.port}/postgres?connect_timeout=1"
        with pytest.raises(
            SettingsError, match=r"^DATABASE_URL: 127\.0\.0\.1:\d+/postgres: it does not answer in time"
        ):
            await prepare(settings(url))
