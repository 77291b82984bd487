"""PostgreSQL is silent: its connections are open, and nothing is answered. A request is, at its limit."""

from collections.abc import AsyncIterator

import pytest
from support.api import CREATE_POST, QUEUES_QUERY, User
from support.production.seeds import connect, posts
from support.production.stage import CRON_SECONDS, Stage
from support.production.staging import staged_on
from support.production.truth import assert_nothing_twice, publications
from support.stores.postgres import OwnPostgres
from support.story import eventually

POST = {"publications": [{"platform": "X", "content": "Hello"}]}


@pytest.fixture
async def stage(postgres, tmp_path, identity) -> AsyncIterator[Stage]:
    async with staged_on(postgres, tmp_path, identity, PERENNIAL_REQUEST_SECONDS_MAX="1") as stage:
        yield stage


async def test_a_request_is_answered_at_its_limit_while_the_database_is_silent_and_all_goes_on_when_it_speaks(
    stage, postgres: OwnPostgres
):
    """The driver waits half a minute for an answer to its own cancelling, which is longer than the test's client."""
    await connect(stage, ["alice"])
    processes = [await stage.server(), await stage.ready_worker()]
    alice = stage.user("alice")
    await eventually(lambda: is_answered(alice), "it answers within its limit")
    postgres.freeze()
    for query, given in ((QUEUES_QUERY, {}), (CREATE_POST, {"input": POST}), (QUEUES_QUERY, {})):
        [error] = (await alice.execute(query, **given))["errors"]
        assert error["extensions"]["limit"] == "seconds"
    ready = await stage.http.get("/readyz")
    assert (ready.status_code, ready.json()["database"]) == (503, "down")
    postgres.thaw()
    await posts(stage, ["alice"])
    await eventually(lambda: is_answered(alice), "it answers within its limit again")
    await stage.settled(CRON_SECONDS)
    assert [process.poll() for process in processes] == [None] * 2
    assert {row["status"] for row in (await publications(stage)).values()} == {"published"}
    await assert_nothing_twice(stage)


async def is_answered(user: User) -> bool:
    """A second is short for a machine with other things to do, and connections may have to be made first."""
    answer = await user.execute(QUEUES_QUERY)
    return "errors" not in answer and answer["data"]["queues"]["nodes"] == []
