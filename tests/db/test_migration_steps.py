"""The steps of migrations that run beside servers and workers: concurrent indexes, and backfills in batches."""

import asyncio

import asyncpg
import pytest
from support.processes import WAIT_SECONDS, forked, run, running, until
from support.stores.catalogs import Postgres, Sqlite, read_postgres, read_sqlite
from support.stores.next_migration import MIGRATE_FROM, NAME
from support.story import eventually

Database = Sqlite | Postgres
BACKFILL = """
from perennial.db.migration_steps import backfill

RUN_IN_TRANSACTION = False

async def upgrade(db):
    rename = '''UPDATE "posts" SET "clerk_user_id" = CASE "status" WHEN 'bad' THEN NULL ELSE 'renamed' END
                WHERE {batch} AND "clerk_user_id" <> 'renamed' '''
    await backfill(db, "posts", rename, size=2)
    return "SELECT 1"
"""
INDEX = """
from perennial.db.migration_steps import build_index

RUN_IN_TRANSACTION = False

async def upgrade(db):
    await build_index(db, "posts_by_status", '"posts" ("status", "id")')
    return "SELECT 1"
"""
STATE = "SELECT indisvalid, indexrelid FROM pg_index WHERE indexrelid = to_regclass('posts_by_status')"
INVALID = "CREATE UNIQUE INDEX CONCURRENTLY posts_by_status ON posts (status)"
INSERT = """INSERT INTO posts (id, clerk_user_id, status, created_at, updated_at)
    VALUES ('00000000-0000-0000-0000-00000000000{}', 'alice', '{}', '2026-11-23', '2026-11-23')"""


async def write(database: Database, sql: str) -> None:
    """Runs the statement, committed by itself."""
    if isinstance(database, Sqlite):
        read_sqlite(database.file, sql)
    else:
        await read_postgres(database.url, sql)


async def owners(database: Database) -> list[str]:
    return [owner for (owner,) in await database.rows("SELECT clerk_user_id FROM posts ORDER BY id")]


async def test_a_backfill_keeps_the_batches_it_has_done_and_can_be_run_again(migrated_postgres, later, next_migration):
    """Five rows in batches of two; the fourth cannot be changed. (SQLite throws its copy away.)"""
    next_migration.write_text(BACKFILL)
    for number in range(5):
        await write(migrated_postgres, INSERT.format(number, "bad" if number == 3 else "draft"))
    failed = forked("-c", MIGRATE_FROM, str(later), **migrated_postgres.environment)
    assert failed.returncode != 0
    assert await owners(migrated_postgres) == ["renamed", "renamed", "alice", "alice", "alice"]
    await write(migrated_postgres, "UPDATE posts SET status = 'draft'")
    said = run("-c", MIGRATE_FROM, str(later), **migrated_postgres.environment)
    assert f"applied {NAME}" in said
    assert await owners(migrated_postgres) == ["renamed"] * 5


async def test_a_backfill_changes_every_row_on_either_database(migrated, later, next_migration):
    next_migration.write_text(BACKFILL)
    for number in range(5):
        await write(migrated, INSERT.format(number, "draft"))
    done = forked("-c", MIGRATE_FROM, str(later), **migrated.environment)
    assert done.returncode == 0, done.stderr
    assert "migration.progress" in done.stdout + done.stderr
    assert await owners(migrated) == ["renamed"] * 5


async def test_a_backfill_of_an_empty_table_is_nothing(migrated, later, next_migration):
    next_migration.write_text(BACKFILL)
    assert f"applied {NAME}" in run("-c", MIGRATE_FROM, str(later), **migrated.environment)


@pytest.mark.parametrize("step", [BACKFILL, INDEX])
def test_a_step_that_commits_by_itself_refuses_a_transaction(migrated, later, next_migration, step):
    next_migration.write_text(step.replace("RUN_IN_TRANSACTION = False", "RUN_IN_TRANSACTION = True"))
    failed = forked("-c", MIGRATE_FROM, str(later), **migrated.environment)
    assert failed.returncode != 0
    assert "RUN_IN_TRANSACTION = False" in failed.stderr


async def test_an_index_is_built_on_either_database_and_building_it_again_is_nothing(migrated, later, next_migration):
    twice = INDEX.replace("    return", INDEX.splitlines()[-2] + "\n    return")
    next_migration.write_text(twice)
    run("-c", MIGRATE_FROM, str(later), **migrated.environment)
    assert "posts_by_status" in await migrated.indexes()


async def test_an_invalid_index_of_its_name_is_dropped_and_built_anew(migrated_postgres, later, next_migration):
    next_migration.write_text(INDEX)
    for number in range(2):
        await write(migrated_postgres, INSERT.format(number, "draft"))
    with pytest.raises(asyncpg.UniqueViolationError):
        await write(migrated_postgres, INVALID)
    assert [valid for valid, _ in await migrated_postgres.rows(STATE)] == [False]
    run("-c", MIGRATE_FROM, str(later), **migrated_postgres.environment)
    assert [valid for valid, _ in await migrated_postgres.rows(STATE)] == [True]


async def test_an_index_that_a_session_is_still_building_is_waited_for(
    migrated_postgres, later, next_migration, tmp_path
):
    """As a killed process leaves it: the server goes on with its statement. A reader's snapshot holds it up here."""
    next_migration.write_text(INDEX)
    log = tmp_path / "log"
    reader, builder = [await asyncpg.connect(migrated_postgres.url) for _ in range(2)]
    async with reader.transaction(isolation="repeatable_read"):
        await reader.fetch("SELECT FROM posts")
        building = asyncio.create_task(
            builder.execute("CREATE INDEX CONCURRENTLY posts_by_status ON posts (status, id)")
        )
        begun = await eventually(lambda: migrated_postgres.rows(STATE), "the building begins")
        with running("-c", MIGRATE_FROM, str(later), log=log, **migrated_postgres.environment) as process:
            await asyncio.to_thread(until, lambda: "migration.waiting" in log.read_text())
            await reader.execute("COMMIT; BEGIN")
            await building
            assert await asyncio.to_thread(process.wait, WAIT_SECONDS) == 0, log.read_text()
    await asyncio.gather(reader.close(), builder.close())
    assert await migrated_postgres.rows(STATE) == [(True, begun[0][1])], "it is the very index, built once"


async def test_a_batch_that_is_the_victim_of_a_deadlock_is_run_again(
    migrated_postgres, later, next_migration, tmp_path
):
    """The other has the second row, for which the batch waits, and then wants the first."""
    next_migration.write_text(BACKFILL)
    for number in range(2):
        await write(migrated_postgres, INSERT.format(number, "draft"))
    other, log = await asyncpg.connect(migrated_postgres.url), tmp_path / "log"
    lock = "SELECT id FROM posts ORDER BY id {} LIMIT 1 FOR UPDATE"
    async with other.transaction():
        await other.execute("SET LOCAL deadlock_timeout = '1h'")  # so the batch is the one that notices
        await other.fetch(lock.format("DESC"))
        with running("-c", MIGRATE_FROM, str(later), log=log, **migrated_postgres.environment) as process:
            waiting = "SELECT 1 FROM pg_locks WHERE NOT granted"
            await eventually(lambda: migrated_postgres.rows(waiting), "the batch waits for the second row")
            await other.fetch(lock.format("ASC"))
            await other.execute("COMMIT; BEGIN")
            assert await asyncio.to_thread(process.wait, WAIT_SECONDS) == 0, log.read_text()
    await other.close()
    assert "deadlock" in log.read_text()
    assert await owners(migrated_postgres) == ["renamed"] * 2
