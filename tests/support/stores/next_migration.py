"""The next migration, and how a process applies the migrations of some other folder than ours."""

NAME = "9_20270101000000_more.py"
MORE = """
async def upgrade(db) -> str:
    return "ALTER TABLE posts ADD COLUMN more TEXT"


async def downgrade(db) -> str:
    return "ALTER TABLE posts DROP COLUMN more"
"""
MIGRATE_FROM = "import sys; from pathlib import Path; from perennial import migrate; "
MIGRATE_FROM += "from perennial.db import migrating; migrating.MIGRATIONS = Path(sys.argv[1]); "
MIGRATE_FROM += "from perennial.db.migrating_on_postgres import _turn, applying; applying.RETRY_PAUSE_SECONDS = 0.2; "
MIGRATE_FROM += "exec(''.join(sys.argv[2:])); migrate.main()"  # with more that a test changes
