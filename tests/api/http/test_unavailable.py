"""A request that cannot be served just now, over every protocol: overload, and a request that takes too long."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs
from support.api import User
from support.http import client_of
from support.protocols import EVENTS, JSON, PROTOCOLS, RESPONSE, Told, as_json, over_a_socket, served
from support.publishing import another_process, eventually

from perennial.api.auth import bearer_tokens
from perennial.api.graphql.posts import listing
from perennial.api.limits import points
from perennial.api.limits.request_cost import LEAST
from perennial.jobs import best_effort
from perennial.process import Process

pytestmark = pytest.mark.one_dialect

ACCOUNTS, POSTS = "{ accounts { id } }", "{ posts { nodes { id } } }"
DRAFT = 'mutation { createPost(input: {publications: [{platform: X, content: "Hello"}]}) { post { id } } }'
UNTIL_NOW = {"code": "UNAVAILABLE", "retryAfter": 5, "limit": "seconds", "max": 0.3}


class Held:
    """Reading posts, which takes until it is released."""

    def __init__(self) -> None:
        self.count, self.released = 0, asyncio.Event()

    async def __call__(self, *_: object, **__: object) -> Any:
        self.count += 1
        await self.released.wait()
        raise AssertionError("nobody wants it any more")

    async def holds_two(self) -> bool:
        return self.count == 2


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    held = Held()
    monkeypatch.setattr(listing, "list_posts", held)
    return held


@asynccontextmanager
async def server_with(process: Process, **settings: Any) -> AsyncIterator[str]:
    async with another_process(process, **settings) as ours, served(ours) as address:
        yield address


def assert_refused(name: str, told: Told, extensions: dict[str, Any]) -> None:
    """Nothing of it was done: 503 with Retry-After where HTTP can say so, and no data anywhere."""
    assert told.extensions == extensions
    assert told.data == "none"
    if name in ("JSON", "graphql-response+json"):
        assert (told.status, told.retry_after) == (503, str(extensions["retryAfter"]))
    else:
        assert told.status == (200 if name == "server-sent events" else 0)


@pytest.mark.parametrize("name", PROTOCOLS)
async def test_more_than_the_server_can_do_is_refused_at_once_and_the_rest_is_served(
    process: Process, alice: User, login: Callable[[str], User], held: Held, name: str
) -> None:
    ask, shown = PROTOCOLS[name], f"Bearer {alice.token}"
    others = [login(other) for other in ("bob", "charlie")]
    async with server_with(process, operations_at_once_max=2) as address:
        working = [asyncio.create_task(ask(address, f"Bearer {other.token}", POSTS)) for other in others]
        await eventually(held.holds_two)
        told = await ask(address, shown, ACCOUNTS)
        assert_refused(name, told, {"code": "UNAVAILABLE", "retryAfter": 1})
        held.released.set()
        await asyncio.gather(*working)
        assert (await ask(address, shown, ACCOUNTS)).data == {"accounts": []}


@pytest.mark.parametrize("name", PROTOCOLS)
async def test_one_owner_has_its_share_of_the_places_and_another_is_served(
    process: Process, alice: User, bob: User, held: Held, name: str
) -> None:
    ask, alices = PROTOCOLS[name], f"Bearer {alice.token}"
    async with server_with(process, operations_at_once_max=8) as address:
        working = [asyncio.create_task(ask(address, alices, POSTS)) for _ in range(2)]
        await eventually(held.holds_two)
        for told in await asyncio.gather(*(ask(address, alices, POSTS) for _ in range(20))):
            assert_refused(name, told, {"code": "UNAVAILABLE", "retryAfter": 1})
        assert (await ask(address, f"Bearer {bob.token}", ACCOUNTS)).data == {"accounts": []}
        held.released.set()
        await asyncio.gather(*working)
        assert (await ask(address, alices, ACCOUNTS)).data == {"accounts": []}


@pytest.mark.parametrize("accept", [JSON, EVENTS])
async def test_what_was_not_begun_costs_what_it_took_to_check_it(
    process: Process,
    alice: User,
    login: Callable[[str], User],
    held: Held,
    monkeypatch: pytest.MonkeyPatch,
    accept: str,
) -> None:
    monkeypatch.setattr(points, "WINDOW_SECONDS", 1_000_000_000)
    monkeypatch.setattr(best_effort, "TIMEOUT_SECONDS", 60)
    others = [login(other) for other in ("bob", "charlie")]
    settings = {"operations_at_once_max": 2, "points_per_minute": 26 + LEAST}
    async with server_with(process, **settings) as address, client_of(f"http://{address}") as http:
        working = [asyncio.create_task(as_json(address, f"Bearer {other.token}", POSTS)) for other in others]
        await eventually(held.holds_two)
        headers = {"Authorization": f"Bearer {alice.token}", "Accept": accept}
        asked = (POSTS, POSTS, ACCOUNTS)
        answers = [await http.post("/graphql", json={"query": query}, headers=headers) for query in asked]
        held.released.set()
        await asyncio.gather(*working)
    bodies = [json.loads(answer.text[answer.text.index("{") :].partition("\n")[0]) for answer in answers]
    assert {body["errors"][0]["extensions"]["code"] for body in bodies} == {"UNAVAILABLE"}
    left = [26, 26 - LEAST, 26 - 2 * LEAST]
    assert [body["extensions"]["cost"]["remaining"] for body in bodies] == left
    if accept == JSON:
        assert [int(answer.headers["ratelimit-remaining"]) for answer in answers] == left


async def test_places_come_back_however_an_operation_ends(process: Process, alice: User) -> None:
    async with server_with(process, operations_at_once_max=1) as address:
        for query in (
            "{ nothing }",
            "{",
            '{ post(id: "1") { id } }',
            'mutation { deletePost(input: {id: "1"}) { deletedId } }',
            ACCOUNTS,
        ) * 2:
            for ask in PROTOCOLS.values():
                told = await ask(address, f"Bearer {alice.token}", query)
                assert told.code in (None, "BAD_REQUEST", "NOT_FOUND")


async def test_subscriptions_take_no_place(process: Process, alice: User) -> None:
    async with server_with(process, operations_at_once_max=1) as address, client_of(f"http://{address}") as http:
        headers = {"Authorization": f"Bearer {alice.token}", "Accept": "text/event-stream"}
        body = {"query": "subscription { publicationUpdated { id } }"}
        async with (
            http.stream("POST", "/graphql", json=body, headers=headers),
            http.stream("POST", "/graphql", json=body, headers=headers),
        ):
            assert (await over_a_socket(address, f"Bearer {alice.token}", ACCOUNTS)).code is None


@pytest.mark.parametrize("name", PROTOCOLS)
async def test_a_query_that_takes_too_long_may_be_asked_again(
    process: Process, alice: User, held: Held, name: str
) -> None:
    async with server_with(process, request_seconds_max=0.3) as address:
        with capture_logs() as events:
            told = await PROTOCOLS[name](address, f"Bearer {alice.token}", POSTS)
    assert_refused(name, told, UNTIL_NOW)
    assert "graphql.too_slow" in [event["event"] for event in events]


@pytest.fixture
def never_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is committed, and reading it again for the answer takes for ever."""
    monkeypatch.setattr("perennial.posts.posts.get_post", Held())


