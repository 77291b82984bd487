"""So many points a minute for each owner, counted in Redis, whichever server the requests reach."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx2
import pytest
from support.api import CREATE_POST, User
from support.http import client_in
from support.protocols import hashed, post, whole
from support.publishing import another_process
from support.sockets import hear, let_in, say

from perennial.api.app import create_app
from perennial.api.limits import points as limiting
from perennial.api.limits.points import Charge, PointsLimiter
from perennial.api.limits.request_cost import CHARACTERS, LEAST, NOT_VALID, PAIRS
from perennial.core import clock
from perennial.jobs import best_effort
from perennial.process import Process

pytestmark = pytest.mark.one_dialect

CHEAP = "{ __typename }"
TWENTY = "{ queues(first: 19) { nodes { id } } }"
NOT_A_DOCUMENT = "{ nothing }"


@asynccontextmanager
async def server(process: Process, **settings: Any) -> AsyncIterator[httpx2.AsyncClient]:
    async with another_process(process, **settings) as other, client_in(create_app(other)) as http:
        yield http


async def ask(http: httpx2.AsyncClient, user: User | None, query: str = CHEAP, accept: str = "*/*", **more: Any) -> Any:
    headers = {"Accept": accept} | ({"Authorization": f"Bearer {user.token}"} if user else {})
    return await http.post("/graphql", json={"query": query, **more}, headers=headers)


def cost(answer: Any) -> Any:
    return answer.json()["extensions"]["cost"]


@pytest.fixture(autouse=True)
def _one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that does not end while a test runs, and a Redis that may take its time on a busy machine."""
    monkeypatch.setattr(limiting, "WINDOW_SECONDS", 1_000_000_000)
    monkeypatch.setattr(best_effort, "TIMEOUT_SECONDS", 60)


async def test_every_answer_says_what_is_left_and_one_too_many_when_to_come_back(
    process: Process, alice: User, bob: User
) -> None:
    limit = 3 * LEAST
    async with server(process, points_per_minute=limit) as one, server(process, points_per_minute=limit) as other:
        answers = [await ask(http, alice) for http in (one, other, one, other)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["6", "3", "0", "0"]
        assert [cost(answer)["remaining"] for answer in answers] == [6, 3, 0, 0]
        assert {answer.headers["ratelimit-limit"] for answer in answers} == {str(limit)}
        assert cost(answers[0])["requested"] == LEAST
        reset = datetime.fromisoformat(cost(answers[0])["resetAt"])
        assert (reset.tzinfo is not None, int(reset.timestamp()) % 1_000_000_000) == (True, 0)
        (error,) = answers[3].json()["errors"]
        assert error["extensions"]["code"] == "RATE_LIMITED"
        assert error["extensions"]["retryAfter"] == int(answers[3].headers["retry-after"]) > 0
        assert (await ask(one, bob)).status_code == 200
        assert (await ask(one, None)).status_code == 200


async def test_a_request_that_is_refused_leaves_what_remains_to_smaller_ones(process: Process, alice: User) -> None:
    async with server(process, points_per_minute=30) as http:
        assert cost(await ask(http, alice, TWENTY))["remaining"] == 10
        refused = await ask(http, alice, TWENTY)
        assert (refused.status_code, refused.json().keys()) == (429, {"errors", "extensions"})
        assert (cost(refused)["requested"], cost(refused)["remaining"]) == (20, 10 - LEAST)
        assert (await ask(http, alice)).status_code == 200


async def test_a_large_request_that_is_refused_gets_in_no_small_ones_way(process: Process) -> None:
    """Not for a moment either: small ones met the sum that was refused."""
    points, now = PointsLimiter(process.redis, 100), await clock.now()
    await points.charge("alice", 60, 3, now)
    charges = await asyncio.gather(*(points.charge("alice", size, 1, now) for size in [50, 1] * 10))
    assert [one.is_refused for one in charges] == [True, False] * 10
    assert points.refusal("alice", now) is None


def test_an_owner_who_waits_for_a_second_waits_for_one() -> None:
    charge = Charge(20, 1_000, 0, datetime(2027, 3, 1, 9, tzinfo=UTC), 1, is_refused=True)
    assert str(charge.error) == "1,000 points a minute are allowed; go on in 1 second."


async def test_a_request_that_could_never_pass_is_told_so(process: Process, alice: User) -> None:
    async with server(process, points_per_minute=10) as http:
        answer = await ask(http, alice, TWENTY)
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["extensions"]) == (200, {"code": "BAD_REQUEST", "limit": "cost", "max": 10})
        assert "20 points" in error["message"]
        assert (cost(answer)["requested"], cost(answer)["remaining"]) == (LEAST + NOT_VALID, 10 - LEAST - NOT_VALID)


