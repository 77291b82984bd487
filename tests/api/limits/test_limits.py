"""Every limit is hit, with its own words and its own setting, and a request just inside it is answered."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.api import User
from support.http import client_in
from support.publishing import another_process

from perennial.api.app import create_app
from perennial.api.graphql.extensions.known_documents import KnownDocuments
from perennial.process import Process

pytestmark = pytest.mark.one_dialect

With = Callable[..., Any]

# What is set, a document just inside of it, and one just outside.
LIMITS = {
    "query_depth_max": ("depth", 3, "{ queues { nodes { id } } }", "{ queues { edges { node { id } } } }"),
    "query_aliases_max": (
        "aliases",
        2,
        "{ a: __typename b: __typename }",
        "{ a: __typename b: __typename c: __typename }",
    ),
    "query_fragments_max": (
        "fragments",
        1,
        "{ ...A } fragment A on Query { __typename }",
        "{ ...A ...B } fragment A on Query { __typename } fragment B on Query { __typename }",
    ),
    "query_directives_max": (
        "directives",
        1,
        "{ __typename @skip(if: false) }",
        "{ __typename @skip(if: false) @include(if: true) }",
    ),
    "query_cost_max": ("cost", 20, "{ queues(first: 19) { nodes { id } } }", "{ queues(first: 20) { nodes { id } } }"),
    "document_tokens_max": (
        "tokens",
        10,
        "{ a: __typename b: __typename }",
        "{ a: __typename b: __typename c: __typename }",
    ),
    "document_comparisons_max": (
        "comparisons",
        100,
        "{" + " __typename" * 14 + " }",  # each is compared with each: 91
        "{" + " __typename" * 15 + " }",
    ),
    "document_tokens_max (comments)": ("comments", 10, "{ __typename }" + "\n#" * 10, "{ __typename }" + "\n#" * 11),
    "document_length_max": ("length", 100, "{ __typename }" + " " * 86, "{ __typename }" + " " * 87),
}


@pytest.fixture
def limited(process: Process, alice: User) -> With:
    """Alice, at a server with other settings."""

    @asynccontextmanager
    async def open_it(**settings: Any) -> AsyncIterator[User]:
        async with another_process(process, **settings) as other, client_in(create_app(other)) as http:
            yield User(alice.name, http, alice.token)

    return open_it


@pytest.mark.parametrize("setting", LIMITS)
async def test_what_is_just_inside_a_limit_is_answered_and_what_is_outside_is_told_so(
    limited: With, setting: str
) -> None:
    name, most, inside, outside = LIMITS[setting]
    async with limited(**{setting.split(maxsplit=1)[0]: most}) as alice:
        for _ in range(2):  # the second time they are known
            assert "errors" not in await alice.execute(inside)
            (error,) = (await alice.execute(outside))["errors"]
            assert error["extensions"]["code"] == "BAD_REQUEST"
            assert error["extensions"]["limit"] == name
            assert error["extensions"]["max"] == most
            assert f"{most:,}" in error["message"]


async def test_what_is_known_is_measured_again_by_a_server_with_smaller_limits(limited: With, alice: User) -> None:
    document = "{ queues { nodes { originalPost { publications { id } } } } }"
    assert (await alice.do(document))["nodes"] == []
    assert document in KnownDocuments.known
    async with limited(query_depth_max=4) as stricter:
        assert "5 levels" in (await stricter.refused(document)).message


async def test_depth_counts_in_the_introspection_as_everywhere(limited: With, alice: User) -> None:
    deep = "{ __schema { types { " + "fields { type { " * 8 + "name" + " } }" * 8 + " } } }"
    assert "19 levels" in (await alice.refused(deep)).message


async def test_a_variable_that_asks_for_a_large_page_is_weighed(limited: With) -> None:
    document = "query ($n: Int) { queues(first: $n) { nodes { id } } }"
    async with limited(query_cost_max=100) as alice:
        assert (await alice.do(document, n=99))["nodes"] == []
        assert "101 points" in (await alice.refused(document, n=100)).message


async def test_fragments_that_spread_each_other_twice_hold_nobody_up(alice: User) -> None:
    chain = "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))
    document = "{ ...F0 }" + chain + "fragment F40 on Query { __typename }"
    assert await alice.do(document) == "Query"


async def test_a_page_has_so_many_entries_at_most(limited: With) -> None:
    async with limited(page_size_max=30) as alice:
        assert (await alice.do("{ queues(first: 30) { nodes { id } } }"))["nodes"] == []
        refusal = await alice.refused("{ queues(first: 31) { nodes { id } } }")
        assert (refusal.code, refusal.field, refusal.message) == (
            "BAD_USER_INPUT",
            "first",
            "A page has from 1 to 30 entries.",
        )


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_has_so_many_bytes_at_most(limited: With, declared: bool) -> None:
    start, end = b'{"query": "{ __typename }", "variables": {"a": "', b'"}}'

    async def send(alice: User, size: int) -> Any:
        whole = start + b"x" * (size - len(start) - len(end)) + end

        async def pieces() -> AsyncIterator[bytes]:
            for place in range(0, len(whole), 1_000):
                yield whole[place : place + 1_000]

        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {alice.token}"}
        return await alice.http.post("/graphql", content=whole if declared else pieces(), headers=headers)

    async with limited(body_bytes_max=5_000) as alice:
        assert (await send(alice, 5_000)).json()["data"] == {"__typename": "Query"}
        answer = await send(alice, 5_001)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (413, "BAD_REQUEST")


async def test_a_body_that_does_not_arrive_is_not_waited_for(limited: With) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"query": '
        await asyncio.sleep(30)

    async with limited(request_seconds_max=0.1) as alice:
        answer = await alice.http.post("/graphql", content=pieces(), headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.headers["connection"]) == (408, "close")
        assert "0.1 seconds" in answer.json()["errors"][0]["message"]


async def test_a_request_that_takes_too_long_is_broken_off(
    limited: With, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def listing(_self: Any, _owner: str) -> list[Any]:
        await asyncio.sleep(30)
        return []

    monkeypatch.setattr(type(process.accounts), "listing", listing)
    async with limited(request_seconds_max=0.1) as alice:
        refusal = await alice.refused("{ accounts { id } }")
        assert (refusal.code, "0.1 seconds" in refusal.message) == ("UNAVAILABLE", True)
        assert await alice.do("{ __typename }") == "Query"


@pytest.mark.parametrize("body", [[], [{"query": "{ __typename }"}], [{"query": "{ __typename }"}] * 2])
async def test_batches_are_not_taken(alice: User, body: Any) -> None:
    answer = await alice.http.post("/graphql", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


SCHEMA = "{ __schema { queryType { name } } }"


@pytest.mark.parametrize(
    ("setting", "with_token", "without"),
    [("open", None, None), ("token", None, "UNAUTHENTICATED"), ("off", "BAD_REQUEST", "BAD_REQUEST")],
)
async def test_who_may_ask_for_the_schema_is_a_setting(
    limited: With, setting: str, with_token: str | None, without: str | None
) -> None:
    async with limited(introspection=setting) as alice:
        for user, code in ((alice, with_token), (User("nobody", alice.http, None), without)):
            answer = await user.execute(SCHEMA)
            assert [error["extensions"]["code"] for error in answer.get("errors", [])] == ([code] if code else [])


async def test_what_may_have_been_meant_is_told_to_whom_the_schema_is_told(limited: With, nobody: User) -> None:
    near = '{ queue(id: "1") { intervall } }'
    async with limited() as alice:
        assert "Did you mean 'interval'?" in (await alice.refused(near)).message
    async with limited(field_suggestions=False) as alice:
        assert (await alice.refused(near)).message == "Cannot query field 'intervall' on type 'RecurringQueue'."
    assert "interval'" not in (await nobody.refused(near)).message


async def test_what_may_have_been_meant_is_told_of_variables_to_the_same_callers(alice: User, nobody: User) -> None:
    query = "query ($status: [QueueStatus!]) { queues(status: $status) { nodes { id } } }"
    assert "Did you mean the enum value 'ACTIVE'?" in (await alice.refused(query, status="ACTIV")).message
    assert "ACTIVE" not in (await nobody.refused(query, status="ACTIV")).message
