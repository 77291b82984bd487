"""PostgreSQL is silent behind PgBouncer, for longer than a statement may take, and speaks again.

The pooler has other clients too: it is not ours to end.
"""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from support.api import CREATE_POST, QUEUES_QUERY, User
from support.production.seeds import connect, posts
from support.production.stage import CRON_SECONDS, Stage
from support.production.staging import staged_on
from support.production.truth import assert_nothing_twice, publications
from support.stores.pgbouncer import OwnPgBouncer
from support.stores.postgres import OwnPostgres
from support.story import eventually, soon

USERS = [f"user{n}" for n in range(10)]
POST = {"publications": [{"platform": "X", "content": "Hello"}]}
SILENT_SECONDS = 35.0  # a statement takes 30 at most


@pytest.fixture
async def stage(postgres, own_pooler, tmp_path, identity) -> AsyncIterator[Stage]:
    async with staged_on(postgres, tmp_path, identity, own_pooler, PERENNIAL_REQUEST_SECONDS_MAX="1") as stage:
        yield stage


@pytest.fixture
async def stranger(own_pooler, postgres) -> AsyncIterator[asyncpg.Connection]:
    """Another program's connection to the same pooler."""
    connection = await asyncpg.connect(own_pooler.url(postgres.url), statement_cache_size=0)
    yield connection
    connection.terminate()


async def test_the_pooler_lives_on_with_all_its_clients_and_what_fell_due_meanwhile_goes_out_once(
    stage, postgres: OwnPostgres, own_pooler: OwnPgBouncer, stranger: asyncpg.Connection
):
    await connect(stage, USERS)
    processes = [await stage.server(), await stage.ready_worker(), await stage.ready_worker()]
    alice = stage.user("alice")
    await eventually(lambda: is_answered(alice), "it answers within its limit")
    assert await stranger.fetchval("SELECT 1") == 1
    await posts(stage, USERS, soon(2))
    await posts(stage, USERS, soon(15))
    postgres.freeze()
    end = asyncio.get_running_loop().time() + SILENT_SECONDS
    while asyncio.get_running_loop().time() < end:
        for query, given in ((QUEUES_QUERY, {}), (CREATE_POST, {"input": POST})):
            [error] = (await alice.execute(query, **given))["errors"]
            assert error["extensions"]["limit"] == "seconds"
    postgres.thaw()
    assert await stranger.fetchval("SELECT 2") == 2
    await eventually(lambda: is_ready(stage), "all say that they are ready")
    await posts(stage, USERS)
    await stage.settled(CRON_SECONDS)
    assert await stranger.fetchval("SELECT 3") == 3
    assert own_pooler.is_running
    assert [process.poll() for process in processes] == [None] * 3
    await eventually(lambda: is_answered(alice), "it answers within its limit again")
    found = await publications(stage)
    assert len(found) == 3 * 2 * len(USERS)
    assert {row["status"] for row in found.values()} == {"published"}
    await assert_nothing_twice(stage)


async def is_ready(stage: Stage) -> bool:
    return (await stage.http.get("/readyz")).status_code == 200


async def is_answered(user: User) -> bool:
    """A second is short for a machine with other things to do, and connections may have to be made first."""
    answer = await user.execute(QUEUES_QUERY)
    return "errors" not in answer and answer["data"]["queues"]["nodes"] == []
