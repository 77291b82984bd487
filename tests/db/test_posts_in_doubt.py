"""The migration that makes posts UNCONFIRMED of which a publication is in doubt, and the way back."""

import pytest
from support.processes import run
from support.stores.catalogs import Postgres, Sqlite, read_postgres, read_sqlite
from support.stores.databases import migrate

Database = Sqlite | Postgres
# A post's publications; what its status was before, and what it is now.
CASES = [
    ("unconfirmed", "unconfirmed", "failed", "unconfirmed"),
    ("unconfirmed", "failed", "failed", "unconfirmed"),
    ("draft", "unconfirmed", "failed", "unconfirmed"),
    ("published", "unconfirmed", "partially_published", "unconfirmed"),
    ("scheduled", "unconfirmed", "scheduled", "scheduled"),
    ("publishing", "unconfirmed", "publishing", "publishing"),
    ("published", "failed", "partially_published", "partially_published"),
    ("failed", "draft", "failed", "failed"),
    ("published", "published", "published", "published"),
    ("draft", "draft", "draft", "draft"),
]
LONG_AGO = "2026-11-01 00:00:00+00:00"
POST = """INSERT INTO posts (id, clerk_user_id, status, created_at, updated_at)
    VALUES ('00000000-0000-0000-0000-00000000000{}', 'alice', '{}', '{time}', '{time}')"""
PUBLICATION = """INSERT INTO publications (id, post_id, platform, content, status, attempts)
    VALUES ('00000000-0000-0000-000{platform}-00000000000{post}', '00000000-0000-0000-0000-00000000000{post}',
        '{platform}', 'Hello', '{status}', 0)"""


async def write(database: Database, sql: str) -> None:
    if isinstance(database, Sqlite):
        read_sqlite(database.file, sql)
    else:
        await read_postgres(database.url, sql)


async def statuses(database: Database) -> list[str]:
    return [status for (status,) in await database.rows("SELECT status FROM posts ORDER BY id")]


@pytest.fixture
async def before(migrated: Database) -> Database:
    """A database on the schema before the migration, with a post for each case as it was then."""
    run("-m", "aerich", "downgrade", "--version", "13", "--yes", **migrated.environment)
    for number, (*publications, status, _) in enumerate(CASES):
        await write(migrated, POST.format(number, status, time=LONG_AGO))
        for platform, state in enumerate(publications):
            await write(migrated, PUBLICATION.format(post=number, platform=platform, status=state))
    return migrated


async def test_posts_in_doubt_are_unconfirmed_and_no_others_are_changed(before):
    assert "applied 13_" in migrate(before)
    assert await statuses(before) == [case[-1] for case in CASES]
    assert await before.rows(f"SELECT 1 FROM posts WHERE updated_at <> '{LONG_AGO}'") == []


async def test_the_way_back_gives_them_the_status_that_they_had(before):
    migrate(before)
    run("-m", "aerich", "downgrade", "--version", "13", "--yes", **before.environment)
    assert await statuses(before) == [case[-2] for case in CASES]
