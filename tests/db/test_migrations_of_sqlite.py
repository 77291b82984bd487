"""A migration of SQLite works on a copy: whatever ends it, the old file is there as it was, or the new one."""

from pathlib import Path
from signal import SIGKILL

import pytest
from support.processes import forked, run
from support.stores.catalogs import read_sqlite
from support.stores.databases import migrate
from support.stores.next_migration import MIGRATE_FROM, MORE, NAME


def test_sqlite_is_copied_before_an_existing_database_is_changed(migrated_sqlite, tmp_path, later):
    assert migrate(migrated_sqlite) == "the schema is up to date\n"
    assert not list(tmp_path.glob("*.before-*")), "there was nothing worth a copy"
    read_sqlite(
        migrated_sqlite.file,
        "INSERT INTO posts (id, clerk_user_id, status, created_at, updated_at) VALUES ('1', 'alice', 'draft', '', '')",
    )
    run("-c", MIGRATE_FROM, str(later), **migrated_sqlite.environment)
    copy = tmp_path / f"perennial.sqlite3.before-{Path(NAME).stem}"
    assert list(tmp_path.glob("*.before-*")) == [copy]
    assert read_sqlite(copy, "SELECT id, clerk_user_id, status FROM posts") == [("1", "alice", "draft")]
    assert "more" not in read_sqlite(copy, "SELECT sql FROM sqlite_master WHERE name = 'posts'")[0][0]
    assert read_sqlite(migrated_sqlite.file, "SELECT clerk_user_id, more FROM posts") == [("alice", None)]


KILLED = "import os, signal; from pathlib import Path; from perennial import migrate; "
KILLED += "from perennial.db import migrating; migrating.MIGRATIONS = Path({folder!r}); "
KILLED += "migrating.{step} = lambda *_: os.kill(os.getpid(), signal.SIGKILL); migrate.main()"


@pytest.mark.parametrize("step", ["_upgrade", "_checkpoint", "_copy", "os.replace"])
def test_a_migration_of_sqlite_that_is_killed_is_made_again_from_the_old_file(migrated_sqlite, tmp_path, later, step):
    killed = forked("-c", KILLED.format(folder=str(later), step=step), **migrated_sqlite.environment)
    assert killed.returncode == -SIGKILL
    assert "more" not in str(read_sqlite(migrated_sqlite.file, "SELECT sql FROM sqlite_master WHERE name = 'posts'"))
    assert NAME in run("-c", MIGRATE_FROM, str(later), **migrated_sqlite.environment)
    assert "more" in str(read_sqlite(migrated_sqlite.file, "SELECT sql FROM sqlite_master WHERE name = 'posts'"))


def test_a_migration_of_sqlite_that_is_killed_in_the_middle_leaves_the_file_as_it_was(migrated_sqlite, tmp_path, later):
    """Statement by statement, as SQLite's migrations are not atomic."""
    migration = later / "models" / NAME
    dies = "import os, signal\n" + MORE.replace(
        'return "ALTER TABLE posts ADD COLUMN more TEXT"',
        'await db.execute_script("ALTER TABLE posts ADD COLUMN more TEXT"); os.kill(os.getpid(), signal.SIGKILL)',
    )
    migration.write_text(dies)
    assert forked("-c", MIGRATE_FROM, str(later), **migrated_sqlite.environment).returncode == -SIGKILL
    migration.write_text(MORE)
    assert NAME in run("-c", MIGRATE_FROM, str(later), **migrated_sqlite.environment)
    assert read_sqlite(migrated_sqlite.file, "SELECT more FROM posts") == []
