"""What a caller is told where a real PostgreSQL is slow, full of locks, has no place, or ends the session."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from contextvars import copy_context
from typing import Any

import pytest
from support.api import CREATE_POST, User
from support.stores.servers import DIRECTLY
from tortoise import Tortoise

from perennial.api.graphql.posts import listing as lists
from perennial.db.pool import client as pool
from perennial.db.sql import run_sql
from perennial.db.transactions import transaction
from perennial.posts import posts

pytestmark = pytest.mark.parametrize("database", [DIRECTLY], indirect=True)

POSTS = "{ posts { nodes { id } } }"
DRAFT = {"publications": [{"platform": "X", "content": "Hello"}], "idempotencyKey": "one"}
RESPONSE = "application/graphql-response+json"
END_SESSION = "SELECT pg_terminate_backend(pg_backend_pid())"
At = Callable[[str], Awaitable[None]]


@pytest.fixture
def listing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Awaitable[Any]]], None]:
    """Lets the listing of posts do this work before its own."""
    list_posts = lists.list_posts

    def let_do(work: Callable[[], Awaitable[Any]]) -> None:
        async def listing(*given: Any, **named: Any) -> Any:
            await work()
            return await list_posts(*given, **named)

        monkeypatch.setattr(lists, "list_posts", listing)

    return let_do


async def ask(user: User, query: str, **variables: Any) -> tuple[int, dict[str, Any]]:
    """The status, and the first error's extensions without the request's id; {} if there is none."""
    headers = {"Authorization": f"Bearer {user.token}", "Accept": RESPONSE}
    answer = await user.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    [error] = answer.json().get("errors") or [{"extensions": {}}]
    return answer.status_code, {name: value for name, value in error["extensions"].items() if name != "requestId"}


def unavailable(seconds: int, **more: Any) -> dict[str, Any]:
    return {"code": "UNAVAILABLE", "retryAfter": seconds, **more}


async def test_a_statement_that_takes_longer_than_it_may(alice: User, listing: Any) -> None:
    async def work() -> None:
        async with transaction():
            await run_sql("SET LOCAL statement_timeout = '20ms'")
            await run_sql("SELECT pg_sleep(60)")

    listing(work)
    assert await ask(alice, POSTS) == (503, unavailable(5))


async def test_a_value_that_the_driver_does_not_take_is_a_bug(alice: User, listing: Any) -> None:
    listing(lambda: run_sql("SELECT $1::int", "a text"))
    assert await ask(alice, POSTS) == (200, {"code": "INTERNAL_SERVER_ERROR"})


async def test_a_lock_that_is_not_to_be_had_in_time(alice: User, listing: Any) -> None:
    async def work() -> None:
        async with transaction():
            await run_sql("SET LOCAL lock_timeout = '20ms'")
            await run_sql("LOCK TABLE posts")

    listing(work)
    outside = copy_context()  # what is asked in here would be in our transaction
    async with transaction():
        await run_sql("LOCK TABLE posts IN ROW SHARE MODE")
        assert await asyncio.create_task(ask(alice, POSTS), context=outside) == (503, unavailable(1))


async def test_of_two_that_wait_for_each_other_one_may_ask_again(alice: User, bob: User, listing: Any) -> None:
    both, orders = asyncio.Barrier(2), [(1, 2), (2, 1)]

    async def work() -> None:
        first, second = orders.pop()
        async with transaction():
            await run_sql("SELECT pg_advisory_xact_lock($1)", first)
            await both.wait()
            await run_sql("SELECT pg_advisory_xact_lock($1)", second)

    listing(work)
    answers = await asyncio.gather(ask(alice, POSTS), ask(bob, POSTS))
    assert sorted(answers, key=lambda one: one[0]) == [(200, {}), (503, unavailable(1))]


async def test_all_connections_are_taken(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client: Any = Tortoise.get_connection("default")
    async with AsyncExitStack() as stack:
        for _ in range(client.pool.get_max_size()):
            await stack.enter_async_context(client.acquire_connection())
        monkeypatch.setattr(pool, "ACQUIRE_SECONDS", 0.05)
        assert await ask(alice, POSTS) == (503, unavailable(2))
    monkeypatch.undo()
    assert await ask(alice, POSTS) == (200, {})


async def test_a_session_that_ends_before_the_commit_leaves_nothing(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert_posts = posts.insert_posts

    async def insert(*given: Any) -> None:
        await insert_posts(*given)
        await run_sql(END_SESSION)

    monkeypatch.setattr(posts, "insert_posts", insert)
    assert await ask(alice, CREATE_POST, input=DRAFT) == (503, unavailable(5))
    monkeypatch.undo()
    assert (await alice.do(POSTS))["nodes"] == []


@pytest.fixture
async def at_commit(process: Any) -> AsyncIterator[At]:
    """Lets the server do something whenever a transaction that wrote a post is committed."""

    async def let_do(statement: str) -> None:
        body = f"BEGIN {statement}; RETURN NULL; END"
        await run_sql(f"CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
        await run_sql(
            "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON posts DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION at_commit()"
        )

    yield let_do
    await run_sql("DROP FUNCTION IF EXISTS at_commit CASCADE")


async def test_a_session_that_ends_during_the_commit_leaves_a_doubt_and_a_key_resolves_it(
    alice: User, at_commit: At
) -> None:
    """Here nothing was kept. But the client cannot tell that from a session that was ended a moment later."""
    await at_commit(END_SESSION.replace("SELECT", "PERFORM"))
    assert await ask(alice, CREATE_POST, input=DRAFT) == (200, unavailable(5, reason="OUTCOME_UNKNOWN"))
    await run_sql("DROP FUNCTION at_commit CASCADE")
    first, second = [await alice.do(CREATE_POST, input=DRAFT) for _ in range(2)]
    assert [post["id"] for post in (await alice.do(POSTS))["nodes"]] == [first["id"]] == [second["id"]]


async def test_a_commit_that_is_refused_leaves_none(alice: User, at_commit: At) -> None:
    await at_commit("RAISE serialization_failure")
    assert await ask(alice, CREATE_POST, input=DRAFT) == (503, unavailable(1))
    assert (await alice.do(POSTS))["nodes"] == []
