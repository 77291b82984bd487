"""Whether something may have been committed: noted before a COMMIT is sent, and taken back where it is refused."""

import asyncio
from typing import Any

import pytest
from support.api import User
from support.publishing import eventually
from support.stores.servers import DIRECTLY

from perennial.db.commits import count_commits, watch_commits
from perennial.db.sql import run_sql
from perennial.db.transactions import transaction

BOTH = pytest.mark.parametrize("database", ["sqlite", DIRECTLY], indirect=True)
WRITE = "UPDATE posts SET clerk_user_id = clerk_user_id"


@BOTH
async def test_it_is_seen_by_whoever_watches_and_once_for_a_transaction_in_another(process: Any) -> None:
    watch = watch_commits()
    async with transaction(), transaction():
        await run_sql(WRITE)
        assert not watch.may_have_written
    assert watch.count == 1


@BOTH
async def test_what_is_rolled_back_was_not_written(process: Any) -> None:
    watch = watch_commits()

    async def write() -> None:
        async with transaction():
            await run_sql(WRITE)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await write()
    assert not watch.may_have_written


@BOTH
async def test_those_that_it_starts_are_watched_too_and_another_s_are_not(process: Any) -> None:
    async def write() -> None:
        async with transaction():
            await run_sql(WRITE)

    other = asyncio.create_task(asyncio.sleep(0))
    watch = watch_commits()
    await asyncio.gather(write(), write())
    assert watch.count == 2
    await other
    anew = watch_commits()
    await write()
    assert (watch.count, anew.count) == (2, 1)


@BOTH
async def test_a_part_is_counted_by_itself_and_in_the_whole(process: Any) -> None:
    async def write() -> None:
        async with transaction():
            await run_sql(WRITE)

    whole = watch_commits()
    await write()
    with count_commits() as part:
        await write()
        assert (part.count, whole.count) == (1, 2)
    await write()
    assert (part.count, whole.count) == (1, 3)


async def _write_with_a_commit_that_does(at_commit: str) -> None:
    async with transaction():
        await run_sql("CREATE TABLE committed (id int)")
        await run_sql(
            f"CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {at_commit}; RETURN NULL; END $$"
        )
        await run_sql(
            "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON committed DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION at_commit()"
        )
        await run_sql("INSERT INTO committed VALUES (1)")


@pytest.mark.parametrize("database", [DIRECTLY], indirect=True)
async def test_a_commit_that_is_refused_is_none(process: Any) -> None:
    watch = watch_commits()
    with pytest.raises(Exception, match="serialization_failure"):
        await _write_with_a_commit_that_does("RAISE serialization_failure")
    assert watch.count == 0


@pytest.mark.parametrize("database", [DIRECTLY], indirect=True)
async def test_a_commit_to_which_nobody_answers_may_be_one(process: Any) -> None:
    async def is_committing() -> bool:
        return bool(await run_sql("SELECT 1 FROM pg_stat_activity WHERE query = 'COMMIT;' AND state = 'active'"))

    watch = watch_commits()
    writing = asyncio.create_task(_write_with_a_commit_that_does("PERFORM pg_sleep(60)"))
    await eventually(is_committing)
    writing.cancel()
    await asyncio.wait([writing])
    assert watch.count == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_commit_that_a_file_refuses_is_none(alice: User) -> None:
    """A constraint that is checked at the COMMIT stands for a file without room."""

    async def write() -> None:
        async with transaction():
            await run_sql("PRAGMA defer_foreign_keys = ON")
            await run_sql("UPDATE publications SET post_id = 'nobody'")

    await alice.create_post(x="Hello")
    watch = watch_commits()
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await write()
    assert watch.count == 0
