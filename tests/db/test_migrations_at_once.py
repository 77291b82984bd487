"""Several processes that migrate one PostgreSQL, and what else it is busy with meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen
from urllib.parse import urlsplit

import asyncpg
import pytest
from support.processes import WAIT_SECONDS, running
from support.stores.catalogs import Postgres, new_postgres, read_postgres
from support.stores.databases import TABLES
from support.stores.next_migration import MIGRATE_FROM, MORE, NAME, all_migrations
from support.story import eventually

MIGRATIONS = all_migrations()
UP_TO_DATE = "the schema is up to date\n"
SLEEPING = """SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'active' AND query LIKE 'SELECT pg_sleep%'"""
HOLDER = """SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE locktype = 'advisory' AND datname = current_database()"""
SLEEPS = 'async def upgrade(db):\n    return "SELECT pg_sleep({})"\n'
INDEX = """
from perennial.db.migration_steps import build_index

RUN_IN_TRANSACTION = False

async def upgrade(db):
    await build_index(db, "posts_by_status", '"posts" ("status", "id")')
    return "SELECT 1"
"""
NEXT_BUT_ONE = "29_20270102000000_after.py"


class Migrating:
    """A process that applies the migrations of a folder: what it printed, what it logged, and how it ended."""

    def __init__(self, process: "Popen[bytes]", log: Path) -> None:
        self.process, self._log = process, log

    @property
    def said(self) -> str:
        return self._log.read_text()

    async def says(self, words: str) -> None:
        """Waits until it has printed or logged this."""
        await eventually(lambda: asyncio.to_thread(lambda: words in self.said), f"it says {words}")

    async def ends(self) -> int:
        """Waits for its end; its exit code."""
        return await asyncio.to_thread(self.process.wait, WAIT_SECONDS)


@pytest.fixture
def migrating(later: Path, migrated_postgres: Postgres, tmp_path: Path) -> Iterator["Start"]:
    """Starts processes that bring the test's database to the schema of the folder `later`."""
    with ExitStack() as stack:
        yield Start(stack, tmp_path, later, migrated_postgres)


class Start:
    """Starts such processes; all end with the test."""

    def __init__(self, stack: ExitStack, folder: Path, migrations: Path, database: Postgres) -> None:
        self._stack, self._folder, self._migrations = stack, folder, migrations
        self.database, self._started = database, 0

    def __call__(self, *changes: str) -> Migrating:
        self._started += 1
        log = self._folder / f"{self._started}.log"
        command = ("-c", MIGRATE_FROM, str(self._migrations), *changes)
        return Migrating(self._stack.enter_context(running(*command, log=log, **self.database.environment)), log)


def name_of(database: Postgres) -> str:
    """What it is called on its server."""
    return urlsplit(database.url).path[1:]


