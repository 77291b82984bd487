"""Automatic persisted queries: a document is asked for by its hash, and nobody can take the room of the others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from redis.exceptions import OutOfMemoryError
from support.api import CREATE_POST, User
from support.http import client_in
from support.protocols import EVENTS, RESPONSE, get, hashed, named, post, sha, told, whole
from support.publishing import another_process
from support.sockets import hear, let_in, say

from perennial.api import persisted_queries
from perennial.api.app import create_app
from perennial.core.texts import json_text
from perennial.jobs import best_effort
from perennial.process import Process

pytestmark = pytest.mark.one_dialect

QUERY = "query Posts($first: Int = 2) { posts(first: $first) { nodes { id } } }"
POSTS = {"posts": {"nodes": []}}
NOT_FOUND = {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no silent Redis."""
    monkeypatch.setattr(best_effort, "TIMEOUT_SECONDS", 30)


@pytest.fixture
def serving(process: Process, alice: User) -> Callable[..., Any]:
    """Alice at another server of the same database and Redis, which remembers nothing."""

    @asynccontextmanager
    async def open_it(**settings: Any) -> AsyncIterator[User]:
        async with another_process(process, **settings) as other, client_in(create_app(other)) as http:
            yield User(alice.name, http, alice.token)

    return open_it


async def keys(process: Process) -> list[bytes]:
    """The documents in Redis, without the counts."""
    return [one async for one in process.redis.scan_iter("perennial:persisted-query:*") if b":bytes:" not in one]


def size(text: str) -> int:
    """What the text counts."""
    return len(text) + persisted_queries.OVERHEAD_BYTES


@pytest.mark.parametrize("ask", [post, get])
async def test_a_hash_that_is_not_known_is_told_so_and_then_the_document_is_everybodys(
    alice: User, bob: User, serving: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    unknown = await ask(alice, hashed(QUERY))
    assert (unknown.status_code, unknown.json()["errors"], "data" in unknown.json()) == (200, [NOT_FOUND], False)
    assert unknown.headers["cache-control"] == "no-store"
    assert (await ask(alice, whole(QUERY))).json()["data"] == POSTS
    async with serving() as elsewhere:
        for user in (alice, bob, elsewhere):
            assert (await ask(user, hashed(QUERY, variables={"first": 1}))).json()["data"] == POSTS


async def test_each_form_of_an_answer_says_it_so_that_clients_go_on(alice: User) -> None:
    response = await post(alice, hashed(QUERY), RESPONSE)
    assert (response.status_code, response.json()["errors"]) == (200, [NOT_FOUND])
    for _ in range(2):
        events = await post(alice, hashed(QUERY), EVENTS)
        assert events.headers["content-type"].startswith(EVENTS)
        body = json_text({"errors": [NOT_FOUND]}).removesuffix("}")
        assert events.text.startswith(f"event: next\ndata: {body}")
        assert events.text.endswith("\n\nevent: complete\ndata: \n\n")
    assert '"nodes"' in (await post(alice, whole(QUERY), EVENTS)).text
    assert '"nodes"' in (await post(alice, hashed(QUERY), EVENTS)).text


async def test_a_socket_finds_and_keeps_documents_too(opened: Callable[..., Any], alice: User) -> None:
    async with opened() as ws:
        await let_in(ws, alice)

        async def ask(payload: Any) -> Any:
            await say(ws, type="subscribe", id="1", payload=payload)
            answer = await hear(ws)
            if answer["type"] == "next":
                assert (await hear(ws))["type"] == "complete"
            return answer["type"], answer["payload"]

        assert await ask(hashed(QUERY)) == ("error", [NOT_FOUND])
        for payload in (whole(QUERY), hashed(QUERY)):
            kind, answer = await ask(payload)
            assert (kind, answer["data"]) == ("next", POSTS)
        assert (await ask({**whole(QUERY), "query": "{ nothing }"}))[1][0]["message"] == persisted_queries.MISMATCH
        for payload in ({"extensions": {}}, {"extensions": [named(QUERY)]}, {**hashed(QUERY), "query": 1}):
            assert (await ask(payload))[1][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_a_mutation_is_asked_for_by_its_hash_too_but_not_by_get(alice: User) -> None:
    variables = {"input": {"publications": [{"platform": "X", "content": "Hello"}]}}
    assert await told(alice, hashed(CREATE_POST, variables=variables)) == NOT_FOUND
    for body in (whole(CREATE_POST, variables=variables), hashed(CREATE_POST, variables=variables)):
        assert (await told(alice, body))["createPost"]["post"]["status"] == "DRAFT"
    assert (await get(alice, hashed(CREATE_POST, variables=variables))).status_code == 405
    assert len((await alice.do("{ posts { nodes { id } } }"))["nodes"]) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 2},
        {"version": None},
        {"sha256Hash": None},
        {"sha256Hash": "f00"},
        {"sha256Hash": "g" * 64},
        {"sha256Hash": ["f" * 64]},
    ],
)
async def test_what_is_no_hash_of_the_first_version_is_told_so(alice: User, wrong: dict[str, Any]) -> None:
    for more in ({}, {"query": QUERY}):
        answer = await post(alice, {"extensions": named(QUERY, **wrong), **more})
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["extensions"]["code"]) == (400, "BAD_REQUEST")
        assert error["message"] == persisted_queries.MALFORMED


