"""Several queues at once on a PostgreSQL that fails in the middle: nobody is told that what was done was not."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from support.api import DELETE_QUEUES, PAUSE_QUEUES, User
from support.clock import FakeClock
from support.stores.servers import DIRECTLY
from support.ticks import HOUR, due_queues
from tortoise import Tortoise

from perennial.api.graphql._bulk import NOT_BEGUN
from perennial.api.graphql.extensions.outages import IN_THE_WAY, MAY_BE_DONE
from perennial.api.graphql.queues import bulk_types
from perennial.db.pool import client as pool
from perennial.db.sql import run_sql

pytestmark = pytest.mark.parametrize("database", [DIRECTLY], indirect=True)

END_SESSION = "PERFORM pg_terminate_backend(pg_backend_pid())"
MASKED = "Something went wrong on our side."
AtCommit = Callable[[str, str], Awaitable[None]]


@pytest.fixture
async def at_commit(process: Any) -> AsyncIterator[AtCommit]:
    """Lets the server do something when a change of this queue is committed."""

    async def let_do(queue_id: str, statement: str) -> None:
        body = f"BEGIN {statement}; RETURN NULL; END"
        await run_sql(f"CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
        await run_sql(
            "CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON recurring_queues DEFERRABLE INITIALLY DEFERRED "
            f"FOR EACH ROW WHEN (NEW.id = '{queue_id}') EXECUTE FUNCTION at_commit()"
        )

    yield let_do
    await run_sql("DROP FUNCTION IF EXISTS at_commit CASCADE")


@pytest.fixture
async def ids(alice: User, clock: FakeClock) -> list[str]:
    return [queue["id"] for queue in await due_queues(alice, 3, clock.now + HOUR)]


async def statuses(user: User, ids: list[str]) -> list[str]:
    return [(await user.queue(one))["status"] for one in ids]


def told(results: list[Any]) -> list[Any]:
    return [one["error"] and (one["error"]["code"], one["error"]["message"]) for one in results]


async def test_a_session_that_ends_in_the_middle_leaves_one_in_doubt_and_the_rest_not_begun(
    alice: User, ids: list[str], at_commit: AtCommit
) -> None:
    await at_commit(ids[1], END_SESSION)
    results = await alice.do(PAUSE_QUEUES, ids=ids)
    assert told(results) == [None, ("UNAVAILABLE", MAY_BE_DONE), ("UNAVAILABLE", NOT_BEGUN)]
    assert results[0]["queue"]["status"] == "PAUSED"
    assert await statuses(alice, ids) == ["PAUSED", "ACTIVE", "ACTIVE"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("RAISE serialization_failure", ("UNAVAILABLE", IN_THE_WAY)),
        ("RAISE 'a fault'", ("INTERNAL_SERVER_ERROR", MASKED)),
    ],
    ids=["contention", "bug"],
)
async def test_what_is_wrong_with_one_alone_is_its_error_and_the_others_are_done(
    alice: User, ids: list[str], at_commit: AtCommit, fault: str, error: tuple[str, str]
) -> None:
    await at_commit(ids[1], fault)
    assert told(await alice.do(PAUSE_QUEUES, ids=ids)) == [None, error, None]
    assert await statuses(alice, ids) == ["PAUSED", "ACTIVE", "PAUSED"]


@pytest.mark.parametrize("mutation", [PAUSE_QUEUES, DELETE_QUEUES], ids=["pause", "delete"])
async def test_an_outage_before_anything_is_done_refuses_the_whole_and_may_be_asked_again(
    alice: User, ids: list[str], monkeypatch: pytest.MonkeyPatch, mutation: str
) -> None:
    client: Any = Tortoise.get_connection("default")
    async with AsyncExitStack() as stack:
        for _ in range(client.pool.get_max_size()):
            await stack.enter_async_context(client.acquire_connection())
        monkeypatch.setattr(pool, "ACQUIRE_SECONDS", 0.05)
        answer = await alice.execute(mutation, ids=ids)
    monkeypatch.undo()
    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"]["retryAfter"]) == ("UNAVAILABLE", 2)
    assert "reason" not in error["extensions"]
    assert await statuses(alice, ids) == ["ACTIVE"] * 3


async def test_what_cannot_be_read_afterwards_was_done_all_the_same(
    alice: User, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> Any:
        raise ConnectionRefusedError

    monkeypatch.setattr(bulk_types, "queues_by_id", away)
    answer = await alice.execute(PAUSE_QUEUES, ids=ids)
    assert {error["extensions"]["reason"] for error in answer["errors"]} == {"OUTCOME_UNKNOWN"}
    results = answer["data"]["pauseQueues"]["results"]
    assert results == [{"id": one, "queue": None, "error": None} for one in ids]
    monkeypatch.undo()
    assert await statuses(alice, ids) == ["PAUSED"] * 3