@pytest.fixture
async def other(migrated_postgres: Postgres) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else's connection to the test's database."""
    connection = await asyncpg.connect(migrated_postgres.url)
    yield connection
    await connection.close()


async def applied(database: Postgres) -> list[str]:
    return [name for (name,) in await database.rows("SELECT version FROM aerich ORDER BY id")]


async def test_processes_that_migrate_at_once_apply_it_once(migrating, other):
    """A lock on the table holds the first of them up until all of them have come as far as they get."""
    async with other.transaction():
        await other.execute("LOCK TABLE posts")
        processes = [migrating() for _ in range(4)]
        await eventually(lambda: waiting(processes, 3), "all but one wait")
    assert [await one.ends() for one in processes] == [0] * 4
    assert sum(f"applied {NAME}\n" in one.said for one in processes) == 1
    assert sum(UP_TO_DATE in one.said for one in processes) == 3
    assert await applied(migrating.database) == [*MIGRATIONS, NAME]


async def waiting(processes: list[Migrating], number: int) -> bool:
    assert all(one.process.poll() is None for one in processes)
    return sum("migration.waiting" in one.said for one in processes) == number


async def test_of_two_that_start_on_an_empty_database_one_migrates_and_the_other_waits_and_goes_on(
    postgres_url, tmp_path, later, through_pooler
):
    """The first migration cannot end before the gate is open."""
    url = await new_postgres(postgres_url, "empty")
    database = Postgres(url, through_pooler(url))
    first = later / "models" / MIGRATIONS[0]
    first.write_text(first.read_text().replace('UP = """', 'UP = """LOCK TABLE gate;'))
    gate = await asyncpg.connect(database.url)
    await gate.execute("CREATE TABLE gate ()")
    await gate.execute("BEGIN; LOCK TABLE gate")
    with ExitStack() as stack:
        start = Start(stack, tmp_path, later, database)
        both = [start(), start()]
        await eventually(lambda: waiting(both, 1), "one waits")
        await gate.close()
        assert [await one.ends() for one in both] == [0, 0]
    (waited,) = [one for one in both if "migration.waiting" in one.said]
    (migrated,) = [one for one in both if one is not waited]
    everything = [*MIGRATIONS, NAME]
    assert waited.said.endswith(UP_TO_DATE)
    assert migrated.said.endswith("".join(f"applied {name}\n" for name in everything))
    assert await applied(database) == everything
    assert await database.tables() == {*TABLES, "aerich", "gate"}


async def test_a_process_that_lacks_no_migration_waits_for_nobody(migrating, next_migration, tmp_path):
    """A worker of the old version that is restarted while the new version migrates for an hour."""
    next_migration.write_text(SLEEPS.format(3600))
    migrating()
    await eventually(lambda: migrating.database.rows(SLEEPING), "the migration runs")
    log = tmp_path / "log"
    with running("-m", "perennial.migrate", log=log, **migrating.database.environment) as process:
        assert await asyncio.to_thread(process.wait, WAIT_SECONDS) == 0
    assert log.read_text().endswith(UP_TO_DATE)
    assert "migration.waiting" not in log.read_text()


async def test_a_concurrent_index_is_finished_while_another_process_waits(migrating, other, next_migration):
    """It waits for every older snapshot, and so for none of ours, whatever transactions are by default."""
    next_migration.write_text(INDEX)
    isolation = f"ALTER DATABASE {name_of(migrating.database)} SET default_transaction_isolation = 'repeatable read'"
    await read_postgres(migrating.database.url, isolation, "SELECT 1")
    building = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('posts_by_status') AND NOT indisvalid"
    async with other.transaction(isolation="repeatable_read"):
        await other.fetch("SELECT FROM posts")
        builder = migrating()
        await eventually(lambda: migrating.database.rows(building), "the index is being built")
        waiter = migrating()
        await waiter.says("migration.waiting")
    assert [await builder.ends(), await waiter.ends()] == [0, 0]
    assert UP_TO_DATE in waiter.said
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('posts_by_status')"
    assert await migrating.database.rows(valid) == [(True,)]


def last_line(process: Migrating) -> str:
    """What a process ends with, which names the setting."""
    line = process.said.splitlines()[-1]
    assert line.startswith("perennial: DATABASE_URL: ")
    return line


async def test_a_migration_whose_table_is_held_lets_others_at_it_and_tries_again(migrating, other):
    """While it waits for the table, every later reader waits behind it: so it gives way, until the first has gone."""
    async with other.transaction():
        await other.fetch("SELECT FROM posts")
        process = migrating()
        await process.says("migration.retried")
        assert await migrating.database.rows("SELECT 1 FROM posts") == []
    assert await process.ends() == 0
    assert await applied(migrating.database) == [*MIGRATIONS, NAME]


async def test_a_migration_whose_table_is_held_for_ever_is_given_up_in_one_line(migrating, other):
    async with other.transaction():
        await other.fetch("SELECT FROM posts")
        process = migrating("applying.TRIES_MAX = 2; applying.LOCK_TIMEOUT_SECONDS = 0.2")
        assert await process.ends() == 1
    assert process.said.count("migration.retried") == 1
    assert f": {Path(NAME).stem} was given up" in last_line(process)
    assert "Traceback" not in process.said


async def test_what_the_database_limits_for_others_does_not_end_a_migration(migrating, next_migration):
    """Neither the one that works nor the one that is idle meanwhile."""
    settings = ("statement_timeout", "idle_in_transaction_session_timeout")
    changes = [f"ALTER DATABASE {name_of(migrating.database)} SET {name} = '500ms'" for name in settings]
    await read_postgres(migrating.database.url, *changes, "SELECT 1")
    next_migration.write_text(SLEEPS.format(2))
    process = migrating()
    assert await process.ends() == 0, process.said
    assert await applied(migrating.database) == [*MIGRATIONS, NAME]


async def test_whoever_loses_the_lock_stops_in_the_middle_of_a_statement(migrating, next_migration, later):
    next_migration.write_text(SLEEPS.format(3600))
    process = migrating()
    await eventually(lambda: migrating.database.rows(SLEEPING), "the migration runs")
    await lose_the_lock(migrating.database)
    assert await process.ends() == 1
    assert ": the connection that holds the lock on migrations was lost" in last_line(process)
    assert "Traceback" not in process.said
    assert await migrating.database.rows(SLEEPING) == [], "nothing of it runs on"
    assert await applied(migrating.database) == MIGRATIONS


async def test_a_migration_whose_connection_is_lost_ends_in_one_line_and_can_be_begun_again(migrating, next_migration):
    next_migration.write_text(SLEEPS.format(3600))
    process = migrating()
    await eventually(lambda: migrating.database.rows(SLEEPING), "the migration runs")
    await migrating.database.rows(f"SELECT pg_terminate_backend(pid) FROM ({SLEEPING}) one")
    assert await process.ends() == 1
    assert ": the database cannot be reached, or not any more" in last_line(process)
    assert "Traceback" not in process.said
    next_migration.write_text(MORE)
    assert await migrating().ends() == 0
    assert await applied(migrating.database) == [*MIGRATIONS, NAME]


async def lose_the_lock(database: Postgres) -> None:
    """The session that has it is ended, as by a server that throws an idle one out."""
    assert await database.rows(f"SELECT pg_terminate_backend(pid) FROM ({HOLDER}) one") == [(True,)]


@pytest.mark.parametrize(("in_transaction", "recorded"), [(True, []), (False, [NAME])])
async def test_whoever_lost_the_lock_commits_no_migration_and_begins_no_other(
    migrating, other, next_migration, in_transaction, recorded
):
    """Also where the loss is noticed late. What runs outside of a transaction is done, and is recorded as done."""
    waits = SLEEPS.replace("pg_sleep({})", "count(*) FROM posts")
    for file, text in ((next_migration, waits), (next_migration.with_name(NEXT_BUT_ONE), MORE)):
        file.write_text(f"RUN_IN_TRANSACTION = {in_transaction}\n{text}")
    async with other.transaction():
        await other.execute("LOCK TABLE posts")
        process = migrating("_turn._POLL_SECONDS = 3600; applying.LOCK_TIMEOUT_SECONDS = 3600")
        await eventually(lambda: migrating.database.rows("SELECT 1 FROM pg_locks WHERE NOT granted"), "it has begun")
        await lose_the_lock(migrating.database)
    assert await process.ends() == 1
    assert "was lost" in process.said
    assert await applied(migrating.database) == [*MIGRATIONS, *recorded]
