"""The migrations build what the models describe, up and down, on both dialects, and once however many ask for it."""

import asyncio
import re
import shutil
import subprocess
import sys
from pathlib import Path
from signal import SIGKILL

import asyncpg
import pytest
from support.catalogs import Postgres, Sqlite, new_postgres, read_postgres, read_sqlite
from support.processes import ROOT, clean_environment

from perennial.queues._due_queues import _DUE

Database = Sqlite | Postgres
OURS = {
    "posts",
    "publications",
    "recurring_queues",
    "queue_executions",
    "connected_accounts",
    "platform_breakers",
    "idempotency_keys",
}
ALL = ["0_20261123000000_init.py", "1_20261125000000_reliability.py", "2_20261126000000_idempotency.py"]
APPLIED = "".join(f"applied {name}\n" for name in ALL)
MORE = """
async def upgrade(db) -> str:
    return "ALTER TABLE posts ADD COLUMN more TEXT"


async def downgrade(db) -> str:
    return "ALTER TABLE posts DROP COLUMN more"
"""
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
MIGRATE_FROM = "import sys; from pathlib import Path; from perennial import migrate; "
MIGRATE_FROM += "from perennial.db import migrating; migrating.MIGRATIONS = Path(sys.argv[1]); migrate.main()"


def start(database: Database, *command: str, folder: Path = ROOT) -> "subprocess.Popen[str]":
    environment = {**clean_environment(), **database.environment}
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def run(database: Database, *command: str, folder: Path = ROOT) -> str:
    process = start(database, *command, folder=folder)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return output


def up(database: Database) -> str:
    return run(database, "-m", "perennial.migrate")


def down(database: Database) -> str:
    return "".join(run(database, "-m", "aerich", "downgrade", "--yes") for _ in ALL)


