"""X: what it publishes, and what it refuses in its own words."""

import pytest

from .conftest import Sandbox, bearer


async def test_x_publishes_and_says_under_which_id(sandbox: Sandbox) -> None:
    answer = await sandbox.tweet("alice", "Good morning")
    post_id = answer.json()["data"]["id"]
    assert answer.status_code == 201
    assert len(post_id) == 19
    assert post_id.isdigit()
    [post] = (await sandbox.client.get("posts")).json()
    assert post == {
        "platform": "X",
        "user": "alice",
        "text": "Good morning",
        "url": f"https://x.com/alice/status/{post_id}",
        "time": "2026-11-23T09:00:00.000Z",
        "id": post_id,
    }


async def test_x_gives_no_id_twice_and_later_ones_are_larger(sandbox: Sandbox) -> None:
    ids = [int((await sandbox.tweet("alice", f"No. {n}")).json()["data"]["id"]) for n in range(5)]
    assert ids == sorted(set(ids))


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Bearer sandbox-", "Bearer sandbox-refresh-alice"])
async def test_x_knows_no_token_but_its_own(sandbox: Sandbox, header: str) -> None:
    answer = await sandbox.client.post("x/2/tweets", headers={"Authorization": header}, json={"text": "Hello"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}


async def test_x_refuses_the_same_text_twice_within_the_window(sandbox: Sandbox) -> None:
    await sandbox.tweet("alice", "Good morning")
    sandbox.clock.passes(hours=23)
    again = await sandbox.tweet("alice", "Good morning")
    assert again.status_code == 403
    assert again.json() == {
        "detail": "You are not allowed to create a Tweet with duplicate content.",
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
    }
    assert (await sandbox.tweet("bob", "Good morning")).status_code == 201
    sandbox.clock.passes(hours=1)
    assert (await sandbox.tweet("alice", "Good morning")).status_code == 201


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("a" * 280, 201),
        ("a" * 281, 403),
        ("語" * 140, 201),
        ("語" * 141, 403),
        ("https://example.com/" + "a" * 300, 201),
        ("a." * 30_000, 403),
    ],
)
async def test_x_counts_a_text_by_its_weight(sandbox: Sandbox, text: str, status: int) -> None:
    answer = await sandbox.tweet("alice", text)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["detail"] == "You are not permitted to perform this action."


async def test_x_refuses_keys_that_it_does_not_know(sandbox: Sandbox) -> None:
    answer = await sandbox.tweet("alice", "Hello", idempotency_key="1")
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/problems/invalid-request")
    assert "idempotency_key" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"\xff", 400),
        (b'{"text": 1}', 400),
        (b'{"text": " "}', 400),
        (b'{"text": "\\ud800"}', 400),
        (b"[" * 60_000, 400),
        (b'{"text": "' + b"a" * 70_000 + b'"}', 413),
    ],
)
async def test_x_answers_a_body_that_is_no_post_with_a_problem(sandbox: Sandbox, body: bytes, status: int) -> None:
    headers = bearer("alice") | {"Content-Type": "application/json"}
    answer = await sandbox.client.post("x/2/tweets", headers=headers, content=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert await sandbox.texts() == []


async def test_x_takes_json_only_when_it_is_called_json(sandbox: Sandbox) -> None:
    headers = bearer("alice") | {"Content-Type": "text/plain"}
    answer = await sandbox.client.post("x/2/tweets", headers=headers, content=b'{"text": "Hello"}')
    assert answer.status_code == 415


async def test_x_takes_a_hundred_posts_of_a_user_in_15_minutes(sandbox: Sandbox) -> None:
    answers = [await sandbox.tweet("alice", f"No. {n}") for n in range(101)]
    assert [answer.status_code for answer in answers] == [201] * 100 + [429]
    assert answers[0].headers["x-rate-limit-limit"] == "100"
    assert answers[0].headers["x-rate-limit-remaining"] == "99"
    assert answers[-1].headers["x-rate-limit-remaining"] == "0"
    assert answers[-1].json() == {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}
    assert (await sandbox.tweet("bob", "Hello")).status_code == 201
    reset = int(answers[-1].headers["x-rate-limit-reset"])
    sandbox.clock.passes(seconds=reset - sandbox.clock.now.timestamp())
    assert (await sandbox.tweet("alice", "At last")).status_code == 201


async def test_a_deleted_post_is_gone_and_frees_its_text(sandbox: Sandbox) -> None:
    post_id = (await sandbox.tweet("alice", "Good morning")).json()["data"]["id"]
    assert (await sandbox.client.delete(f"x/2/tweets/{post_id}", headers=bearer("mallory"))).status_code == 403
    answer = await sandbox.client.delete(f"x/2/tweets/{post_id}", headers=bearer("alice"))
    assert answer.json() == {"data": {"deleted": True}}
    assert await sandbox.texts() == []
    assert (await sandbox.timeline("alice"))["meta"]["result_count"] == 0
    assert (await sandbox.client.delete(f"x/2/tweets/{post_id}", headers=bearer("alice"))).status_code == 404
    assert (await sandbox.tweet("alice", "Good morning")).status_code == 201


async def test_x_says_whose_token_it_is(sandbox: Sandbox) -> None:
    first, renewed, other = [
        (await sandbox.client.get("x/2/users/me", headers=bearer(user))).json()["data"]
        for user in ("alice", "alice~3", "bob")
    ]
    assert first == renewed
    assert first["username"] == "alice"
    assert first["id"] != other["id"]


async def refresh(sandbox: Sandbox, refresh_token: str) -> tuple[int, dict[str, str]]:
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": "perennial"}
    answer = await sandbox.client.post("x/2/oauth2/token", data=form)
    return answer.status_code, answer.json()


async def test_x_takes_a_refresh_token_once_and_gives_a_new_pair(sandbox: Sandbox) -> None:
    status, first = await refresh(sandbox, "sandbox-refresh-alice")
    assert (status, first["token_type"], first["expires_in"]) == (200, "bearer", 7200)
    me = await sandbox.client.get("x/2/users/me", headers={"Authorization": f"Bearer {first['access_token']}"})
    assert me.json()["data"]["username"] == "alice"
    dead = {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}
    assert await refresh(sandbox, "sandbox-refresh-alice") == (400, dead)
    status, second = await refresh(sandbox, first["refresh_token"])
    assert status == 200
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]


@pytest.mark.parametrize("token", ["", "nonsense", "sandbox-alice", "sandbox-refresh-"])
async def test_x_refreshes_nothing_else(sandbox: Sandbox, token: str) -> None:
    assert (await refresh(sandbox, token))[0] == 400