async def test_a_mutation_costs_ten_and_a_document_the_sum_of_its_fields(alice: User) -> None:
    publications = [{"platform": "X", "content": "Sow in spring."}]
    one = await alice.execute(CREATE_POST, input={"publications": publications})
    assert one["extensions"]["cost"]["requested"] == 10
    field = 'pauseQueue(input: {id: "1"}) { queue { id } }'
    three = await alice.execute(f"mutation {{ a: {field} b: {field} c: {field} }}")
    assert three["extensions"]["cost"]["requested"] == 30


async def test_whatever_is_refused_or_not_valid_pays_too(process: Process, alice: User) -> None:
    async with server(process) as http:
        before = cost(await ask(http, alice))["remaining"]
        invalid = [await ask(http, alice, query) for query in (NOT_A_DOCUMENT, "{", CHEAP + " " * 20_000)]
        assert [cost(answer)["requested"] for answer in invalid] == [LEAST + NOT_VALID] * 2 + [
            LEAST + NOT_VALID + 20_014 // CHARACTERS
        ]
        headers = {"Authorization": f"Bearer {alice.token}"}
        as_json = {**headers, "Content-Type": "application/json"}
        small, large = [await http.post("/graphql", content=b"x" * length, headers=as_json) for length in (1, 9_000)]
        other = [await ask(http, alice, accept="image/png"), await http.put("/graphql", headers=headers)]
        several = await ask(http, alice, "query A { __typename }", operationName="B")
        mutation = await http.get("/graphql", params={"query": "mutation { __typename }"}, headers=headers)
        refused = [small, large, *other, several, mutation]
        assert [answer.status_code for answer in refused] == [400, 400, 406, 405, 200, 405]
        assert [cost(answer)["requested"] for answer in refused] == [LEAST, LEAST + 9] + [LEAST] * 4
        paid = sum(cost(answer)["requested"] for answer in [*invalid, *refused])
        assert cost(await ask(http, alice))["remaining"] == before - paid - LEAST
        assert all("ratelimit-remaining" in answer.headers for answer in [*invalid, *refused])


async def test_long_texts_and_repeated_fields_cost_what_it_takes_to_check_them(alice: User) -> None:
    async def price(query: str, **variables: Any) -> Any:
        return (await alice.execute(query, **variables))["extensions"]["cost"]["requested"]

    assert await price(CHEAP + "\n#" + "x" * 10_000) == LEAST + 10_016 // CHARACTERS
    assert await price(CHEAP, unused="x" * 50_000) == LEAST + 50
    assert await price("{ accounts {" + " id" * 200 + " } }") == LEAST + 617 // CHARACTERS + 200 * 199 // 2 // PAIRS


