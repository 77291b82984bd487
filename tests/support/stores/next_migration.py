"""The next migration, and how a process applies the migrations of some other folder than ours."""

from support.processes import ROOT

NAME = "28_20270101000000_more.py"
MORE = """
async def upgrade(db) -> str:
    return "ALTER TABLE posts ADD COLUMN more TEXT"


async def downgrade(db) -> str:
    return "ALTER TABLE posts DROP COLUMN more"
"""
MIGRATE_FROM = "import sys; from pathlib import Path; from perennial import migrate; "
MIGRATE_FROM += "from perennial.db import migrating; folder, *more = sys.argv[1:]; del sys.argv[1:]; "
MIGRATE_FROM += "migrating.MIGRATIONS = Path(folder); "
MIGRATE_FROM += "from perennial.db.migrating_on_postgres import _turn, applying; applying.RETRY_PAUSE_SECONDS = 0.2; "
MIGRATE_FROM += "exec(''.join(more)); migrate.main()"  # with more that a test changes


def all_migrations() -> list[str]:
    """The names of our migrations, oldest first."""
    names = [path.name for path in (ROOT / "migrations" / "models").glob("[0-9]*.py")]
    return sorted(names, key=lambda name: int(name.partition("_")[0]))