@pytest.fixture(params=["sqlite", "postgres"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database without a table, on one dialect and on the other."""
    if request.param == "sqlite":
        return Sqlite(tmp_path)
    return Postgres(await new_postgres(request.getfixturevalue("postgres_url"), "migrated"))


@pytest.fixture
async def described(empty: Database, tmp_path: Path) -> Database:
    """A database with the schema that the ORM generates from the models."""
    if isinstance(empty, Sqlite):
        (tmp_path / "described").mkdir()
        found: Database = Sqlite(tmp_path / "described")
    else:
        found = Postgres(await new_postgres(empty.url, "described"))
    run(found, "-c", GENERATE)
    return found


async def test_migrations_build_exactly_what_the_models_describe(empty, described):
    up(empty)
    assert await empty.tables() == {*OURS, "aerich"}
    assert await empty.catalog() == await described.catalog()


async def test_the_founding_storys_indexes_are_there(empty):
    up(empty)
    indexes = {name: re.sub(r"[\"()]|::\w+( varying)?", "", sql) for name, sql in (await empty.indexes()).items()}
    assert indexes["by_user_status"].endswith("clerk_user_id, status, next_scheduled_time, id")
    assert indexes["by_next_scheduled"].endswith("next_scheduled_time, id WHERE status = 'active'")


async def test_down_removes_everything_and_up_brings_it_back(empty):
    up(empty)
    before = await empty.catalog()
    down(empty)
    assert await empty.tables() == {"aerich"}
    assert await empty.rows("SELECT * FROM aerich") == []
    assert up(empty) == APPLIED
    assert await empty.catalog() == before


async def test_up_twice_is_nothing(empty):
    assert up(empty) == APPLIED
    before = await empty.catalog()
    assert up(empty) == "the schema is up to date\n"
    assert await empty.catalog() == before
    assert await empty.rows("SELECT version, app FROM aerich ORDER BY id") == [(name, "models") for name in ALL]


async def test_aerich_finds_nothing_to_migrate_from_the_last_migration_to_the_models(empty, tmp_path):
    up(empty)
    project = tmp_path / "project"
    shutil.copytree(ROOT / "migrations", project / "migrations")
    shutil.copy(ROOT / "pyproject.toml", project)
    (project / "src").mkdir()
    before = sorted(project.rglob("*.py"))
    assert "No changes detected" in run(empty, "-m", "aerich", "migrate", "--no-input", folder=project)
    assert sorted(project.rglob("*.py")) == before


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The migrations as they will be after the next change of the schema."""
    folder = tmp_path / "later"
    shutil.copytree(ROOT / "migrations", folder)
    (folder / "models" / "3_20270101000000_more.py").write_text(MORE)
    return folder


async def test_processes_that_migrate_one_postgres_at_once_apply_it_once(postgres_url, later):
    """A lock on the table holds the first of them up until all of them have come as far as they get."""
    database = Postgres(await new_postgres(postgres_url, "contended"))
    up(database)
    connection = await asyncpg.connect(database.url)
    async with connection.transaction():
        await connection.execute("LOCK TABLE posts")
        processes = [start(database, "-c", MIGRATE_FROM, str(later)) for _ in range(4)]
        while await connection.fetchval("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted") < 4:
            assert all(process.poll() is None for process in processes)
            await asyncio.sleep(0.05)
    await connection.close()
    outputs = [process.communicate()[0] for process in processes]
    assert sorted(outputs) == ["applied 3_20270101000000_more.py\n", *["the schema is up to date\n"] * 3]
    assert await database.rows("SELECT count(*) FROM aerich") == [(len(ALL) + 1,)]


def test_sqlite_is_copied_before_an_existing_database_is_changed(tmp_path, later):
    database = Sqlite(tmp_path)
    up(database)
    up(database)
    assert not list(tmp_path.glob("*.before-*")), "there was nothing worth a copy"
    read_sqlite(
        database.file,
        "INSERT INTO posts (id, clerk_user_id, status, created_at, updated_at) VALUES ('1', 'alice', 'draft', '', '')",
    )
    run(database, "-c", MIGRATE_FROM, str(later))
    copy = tmp_path / "perennial.sqlite3.before-3_20270101000000_more"
    assert list(tmp_path.glob("*.before-*")) == [copy]
    assert read_sqlite(copy, "SELECT * FROM posts") == [("1", "alice", "draft", None, None, "", "")]
    assert read_sqlite(database.file, "SELECT clerk_user_id, more FROM posts") == [("alice", None)]


KILLED = "import os, signal; from pathlib import Path; from perennial import migrate; "
KILLED += "from perennial.db import migrating; migrating.MIGRATIONS = Path({folder!r}); "
KILLED += "migrating.{step} = lambda *_: os.kill(os.getpid(), signal.SIGKILL); migrate.main()"


@pytest.mark.parametrize("step", ["_upgrade", "_checkpoint", "_copy", "os.replace"])
def test_a_migration_of_sqlite_that_is_killed_is_made_again_from_the_old_file(tmp_path, later, step):
    database = Sqlite(tmp_path)
    up(database)
    process = start(database, "-c", KILLED.format(folder=str(later), step=step))
    process.communicate()
    assert process.returncode == -SIGKILL
    assert "more" not in str(read_sqlite(database.file, "SELECT sql FROM sqlite_master WHERE name = 'posts'"))
    assert "3_20270101000000_more.py" in run(database, "-c", MIGRATE_FROM, str(later))
    assert "more" in str(read_sqlite(database.file, "SELECT sql FROM sqlite_master WHERE name = 'posts'"))


def test_a_migration_of_sqlite_that_is_killed_in_the_middle_leaves_the_file_as_it_was(tmp_path, later):
    """Statement by statement, as SQLite's migrations are not atomic."""
    database = Sqlite(tmp_path)
    up(database)
    migration = later / "models" / "3_20270101000000_more.py"
    dies = "import os, signal\n" + MORE.replace(
        'return "ALTER TABLE posts ADD COLUMN more TEXT"',
        'await db.execute_script("ALTER TABLE posts ADD COLUMN more TEXT"); os.kill(os.getpid(), signal.SIGKILL)',
    )
    migration.write_text(dies)
    process = start(database, "-c", MIGRATE_FROM, str(later))
    process.communicate()
    assert process.returncode == -SIGKILL
    migration.write_text(MORE)
    assert "3_20270101000000_more.py" in run(database, "-c", MIGRATE_FROM, str(later))
    assert read_sqlite(database.file, "SELECT more FROM posts") == []


async def test_the_due_query_reads_its_partial_index_in_order(postgres_url):
    """With a plan for any value, which PostgreSQL goes over to for a statement that it has prepared often enough."""
    database = Postgres(await new_postgres(postgres_url, "explained"))
    up(database)
    plan = await read_postgres(
        database.url,
        """
        INSERT INTO recurring_queues (id, clerk_user_id, status, "interval", cadence, next_scheduled_time,
                                      execution_count, created_at, updated_at)
        SELECT gen_random_uuid(), 'user' || n % 1000, CASE WHEN n % 3 = 0 THEN 'paused' ELSE 'active' END, 7, 'fixed',
               now() + (n - 500) * interval '1 minute', 0, now(), now()
        FROM generate_series(1, 50000) AS n
        """,
        "ANALYZE recurring_queues",
        f"PREPARE due (timestamptz, int) AS {_DUE}",
        "SET plan_cache_mode = force_generic_plan",
        "EXPLAIN EXECUTE due (now(), 500)",
    )
    text = "\n".join(line for (line,) in plan)
    assert "Index Scan using by_next_scheduled" in text
    assert "Seq Scan" not in text
    assert "Sort" not in text