@pytest.mark.parametrize("name", PROTOCOLS)
async def test_a_mutation_that_was_committed_by_then_may_not_be_asked_again_blindly(
    process: Process, alice: User, never_answered: None, name: str
) -> None:
    async with server_with(process, request_seconds_max=0.3) as address:
        told = await PROTOCOLS[name](address, f"Bearer {alice.token}", DRAFT)
    assert told.extensions == {**UNTIL_NOW, "reason": "OUTCOME_UNKNOWN"}
    assert told.retry_after is None
    statuses = {"JSON": 200, "graphql-response+json": 500, "server-sent events": 200, "WebSocket": 0}
    assert told.status == statuses[name]
    assert len((await alice.do(POSTS))["nodes"]) == 1, "it was done"


@pytest.mark.parametrize("name", PROTOCOLS)
async def test_a_mutation_that_was_not_committed_may(
    process: Process, alice: User, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("perennial.posts.posts.insert_posts", Held())
    async with server_with(process, request_seconds_max=0.3) as address:
        told = await PROTOCOLS[name](address, f"Bearer {alice.token}", DRAFT)
    assert_refused(name, told, UNTIL_NOW)
    assert (await alice.do(POSTS))["nodes"] == [], "it was not done"


async def test_what_has_a_value_is_answered_beside_what_could_not_be_had(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> Any:
        raise ConnectionRefusedError

    monkeypatch.setattr("perennial.api.graphql.posts.queries.get_post", away)
    headers = {"Authorization": f"Bearer {alice.token}", "Accept": RESPONSE}
    one = 'post(id: "01a20af0-55ab-7309-865e-02094c0475c9") { id }'
    for query, status in (
        (f"{{ {one} __typename }}", 200),
        (f"{{ {one} }}", 503),
        (f"{{ {one} queue(id: 1) {{ id }} }}", 200),
    ):
        answer = await alice.http.post("/graphql", json={"query": query}, headers=headers)
        assert (answer.status_code, answer.headers.get("retry-after")) == (status, "5" if status == 503 else None)
        assert ("data" in answer.json()) == (status == 200)


async def test_a_socket_that_a_bug_keeps_from_opening_is_not_told_that_its_token_is_bad(
    alice: User, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> str:
        raise RuntimeError("hunter2")

    monkeypatch.setattr(bearer_tokens, "_bearer_token", fail)
    with capture_logs() as events:
        assert (await over_a_socket(address, f"Bearer {alice.token}", ACCOUNTS)).status == 4500
    assert [event["event"] for event in events if event["log_level"] == "error"] == ["socket.failed"]
