"""The migrations build what the models describe, up and down, on both dialects."""

import re
import shutil
from pathlib import Path

import pytest
from support.processes import ROOT, run
from support.stores.catalogs import Postgres, Sqlite, new_postgres
from support.stores.databases import TABLES, migrate

Database = Sqlite | Postgres
ALL = [
    "0_20261123000000_init.py",
    "1_20261125000000_reliability.py",
    "2_20261126000000_idempotency.py",
    "3_20261129000000_accounts_of_publications.py",
    "4_20261129000001_backfill_accounts.py",
    "5_20261129000002_publications_of_account.py",
    "6_20261129000003_publications_of_queue.py",
    "7_20261129000004_heads_of_accounts.py",
    "8_20261129000005_refresh_breakers.py",
    "9_20261129000006_accounts_to_reconnect.py",
    "10_20261129000007_posts_of_owner.py",
    "11_20261129000008_publications_in_doubt.py",
    "12_20261129000009_refused_alone.py",
    "13_20261129000010_posts_in_doubt.py",
    "15_20261129000012_confirmed_by_persons.py",
    "16_20261129000013_columns_of_lists.py",
    "17_20261129000014_backfill_lists.py",
    "18_20261129000015_posts_by_state.py",
    "19_20261129000016_posts_by_time.py",
    "20_20261129000017_posts_by_change.py",
    "21_20261129000018_posts_of_queue.py",
    "22_20261129000019_no_posts_by_queue.py",
    "23_20261129000020_queues_by_making.py",
    "24_20261129000021_executions_of_owner.py",
    "25_20261130000001_recurrence.py",
    "26_20261130000002_queues_to_resume.py",
    "27_20261130000003_queues_resumed.py",
]
APPLIED = "".join(f"applied {name}\n" for name in ALL)
GENERATE = """
import asyncio
from tortoise import Tortoise
from perennial.migrate import TORTOISE_ORM

async def main():
    await Tortoise.init(config=TORTOISE_ORM)
    await Tortoise.generate_schemas(safe=False)
    await Tortoise.close_connections()

asyncio.run(main())
"""


@pytest.fixture(params=["sqlite", "postgres"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database without a table, on one dialect and on the other."""
    if request.param == "sqlite":
        return Sqlite(tmp_path)
    url = await new_postgres(request.getfixturevalue("postgres_url"), "empty")
    return Postgres(url, request.getfixturevalue("through_pooler")(url))


@pytest.fixture
async def described(migrated: Database, tmp_path: Path) -> Database:
    """A database with the schema that the ORM generates from the models, on the dialect of the migrated one."""
    if isinstance(migrated, Sqlite):
        found: Database = Sqlite(tmp_path / "described")
        (tmp_path / "described").mkdir()
    else:
        found = Postgres(await new_postgres(migrated.url, "described"))
    run("-c", GENERATE, **found.environment)
    return found


async def test_migrations_build_exactly_what_the_models_describe(migrated, described):
    assert await migrated.tables() == {*TABLES, "aerich"}
    assert await migrated.catalog() == await described.catalog()


async def test_the_founding_storys_indexes_are_there(migrated):
    indexes = {name: re.sub(r"[\"()]|::\w+( varying)?", "", sql) for name, sql in (await migrated.indexes()).items()}
    assert indexes["by_user_status"].endswith("clerk_user_id, status, next_scheduled_time, id")
    assert indexes["by_next_scheduled"].endswith("next_scheduled_time, id WHERE status = 'active'")


async def test_down_removes_everything_and_up_brings_it_back(migrated):
    before = await migrated.catalog()
    run("-m", "aerich", "downgrade", "--version", "0", "--yes", **migrated.environment)
    assert await migrated.tables() == {"aerich"}
    assert await migrated.rows("SELECT * FROM aerich") == []
    assert migrate(migrated) == APPLIED
    assert await migrated.catalog() == before


async def test_up_twice_is_nothing(empty):
    assert migrate(empty) == APPLIED
    before = await empty.catalog()
    assert migrate(empty) == "the schema is up to date\n"
    assert await empty.catalog() == before
    assert await empty.rows("SELECT version, app FROM aerich ORDER BY id") == [(name, "models") for name in ALL]


async def test_aerich_finds_nothing_to_migrate_from_the_last_migration_to_the_models(migrated, tmp_path):
    project = tmp_path / "project"
    shutil.copytree(ROOT / "migrations", project / "migrations")
    shutil.copy(ROOT / "pyproject.toml", project)
    (project / "src").mkdir()
    before = sorted(project.rglob("*.py"))
    assert "No changes detected" in run("-m", "aerich", "migrate", "--no-input", folder=project, **migrated.environment)
    assert sorted(project.rglob("*.py")) == before