async def test_a_document_costs_the_same_when_it_is_known_and_when_its_hash_is_sent(alice: User) -> None:
    document = "{ accounts { id } } # " + "known " * 100
    bodies = [whole(document), whole(document), hashed(document)]
    assert {cost(await post(alice, body))["requested"] for body in bodies} == {LEAST + len(document) // CHARACTERS}


async def test_who_sends_a_hash_of_nothing_pays_for_the_look_and_for_what_was_hashed(
    alice: User, opened: Callable[..., Any]
) -> None:
    other = {**whole(CHEAP), "query": CHEAP + " # " + "x" * 100_000}
    pays = {LEAST: hashed("{ nothing }"), LEAST + len(other["query"]) // 1_000: other}
    for points, body in pays.items():
        assert cost(await post(alice, body))["requested"] == points
    async with opened() as ws:
        await let_in(ws, alice)
        left = []
        for body in (hashed(CHEAP), other, hashed(CHEAP)):
            await say(ws, type="subscribe", id="1", payload=body)
            assert (await hear(ws))["type"] == "error"
            left.append(cost(await post(alice, {"query": CHEAP}))["remaining"])
    assert [one - then for one, then in pairwise(left)] == [max(pays) + LEAST, 2 * LEAST]


@pytest.mark.parametrize("query", [CHEAP, NOT_A_DOCUMENT])
async def test_the_events_of_a_stream_say_it_too(
    process: Process, alice: User, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiting, "SPENT", timedelta(hours=1))
    async with server(process, points_per_minute=LEAST + NOT_VALID + 1) as http:
        answers = [await ask(http, alice, query, "text/event-stream") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    events = [
        json.loads(line[6:]) for one in answers[:2] for line in one.text.splitlines() if line.startswith("data: {")
    ]
    left = [event["extensions"]["cost"]["remaining"] for event in events]
    assert left == ([3, 0] if query == CHEAP else [1, 0])
    assert "ratelimit-remaining" not in answers[0].headers


async def test_a_stream_for_which_too_few_points_are_left_is_an_event_that_says_so(
    process: Process, alice: User
) -> None:
    async with server(process, points_per_minute=30) as http:
        texts = [(await ask(http, alice, TWENTY, "text/event-stream")).text for _ in range(2)]
        (event,) = [json.loads(line[6:]) for line in texts[1].splitlines() if line.startswith("data: {")]
        (error,) = event["errors"]
        assert (error["extensions"]["code"], event["extensions"]["cost"]["remaining"]) == ("RATE_LIMITED", 10 - LEAST)
        assert error["extensions"]["retryAfter"] > 0
        assert texts[1].endswith("event: complete\ndata: \n\n")


async def test_the_next_minute_begins_anew(process: Process, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "SPENT", limiting.SPENT * 0)
    async with server(process, points_per_minute=LEAST) as http:
        assert [(await ask(http, alice)).status_code for _ in range(2)] == [200, 429]
        monkeypatch.setattr(limiting, "WINDOW_SECONDS", 300_000_000)  # another window
        assert (await ask(http, alice)).status_code == 200


@pytest.mark.parametrize("microseconds", [0, 1, 100_000, 59_999_999])
async def test_who_waits_for_as_long_as_it_is_told_comes_in_the_next_minute(
    process: Process, monkeypatch: pytest.MonkeyPatch, microseconds: int
) -> None:
    monkeypatch.setattr(limiting, "WINDOW_SECONDS", 60)
    limiter = limiting.PointsLimiter(process.redis, LEAST)
    now = datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(microseconds=microseconds)
    _, refused = [await limiter.charge("alice", LEAST, LEAST, now) for _ in range(2)]
    then = now + timedelta(seconds=refused.error.retry_after or 0)
    assert refused.is_refused
    assert limiter.refusal("alice", then) is None
    assert not (await limiter.charge("alice", LEAST, LEAST, then)).is_refused


async def test_no_limit_is_a_setting_too(process: Process, alice: User) -> None:
    async with server(process, points_per_minute=0) as http:
        answer = await ask(http, alice)
        assert (answer.status_code, "ratelimit-limit" in answer.headers) == (200, False)
        assert cost(answer) == {"requested": LEAST, "remaining": None, "resetAt": None}


async def test_at_the_same_moment_no_more_get_through(process: Process, alice: User) -> None:
    async with server(process, points_per_minute=5 * LEAST) as http:
        answers = await asyncio.gather(*(ask(http, alice) for _ in range(20)))
        assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 15


async def test_without_redis_nobody_is_counted_and_nobody_refused(
    process: Process, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server(process, points_per_minute=LEAST) as http:

        async def away(*_: Any) -> tuple[int, bool]:
            raise ConnectionError

        monkeypatch.setattr(limiting.PointsLimiter, "_take", away)
        assert [(await ask(http, alice)).status_code for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("depth", range(700, 1_000, 20))
async def test_variables_of_any_depth_are_charged(alice: User, depth: int) -> None:
    deep = '{"query": "{ __typename }", "variables": {"a": ' + "[" * depth + "]" * depth + "}}"
    headers = {"Authorization": f"Bearer {alice.token}", "Content-Type": "application/json"}
    answer = await alice.http.post("/graphql", content=deep, headers=headers)
    assert (answer.status_code, cost(answer)["requested"] >= LEAST) in [(200, True), (400, True)]
    assert "INTERNAL" not in answer.text
