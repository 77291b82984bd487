"""Faults: the next calls fail in the way that was asked for, and no others."""

import asyncio
from typing import Any

import httpx2
import pytest

from .conftest import Sandbox, bearer


async def test_the_next_calls_fail_and_then_no_more(sandbox: Sandbox) -> None:
    await sandbox.faults(platform="X", status=503, times=2)
    answers = [await sandbox.tweet("alice", "Hello") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 201]
    assert answers[0].json() == {
        "title": "Service Unavailable",
        "detail": "Service Unavailable",
        "type": "about:blank",
        "status": 503,
    }
    assert await sandbox.texts() == ["Hello"]
    assert await sandbox.arrivals() == [("Hello", 201, True), ("Hello", 503, False), ("Hello", 503, False)]


async def test_a_fault_may_come_after_the_post_was_accepted(sandbox: Sandbox) -> None:
    await sandbox.faults(platform="LINKEDIN", status=500, after_accepting=True)
    assert (await sandbox.share("alice", "Hello")).status_code == 500
    assert await sandbox.texts() == ["Hello"]
    assert await sandbox.arrivals() == [("Hello", 500, True)]


@pytest.mark.parametrize("after_accepting", [False, True])
async def test_a_connection_is_dropped_without_an_answer(sandbox: Sandbox, after_accepting: bool) -> None:
    await sandbox.faults(platform="X", status=None, close=True, after_accepting=after_accepting)
    with pytest.raises(httpx2.RemoteProtocolError, match="without sending a response"):
        await sandbox.tweet("alice", "Hello")
    assert await sandbox.texts() == (["Hello"] if after_accepting else [])
    assert await sandbox.arrivals() == [("Hello", 0, after_accepting)]


async def test_not_one_byte_is_sent_on_a_dropped_connection(sandbox: Sandbox) -> None:
    await sandbox.faults(platform="X", status=0, close=True)
    reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.server.port)
    head = "POST /sandbox/x/2/tweets HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sandbox-alice\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}".encode())
    assert await reader.read() == b""
    writer.close()


async def test_an_answer_may_be_rubbish(sandbox: Sandbox) -> None:
    await sandbox.faults(platform="X", status=200, rubbish=True, after_accepting=True)
    answer = await sandbox.tweet("alice", "Hello")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Expecting value"):
        answer.json()
    assert await sandbox.texts() == ["Hello"]


async def test_a_fault_alone_may_only_delay(sandbox: Sandbox) -> None:
    await sandbox.faults(platform="X", delay_seconds=0.001)
    assert (await sandbox.tweet("alice", "Hello")).status_code == 201


async def test_who_gives_up_waiting_has_sent_all_the_same(sandbox: Sandbox) -> None:
    await sandbox.faults(platform="X", delay_seconds=60, after_accepting=True)
    call = asyncio.create_task(sandbox.tweet("alice", "Hello"))
    while not await sandbox.texts():
        pass  # asks until it is there
    call.cancel()
    assert await sandbox.arrivals() == [("Hello", None, True)]


async def test_a_fault_may_be_for_one_user_only(sandbox: Sandbox) -> None:
    await sandbox.faults(platform="X", status=503, user="alice")
    assert (await sandbox.tweet("bob", "Hello")).status_code == 201
    assert (await sandbox.tweet("alice", "Hello")).status_code == 503


async def test_one_token_may_be_dead_while_its_successor_is_good(sandbox: Sandbox) -> None:
    await sandbox.faults(platform="LINKEDIN", status=401, token="sandbox-alice", times=1000)
    dead = await sandbox.share("alice", "Hello")
    assert (dead.status_code, dead.json()["code"]) == (401, "EXPIRED_ACCESS_TOKEN")
    assert (await sandbox.share("alice~1", "Hello")).status_code == 201


async def test_headers_and_body_may_be_chosen(sandbox: Sandbox) -> None:
    await sandbox.faults(platform="X", status=429, headers={"x-rate-limit-reset": "1795427000"}, body={"title": "Wait"})
    answer = await sandbox.tweet("alice", "Hello")
    assert (answer.status_code, answer.json()) == (429, {"title": "Wait"})
    assert answer.headers["x-rate-limit-reset"] == "1795427000"


async def test_faults_are_used_up_in_their_order(sandbox: Sandbox) -> None:
    for status in (500, 502, 503):
        await sandbox.faults(platform="X", status=status)
    assert [(await sandbox.tweet("alice", "Hello")).status_code for _ in range(4)] == [500, 502, 503, 201]


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 429, 500, 502, 503, 504, 520])
async def test_each_platform_words_its_own_failures(sandbox: Sandbox, status: int) -> None:
    await sandbox.faults(platform="X", status=status)
    await sandbox.faults(platform="LINKEDIN", status=status)
    on_x, on_linkedin = await sandbox.tweet("alice", "Hello"), await sandbox.share("alice", "Hello")
    assert (on_x.status_code, on_linkedin.status_code) == (status, status)
    assert on_linkedin.json()["status"] == status
    assert on_x.json().get("status", 429) == status
    assert ("x-rate-limit-reset" in on_x.headers) == (status == 429)


