"""The endpoint over a WebSocket: graphql-transport-ws on a real socket, with the token in connection_init."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.api import User
from support.sockets import ask, closed_with, hear, let_in, say
from websockets.exceptions import InvalidStatus

from perennial.api.graphql.context import Context
from perennial.api.http import _websocket
from perennial.embedded._identity import EmbeddedIdentity

pytestmark = pytest.mark.one_dialect

Open = Callable[..., Any]


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
async def test_alice_asks_over_a_socket_as_over_http(alice: User, queue: Any, opened: Open, name: str) -> None:
    async with opened() as ws:
        await say(ws, type="connection_init", payload={name: f"Bearer {alice.token}"})
        assert await hear(ws) == {"type": "connection_ack"}
        answer = await ask(ws, "query ($id: ID!) { queue(id: $id) { id clerkUserId } }", id=queue["id"])
        assert answer["payload"]["data"] == {"queue": {"id": queue["id"], "clerkUserId": "alice"}}


async def test_alice_changes_things_over_a_socket(alice: User, queue: Any, opened: Open) -> None:
    async with opened() as ws:
        await say(ws, type="connection_init", payload={"Authorization": f"Bearer {alice.token}"})
        await hear(ws)
        await ask(ws, "mutation ($id: ID!) { pauseQueue(input: {id: $id}) { queue { id } } }", id=queue["id"])
    assert (await alice.queue(queue["id"]))["status"] == "PAUSED"


async def test_mallory_gets_nothing_over_a_socket_either(mallory: User, queue: Any, opened: Open) -> None:
    async with opened() as ws:
        await say(ws, type="connection_init", payload={"Authorization": f"Bearer {mallory.token}"})
        await hear(ws)
        refused = await ask(ws, "mutation ($id: ID!) { pauseQueue(input: {id: $id}) { queue { id } } }", id=queue["id"])
        (error,) = refused["payload"]["errors"]
        assert (error["extensions"]["code"], error["message"]) == ("NOT_FOUND", "There is no such queue.")


@pytest.mark.parametrize(
    "payload", [{}, {"Authorization": ""}, {"Authorization": "Bearer a.b.c"}, {"Authorization": ["a"]}]
)
async def test_without_a_good_token_the_socket_is_closed(opened: Open, payload: Any) -> None:
    async with opened() as ws:
        await say(ws, type="connection_init", payload=payload)
        assert await closed_with(ws) == 4403


async def test_an_expired_token_and_one_in_the_header_alone_open_nothing(
    alice: User, identity: EmbeddedIdentity, opened: Open
) -> None:
    expired = identity.token("alice", datetime.now(UTC) - timedelta(days=2))
    async with opened(additional_headers={"Authorization": f"Bearer {alice.token}"}) as ws:
        await say(ws, type="connection_init", payload={"Authorization": f"Bearer {expired}"})
        assert await closed_with(ws) == 4403


async def test_a_socket_does_not_outlive_its_token(
    alice: User, queue: Any, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as ws:
        await say(ws, type="connection_init", payload={"Authorization": f"Bearer {alice.token}"})
        await hear(ws)
        assert "errors" not in (await ask(ws, "{ queues { nodes { id } } }"))["payload"]
        monkeypatch.setattr("perennial.api.graphql.context.machine_now", lambda: datetime.now(UTC) + timedelta(days=2))
        (error,) = (await ask(ws, "{ queues { nodes { id } } }"))["payload"]["errors"]
        assert error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_asking_before_connection_init_closes_the_socket(opened: Open) -> None:
    async with opened() as ws:
        await say(ws, type="subscribe", id="1", payload={"query": "{ __typename }"})
        assert await closed_with(ws) == 4401


@pytest.mark.parametrize("query", ["{", "{ nothing }", "{ posts(first: 0) { nodes { id } } }"])
async def test_errors_have_their_codes_over_a_socket_too(alice: User, opened: Open, query: str) -> None:
    over_http = await alice.refused(query)
    async with opened() as ws:
        await say(ws, type="connection_init", payload={"Authorization": f"Bearer {alice.token}"})
        await hear(ws)
        payload = (await ask(ws, query))["payload"]
        (error,) = payload if isinstance(payload, list) else payload["errors"]
        assert (error["message"], error["extensions"]["code"]) == (over_http.message, over_http.code)


NO_MESSAGES = {
    "null": "null",
    "a list": "[]",
    "a number": "1",
    "a text": '"hello"',
    "no JSON": "{",
    "deep": "[" * 100_000,
    "a number of 5,000 digits": "9" * 5_000,
    "bytes": b"{}",
    "bytes that are no text": b"\xff\xfe",
    "too large": '"' + "a" * 300_000 + '"',
    "no id": '{"type": "subscribe", "payload": {"query": "{ __typename }"}}',
    "an id that is a list": '{"type": "subscribe", "id": [], "payload": {"query": "{ __typename }"}}',
}

NO_REQUESTS = {
    "no payload": '{"type": "subscribe", "id": "7"}',
    "a null payload": '{"type": "subscribe", "id": "7", "payload": null}',
    "a payload that is a list": '{"type": "subscribe", "id": "7", "payload": []}',
    "no query": '{"type": "subscribe", "id": "7", "payload": {}}',
    "a query that is a number": '{"type": "subscribe", "id": "7", "payload": {"query": 1}}',
    "variables that are a list": '{"type": "subscribe", "id": "7", "payload": {"query": "{ a }", "variables": [1]}}',
    "a name that is a list": '{"type": "subscribe", "id": "7", "payload": {"query": "{ a }", "operationName": []}}',
    "no GraphQL": '{"type": "subscribe", "id": "7", "payload": {"query": "{"}}',
    "no operation of the name": '{"type": "subscribe", "id": "7", "payload": {"query": "{ a }", "operationName": "B"}}',
    "deep": json.dumps({"type": "subscribe", "id": "7", "payload": {"query": "{ a" * 5_000}}),
}

BREAKING = {
    "no type": "{}",
    "an unknown type": '{"type": "hello"}',
    "a type that is a list": '{"type": []}',
    "a type that is no Unicode": '{"type": "\\ud800"}',
    "a long type": json.dumps({"type": "hello " * 100}),
    "an id to complete that is a list": '{"type": "complete", "id": []}',
}


async def test_a_frame_that_is_no_message_is_told_so_and_costs_nothing(
    alice: User, opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened() as ws:
        await let_in(ws, alice)
        for name, frame in NO_MESSAGES.items():
            await ws.send(frame)
            told = await hear(ws)
            assert (told["type"], bool(told["payload"]["error"])) == ("ping", True), name
            assert (await ask(ws, "{ __typename }"))["payload"]["data"] == {"__typename": "Query"}, name
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_subscribe_that_asks_for_nothing_is_answered_under_its_id(alice: User, opened: Open) -> None:
    async with opened() as ws:
        await let_in(ws, alice)
        for name, frame in NO_REQUESTS.items():
            await ws.send(frame)
            told = await hear(ws)
            assert (told["type"], told["id"]) == ("error", "7"), name
            assert told["payload"][0]["extensions"]["code"] == "BAD_REQUEST", name
        assert (await ask(ws, "{ __typename }"))["payload"]["data"] == {"__typename": "Query"}


async def test_what_breaks_the_protocol_closes_the_socket_as_it_says(alice: User, opened: Open) -> None:
    for name, frame in BREAKING.items():
        async with opened() as ws:
            await let_in(ws, alice)
            await ws.send(frame)
            assert await closed_with(ws) == 4400, name


async def test_an_id_that_is_in_use_closes_the_socket_however_long_it_is(alice: User, opened: Open) -> None:
    async with opened() as ws:
        await let_in(ws, alice)
        for _ in range(2):
            subscription = {"query": "subscription { publicationUpdated { id } }"}
            await say(ws, type="subscribe", id="x" * 1_000, payload=subscription)
        assert await closed_with(ws) == 4409


async def test_a_connection_has_so_many_operations_at_a_time(
    alice: User, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_websocket, "OPERATIONS_MAX", 2)
    payload = {"query": "subscription { publicationUpdated { id } }"}
    async with opened() as ws:
        await let_in(ws, alice)
        for name in ("a", "b", "c"):
            await say(ws, type="subscribe", id=name, payload=payload)
        told = await hear(ws)
        assert (told["type"], told["id"]) == ("error", "c")
        assert told["payload"][0]["extensions"] == {"code": "BAD_REQUEST", "limit": "operations", "max": 2}
        await say(ws, type="complete", id="a")
        assert (await ask(ws, "{ __typename }"))["payload"]["data"] == {"__typename": "Query"}


async def test_a_connection_ends_with_its_token(alice: User, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Context, "seconds_left", 0.2)
    async with opened() as ws:
        await let_in(ws, alice)
        assert await closed_with(ws) == 4403


async def test_a_page_of_another_site_cannot_open_a_socket(opened: Open) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with opened(origin="https://evil.example"):
            pass
    assert caught.value.response.status_code == 403
