"""Transactions: all of it or nothing, and nothing left behind where the beginning or the end fails."""

import asyncio
import sqlite3
import threading

import pytest
from support.stores.transactions import PLACES, all_places_work, begin_anew, bounded, connection, kept, write
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.exceptions import IntegrityError

from perennial.db.transactions import transaction

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
POSTGRES = pytest.mark.parametrize("database", ["postgres"], indirect=True)


@pytest.fixture(autouse=True)
async def _no_posts(database: str) -> None:
    await begin_anew()


def assert_outside() -> None:
    assert not isinstance(connection(), TransactionalDBClient)


@bounded
async def test_what_is_written_inside_is_there_afterwards() -> None:
    async with transaction():
        await write("alice")
        await write("bob")
    assert await kept() == ["alice", "bob"]
    assert_outside()


async def written_and_then(error: BaseException) -> None:
    async with transaction():
        await write("alice")
        raise error


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError, KeyboardInterrupt, GeneratorExit])
@bounded
async def test_nothing_is_there_where_anything_is_raised(error: type[BaseException]) -> None:
    with pytest.raises(error):
        await written_and_then(error())
    assert_outside()
    assert await kept() == []
    await write("bob")
    assert await kept() == ["bob"]


@bounded
async def test_inside_of_another_one_it_joins_that() -> None:
    async with transaction():
        await written_together("alice")
        await write("bob")
    assert await kept() == ["alice", "bob"]


@bounded
async def test_what_was_written_inside_of_another_one_goes_with_it() -> None:
    async def outer() -> None:
        async with transaction():
            await written_together("alice")
            assert await kept() == ["alice"]
            raise ValueError("outer")

    with pytest.raises(ValueError, match="outer"):
        await outer()
    assert await kept() == []
    assert_outside()


@bounded
async def test_a_statement_that_the_database_refuses_rolls_all_of_it_back() -> None:
    async def twice() -> None:
        async with transaction():
            await write("bob", id=await write("alice"))

    with pytest.raises(IntegrityError):
        await twice()
    assert await kept() == []
    await all_places_work()


@bounded
async def test_others_do_not_write_into_it_and_lose_nothing_with_it() -> None:
    inside, on = asyncio.Event(), asyncio.Event()

    async def fails() -> None:
        async with transaction():
            await write("alice")
            inside.set()
            await on.wait()
            raise ValueError

    failing = asyncio.create_task(fails())
    await inside.wait()
    others = [asyncio.create_task(write("bob")), asyncio.create_task(written_together("carol", "dave"))]
    await asyncio.sleep(0)
    on.set()
    await asyncio.gather(failing, *others, return_exceptions=True)
    assert await kept() == ["bob", "carol", "dave"]


async def written_together(*names: str) -> None:
    async with transaction():
        for name in names:
            await write(name)


@pytest.mark.parametrize("stride", [1, 20])
@pytest.mark.parametrize("times", [1, 2])
@bounded
async def test_cancelled_at_any_moment_it_leaves_nothing_behind(stride: int, times: int) -> None:
    whole = []
    for steps in range(3 * PLACES):
        task = asyncio.create_task(written_together(f"{steps}-a", f"{steps}-b"))
        for _ in range(steps * stride):
            await asyncio.sleep(0)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
        if await asyncio.gather(task, return_exceptions=True) == [None]:
            whole.append(steps)
    found = await kept()
    assert {name[:-2] for name in found} >= {str(steps) for steps in whole}
    assert all(f"{name[:-2]}-{half}" in found for name in found for half in "ab")
    await all_places_work()


@bounded
async def test_cancelled_while_it_waits_for_its_turn_it_leaves_the_turn_to_others() -> None:
    on, inside = asyncio.Event(), asyncio.Barrier((1 if _is_sqlite() else PLACES) + 1)

    async def holds() -> None:
        async with transaction():
            await inside.wait()
            await on.wait()

    holding = [asyncio.create_task(holds()) for _ in range(inside.parties - 1)]
    await inside.wait()
    waiting = [asyncio.create_task(written_together("alice")) for _ in range(3)]
    for _ in range(5):
        await asyncio.sleep(0)
    for task in waiting[:2]:
        task.cancel()
    on.set()
    ended = await asyncio.gather(*waiting, *holding, return_exceptions=True)
    assert [type(one) for one in ended[:3]] == [asyncio.CancelledError, asyncio.CancelledError, type(None)]
    assert await kept() == ["alice"]
    await all_places_work()


def _is_sqlite() -> bool:
    return connection().capabilities.dialect == "sqlite"


@SQLITE
@bounded
async def test_cancelled_in_the_middle_of_begin_it_is_not_begun() -> None:
    driver = connection()._connection
    free = threading.Event()
    busy = asyncio.create_task(driver._execute(free.wait))  # what follows waits in the driver's own queue
    task = asyncio.create_task(written_together("alice"))
    for _ in range(5):
        await asyncio.sleep(0)
    for _ in range(2):  # the second time in the middle of what undoes it
        task.cancel()
        await asyncio.sleep(0)
    free.set()
    await asyncio.gather(busy, task, return_exceptions=True)
    await driver._execute(lambda: None)  # all that was queued before is done
    assert task.cancelled()
    assert not driver.in_transaction
    await all_places_work()


@SQLITE
@bounded
async def test_a_begin_that_fails_leaves_nothing_behind() -> None:
    await connection().execute_query("BEGIN")
    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
            async with transaction():
                pytest.fail("it did not begin")
        await connection().execute_query("BEGIN")
    await connection().execute_query("ROLLBACK")
    assert_outside()
    await all_places_work()