async def test_other_calls_fail_when_they_are_named(sandbox: Sandbox) -> None:
    for operation in ("me", "timeline", "token"):
        await sandbox.faults(platform="X", status=400, operation=operation)
    form = {"grant_type": "refresh_token", "refresh_token": "sandbox-refresh-alice"}
    answers = [
        await sandbox.client.get("x/2/users/me", headers=bearer("alice")),
        await sandbox.client.get("x/2/users/1/tweets", headers=bearer("alice")),
        await sandbox.client.post("x/2/oauth2/token", data=form),
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 400]
    assert answers[2].json()["error"] == "invalid_request"
    assert (await sandbox.tweet("alice", "Hello")).status_code == 201


async def test_a_token_endpoint_may_not_know_who_asks(sandbox: Sandbox) -> None:
    for platform in ("X", "LINKEDIN"):
        await sandbox.faults(platform=platform, status=401, operation="token")
    paths = ("x/2/oauth2/token", "linkedin/oauth/v2/accessToken")
    answers = [await sandbox.client.post(path, data={"grant_type": "refresh_token"}) for path in paths]
    assert [answer.json()["error"] for answer in answers] == ["unauthorized_client", "invalid_client"]


async def test_settings_change_and_are_restored(sandbox: Sandbox) -> None:
    state = await sandbox.faults(duplicate_window_seconds=0, rate_limit=None, platform="X", status=503)
    assert (state["duplicate_window_seconds"], state["rate_limit"]) == (0, None)
    assert state["faults"][0]["status"] == 503
    restored = (await sandbox.client.delete("faults")).json()
    assert restored == {"duplicate_window_seconds": 86400, "rate_limit": {"X": 100, "LINKEDIN": None}, "faults": []}
    assert (
        await sandbox.faults(**{key: restored[key] for key in ("duplicate_window_seconds", "rate_limit")}) == restored
    )


async def test_without_a_window_the_same_text_may_come_at_once(sandbox: Sandbox) -> None:
    await sandbox.faults(duplicate_window_seconds=0)
    assert [(await sandbox.tweet("alice", "Hello")).status_code for _ in range(2)] == [201, 201]
    assert await sandbox.texts() == ["Hello", "Hello"]


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"status": 503}, "platform"),
        ({"platform": "MYSPACE", "status": 503}, "platform"),
        ({"platform": ["X"], "status": 503}, "platform"),
        ({"platform": "X"}, "status"),
        ({"platform": "X", "status": 99}, "status"),
        ({"platform": "X", "status": "503"}, "status"),
        ({"platform": "X", "status": 503, "close": True}, "close"),
        ({"platform": "X", "status": 503, "times": 0}, "times"),
        ({"platform": "X", "status": 503, "times": True}, "times"),
        ({"platform": "X", "status": 503, "delay_seconds": -1}, "delay_seconds"),
        ({"platform": "X", "status": 503, "delay_seconds": 10**400}, "delay_seconds"),
        ({"platform": "X", "status": 503, "times": 10**400}, "times"),
        ({"platform": "X", "status": 10**400}, "status"),
        ({"platform": "X", "status": 503, "delay": 1}, "delay"),
        ({"platform": "X", "status": 503, "operation": "like"}, "operation"),
        ({"platform": "X", "status": 503, "headers": {"a b": "c"}}, "headers"),
        ({"platform": "X", "status": 503, "headers": {"a": "b\r\nc: d"}}, "headers"),
        ({"platform": "X", "status": 503, "headers": {"content-length": "1"}}, "headers"),
        ({"duplicate_window_seconds": None}, "duplicate_window_seconds"),
        ({"duplicate_window_seconds": 10**400}, "duplicate_window_seconds"),
        ({"rate_limit": -1}, "rate_limit"),
        ({"rate_limit": 10**400}, "rate_limit"),
        ({"rate_limit": {"X": 1}}, "rate_limit"),
    ],
)
async def test_a_bad_fault_is_refused_by_its_key_and_changes_nothing(
    sandbox: Sandbox, body: dict[str, Any], key: str
) -> None:
    before = (await sandbox.client.get("faults")).json()
    answer = await sandbox.client.post("faults", json={"duplicate_window_seconds": 5} | body)
    assert (answer.status_code, answer.json()["key"]) == (400, key)
    assert f'"{key}"' in answer.json()["error"]
    assert (await sandbox.client.get("faults")).json() == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"times": NaN}', b'{"times": 1' + b"0" * 5_000 + b"}"])
async def test_a_fault_that_is_no_json_is_refused(sandbox: Sandbox, body: bytes) -> None:
    assert (await sandbox.client.post("faults", content=body)).status_code == 400