async def test_a_hash_of_another_text_is_refused_and_nothing_is_kept(alice: User, process: Process) -> None:
    for text in ("{ __typename }", '{ post(id: "\ud800") { id } }'):
        answer = await post(alice, {"query": text, "extensions": named(QUERY)})
        assert (answer.status_code, answer.json()["errors"][0]["message"]) == (400, persisted_queries.MISMATCH)
    assert await keys(process) == []


async def test_extensions_without_a_hash_change_nothing(alice: User) -> None:
    for extensions in ({}, {"persistedQuery": None}, {"tracing": True}):
        assert await told(alice, {"query": QUERY, "extensions": extensions}) == POSTS
    assert await told(alice, {**hashed(QUERY), "query": ""}) == NOT_FOUND


async def test_who_has_no_token_neither_fills_nor_probes(alice: User, nobody: User, process: Process) -> None:
    text = "{ __typename }"
    assert await told(nobody, whole(text)) == {"__typename": "Query"}
    assert await keys(process) == []
    await told(alice, whole(text))
    for one in (text, QUERY):
        assert (await told(nobody, hashed(one)))["extensions"] == {"code": "UNAUTHENTICATED"}
    assert (await post(nobody, hashed(text), RESPONSE)).status_code == 401


@pytest.mark.parametrize(
    "text", ["{", "{ nothing }", "query ($a: Int!) { posts(first: $a) { nodes { id } } } { __typename }"]
)
async def test_what_is_not_valid_is_not_kept(alice: User, process: Process, text: str) -> None:
    assert (await told(alice, whole(text)))["extensions"]["code"] == "BAD_REQUEST"
    assert await told(alice, hashed(text)) == NOT_FOUND
    assert await keys(process) == []


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ('{ post(id: "f00") { id } }', True),
        ("mutation { pauseQueue(input: {id: 7}) { deletedId: __typename } }", True),
        ('mutation { connectAccount(input: {platform: X, accessToken: "t0ken"}) { account { id } } }', False),
        ('mutation { connectAccount(input: {platform: X, accessToken: """t0ken"""}) { account { id } } }', False),
        ('mutation ($id: ID! = "t0ken") { deletePost(input: {id: $id}) { deletedId } }', False),
        ('query A { accounts { id } } mutation B { deletePost(input: {id: "t0ken"}) { deletedId } }', False),
        ('mutation { ...A } fragment A on Mutation { deletePost(input: {id: "t0ken"}) { deletedId } }', False),
    ],
)
async def test_a_mutation_with_what_somebody_wrote_is_answered_and_not_kept(
    alice: User, process: Process, text: str, is_kept: bool
) -> None:
    name = {"operationName": "B"} if " B " in text else {}
    in_full = await told(alice, whole(text, **name))
    assert in_full != NOT_FOUND
    assert bool(await keys(process)) == is_kept
    assert await told(alice, hashed(text, **name)) == (in_full if is_kept else NOT_FOUND)


async def test_what_costs_too_much_is_refused_by_its_hash_as_in_full(alice: User, serving: Callable[..., Any]) -> None:
    await told(alice, whole(QUERY))
    async with serving(query_cost_max=10) as elsewhere:
        in_full, by_hash = [await told(elsewhere, body) for body in (whole(QUERY), hashed(QUERY))]
        assert in_full == POSTS
        costly = {"variables": {"first": 50}}
        in_full, by_hash = [await told(elsewhere, one(QUERY, **costly)) for one in (whole, hashed)]
        assert in_full == by_hash
        assert by_hash["extensions"]["limit"] == "cost"


