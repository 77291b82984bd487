"""Transactions on a database that breaks off, is full, or refuses the end: what is left is a database that works."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import asyncpg
import pytest
from support.stores.servers import DIRECTLY
from support.stores.transactions import PLACES, all_places_work, begin_anew, bounded, connection, kept, write
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.exceptions import OperationalError

from perennial.core.ids import new_id
from perennial.core.states import Platform
from perennial.db.models import Post, Publication
from perennial.db.outages import is_outage, outage_message
from perennial.db.transactions import transaction

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
# Directly: PgBouncer, whose sessions they would be, opens others and tells nobody.
POSTGRES = pytest.mark.parametrize("database", [DIRECTLY], indirect=True)
OURS = "FROM pg_stat_activity WHERE application_name = 'perennial' AND datname = current_database()"
BROKEN = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
MANY = range(PLACES + 2)
EndAll = Callable[[], object]
T = TypeVar("T")


@pytest.fixture(autouse=True)
async def _no_posts(database: str) -> None:
    await works_again()  # the test before may have ended connections that nobody has used since
    await begin_anew()


@pytest.fixture(scope="module")
def end_all_connections(postgres_url: str) -> Iterator[EndAll]:
    """Ends the pool's connections from outside, and lets our own loop see nothing of it before the next query."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    async def end(connection: asyncpg.Connection) -> None:
        while await connection.fetchval(f"SELECT count(pg_terminate_backend(pid)) {OURS}"):
            pass  # until none is left, nor one that was just coming up

    second = run(asyncpg.connect(postgres_url))
    yield lambda: run(end(second))
    run(second.close())
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def works_again() -> None:
    """Asks until there is an answer: each connection that was ended fails whoever is the first to use it."""
    for _ in range(PLACES):
        with suppress(*BROKEN, asyncpg.InternalClientError):
            await connection().execute_query("SELECT 1")
            return
    pytest.fail("the pool did not recover")


@contextmanager
def outage() -> Iterator[None]:
    with pytest.raises(BROKEN) as caught:
        yield
    assert is_outage(caught.value)
    assert not isinstance(connection(), TransactionalDBClient)


@POSTGRES
@bounded
async def test_it_begins_on_another_connection_where_the_first_one_is_broken(end_all_connections: EndAll) -> None:
    for number in MANY:
        end_all_connections()
        async with transaction():
            await write(f"inside-{number:02}")
        await write(f"after-{number:02}")
    assert len(await kept()) == 2 * len(MANY)
    await all_places_work()


@POSTGRES
@pytest.mark.parametrize("at_the_end", [False, True], ids=["in the middle", "at the end"])
@bounded
async def test_a_connection_that_breaks_is_no_success_and_is_given_back(
    end_all_connections: EndAll, at_the_end: bool
) -> None:
    for _ in MANY:
        await works_again()
        with outage():
            async with transaction():
                await write("alice")
                end_all_connections()
                if not at_the_end:
                    await write("bob")
    await works_again()
    assert await kept() == []
    await all_places_work()


@POSTGRES
@bounded
async def test_whoever_is_next_on_a_broken_connection_meets_an_outage_too(end_all_connections: EndAll) -> None:
    errors: list[Exception] = []
    for _ in range(5):
        await works_again()
        end_all_connections()
        for _ in range(2):
            try:
                await Post.filter(clerk_user_id="nobody").update(status="draft")
            except Exception as error:
                errors.append(error)
    assert errors
    assert [error for error in errors if not is_outage(error)] == []


async def defer_the_check_of_keys() -> None:
    """For the rest of the transaction, whether a publication has a post is looked at when it is committed."""
    if connection().capabilities.dialect == "sqlite":
        await connection().execute_query("PRAGMA defer_foreign_keys = ON")
        return
    name = "SELECT conname FROM pg_constraint WHERE conrelid = 'publications'::regclass AND contype = 'f'"
    [found] = await connection().execute_query_dict(name)
    change = f'ALTER TABLE publications ALTER CONSTRAINT "{found["conname"]}" DEFERRABLE INITIALLY DEFERRED'
    await connection().execute_query(change)


async def write_without_a_post() -> None:
    async with transaction():
        await defer_the_check_of_keys()
        await write("alice")
        orphan = {"id": new_id(), "post_id": new_id(), "platform": Platform.X, "content": "Hello"}
        await Publication.bulk_create([Publication(**orphan)])


@bounded
async def test_a_commit_that_is_refused_is_rolled_back_and_does_not_come_back() -> None:
    for _ in MANY:
        with pytest.raises((sqlite3.IntegrityError, asyncpg.ForeignKeyViolationError)):
            await write_without_a_post()
        assert not isinstance(connection(), TransactionalDBClient)
    assert await kept() == []
    async with transaction():
        await write("bob")
    await write("carol")
    assert (await kept(), await Publication.all().count()) == (["bob", "carol"], 0)
    await all_places_work()


@pytest.fixture
async def full(database: str) -> Any:
    """A file that does not grow."""
    [pages] = await connection().execute_query_dict("PRAGMA page_count")
    await connection().execute_query(f"PRAGMA max_page_count = {pages['page_count']}")
    yield
    await connection().execute_query("PRAGMA max_page_count = 1073741823")


async def write_much() -> None:
    async with transaction():
        post_id = await write("alice")
        much = {"id": new_id(), "post_id": post_id, "platform": Platform.X, "content": "x" * 1_000_000}
        await Publication.bulk_create([Publication(**much)])


@SQLITE
@bounded
async def test_a_file_that_is_full_is_an_outage_and_keeps_nothing_of_it(full: None) -> None:
    for _ in range(3):
        with pytest.raises((sqlite3.OperationalError, OperationalError)) as caught:
            await write_much()
        assert is_outage(caught.value)
        assert outage_message(caught.value) == "The database is full."
        assert not isinstance(connection(), TransactionalDBClient)
    assert await kept() == []
    await connection().execute_query("PRAGMA max_page_count = 1073741823")
    await write_much()
    assert await kept() == ["alice"]
    await all_places_work()