async def test_an_owner_who_fills_its_share_takes_no_room_of_others(
    alice: User, mallory: User, process: Process, serving: Callable[..., Any]
) -> None:
    async with serving(persisted_queries_bytes_max=16 * 4 * size("{ n10: __typename }")) as elsewhere:
        hostile = replace(mallory, http=elsewhere.http)
        for number in range(10, 30):
            assert await told(hostile, whole(f"{{ n{number}: __typename }}")) == {f"n{number}": "Query"}
        assert len(await keys(process)) == 4
        for _ in range(5):
            await told(elsewhere, whole(QUERY))
        text = "{ fits: __typename }"
        await told(elsewhere, whole(text))  # what is known already takes no room
        assert await told(alice, hashed(QUERY)) == POSTS
        assert await told(alice, hashed(text)) == {"fits": "Query"}


async def test_all_owners_together_have_only_so_much_in_a_day(
    login: Callable[[str], User], process: Process, serving: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(persisted_queries_bytes_max=16 * size("{ n10: __typename }")) as elsewhere:
        for number in range(10, 50):
            body = whole(f"{{ n{number}: __typename }}")
            assert await told(replace(login(f"owner {number}"), http=elsewhere.http), body) == {f"n{number}": "Query"}
    assert len(await keys(process)) == 16
    assert capsys.readouterr().out.count("persisted_queries.full") == 1
    lives = [await process.redis.ttl(one) async for one in process.redis.scan_iter("perennial:persisted-query:*")]
    assert all(0 < seconds <= persisted_queries.DAY_SECONDS for seconds in lives)


async def test_none_are_kept_where_the_setting_says_so(process: Process, serving: Callable[..., Any]) -> None:
    async with serving(persisted_queries_bytes_max=0) as alice:
        assert (await told(alice, hashed(QUERY)))["message"] == "PersistedQueryNotSupported"
        assert await told(alice, whole(QUERY)) == POSTS
        assert (await told(alice, hashed(QUERY)))["message"] == "PersistedQueryNotSupported"
    assert await keys(process) == []


async def test_what_redis_lost_is_sent_again_and_known_everywhere(
    alice: User, process: Process, serving: Callable[..., Any]
) -> None:
    async with serving() as elsewhere:
        await told(alice, whole(QUERY))
        await process.redis.flushdb()
        assert await told(alice, hashed(QUERY)) == POSTS  # this server remembers it
        assert await told(elsewhere, hashed(QUERY)) == NOT_FOUND
        await told(alice, whole(QUERY))
        assert await told(elsewhere, hashed(QUERY)) == POSTS


async def test_what_somebody_else_wrote_into_redis_is_not_run(alice: User, process: Process) -> None:
    for text in ("{ __typename }", b"\xff"):
        await process.redis.set(process.redis.name(f"persisted-query:{sha(QUERY)}"), text)
        assert await told(alice, hashed(QUERY)) == NOT_FOUND


@pytest.mark.parametrize("fault", ["away", "silent", "full"])
async def test_without_redis_documents_are_sent_and_answered(
    alice: User, process: Process, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    asked = []

    async def fail(*_: Any, **__: Any) -> Any:
        asked.append(fault)
        if fault == "away":
            raise ConnectionError
        if fault == "full":
            raise OutOfMemoryError
        await asyncio.Event().wait()

    monkeypatch.setattr(best_effort, "TIMEOUT_SECONDS", 0.01)
    for command in ("get", "exists", "set"):
        monkeypatch.setattr(process.redis, command, fail)
    for number in range(3):
        text = f"{{ n{number}: __typename }}"
        assert await told(alice, hashed(text)) == NOT_FOUND
        assert await told(alice, whole(text)) == await told(alice, hashed(text)) == {f"n{number}": "Query"}
    assert len(asked) == 2, "reading and writing each leave it alone for a while"


async def test_memory_is_bounded(alice: User, monkeypatch: pytest.MonkeyPatch, process: Process) -> None:
    monkeypatch.setattr(persisted_queries, "REMEMBERED_MAX", 2)
    for number in range(4):
        await told(alice, whole(f"{{ n{number}: __typename }}"))
    long = "{ __typename } #" + "x" * persisted_queries.LENGTH_MAX
    await told(alice, whole(long))
    await process.redis.flushdb()
    found = [await told(alice, hashed(f"{{ n{number}: __typename }}")) for number in range(4)]
    assert [one == NOT_FOUND for one in (*found, await told(alice, hashed(long)))] == [True, True, False, False, True]
