"""LinkedIn: what it publishes, what it cuts, and what it refuses in its own words."""

import pytest

from perennial.sandbox.linkedin._little_text import visible_text

from .conftest import LINKEDIN_HEADERS, Sandbox, bearer, share_body


async def test_linkedin_publishes_with_an_empty_body_and_the_urn_in_a_header(sandbox: Sandbox) -> None:
    answer = await sandbox.share("alice", "Good morning")
    urn = answer.headers["x-restli-id"]
    assert (answer.status_code, answer.content) == (201, b"")
    assert urn.startswith("urn:li:share:")
    [post] = (await sandbox.client.get("posts")).json()
    assert (post["platform"], post["user"], post["text"]) == ("LINKEDIN", "alice", "Good morning")
    assert post["url"] == f"https://www.linkedin.com/feed/update/{urn}"


@pytest.mark.parametrize(
    ("commentary", "read"),
    [
        (r"Plain, with \(brackets\) and \\ a slash", r"Plain, with (brackets) and \ a slash"),
        ("Cut (here)", "Cut "),
        ("50% * 2", "50% "),
        ("snake_case", "snake"),
        ("a #tag and more", "a #tag and more"),
        ("a # and more", "a "),
        (r"C\# and more", "C# and more"),
        ("{hashtag|\\#|tag} and more", "#tag and more"),
        (r"by @[Al\(ice\)](urn:li:person:abc) today", "by Al(ice) today"),
        ("by @alice today", "by "),
        ("a \\n b", "a "),
        ("", ""),
    ],
)
def test_readers_see_little_text_up_to_the_first_reserved_character(commentary: str, read: str) -> None:
    assert visible_text(commentary) == read


async def test_linkedin_cuts_an_unescaped_text_and_says_nothing(sandbox: Sandbox) -> None:
    assert (await sandbox.share("alice", "Read this (it is good)")).status_code == 201
    assert await sandbox.texts() == ["Read this "]


async def test_linkedin_refuses_the_same_text_twice_and_names_the_earlier(sandbox: Sandbox) -> None:
    urn = (await sandbox.share("alice", "Good morning")).headers["x-restli-id"]
    again = await sandbox.share("alice", "Good morning")
    assert again.status_code == 422
    assert again.json()["message"].endswith(f"Content is a duplicate of {urn}")
    assert again.json()["errorDetails"]["inputErrors"][0]["code"] == "DUPLICATE_POST"
    sandbox.clock.passes(days=1)
    assert (await sandbox.share("alice", "Good morning")).status_code == 201


async def test_linkedin_refuses_more_than_3000_characters(sandbox: Sandbox) -> None:
    assert (await sandbox.share("alice", "a" * 3000)).status_code == 201
    answer = await sandbox.share("alice", "a" * 3001)
    assert answer.status_code == 400
    assert "length (3001 characters) exceeded the maximum allowed (3000 characters)" in answer.json()["message"]
    assert answer.json()["errorDetails"]["inputErrors"][0]["code"] == "FIELD_ARRAY_SIZE_TOO_HIGH"


@pytest.mark.parametrize(
    ("version", "status", "code"),
    [
        (None, 400, "VERSION_MISSING"),
        ("2026-09", 400, "VERSION_INVALID"),
        ("202504", 426, "NONEXISTENT_VERSION"),
        ("209901", 426, "NONEXISTENT_VERSION"),
    ],
)
async def test_linkedin_wants_a_version_that_is_active(
    sandbox: Sandbox, version: str | None, status: int, code: str
) -> None:
    headers = {"X-Restli-Protocol-Version": "2.0.0"} | ({"LinkedIn-Version": version} if version else {})
    answer = await sandbox.share("alice", "Hello", headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    if status == 426:
        assert answer.json()["message"] == f"Requested version {version}01 is not active"


async def test_linkedin_wants_the_protocol_version(sandbox: Sandbox) -> None:
    assert (await sandbox.share("alice", "Hello", {"LinkedIn-Version": "202609"})).status_code == 400


async def test_mallory_cannot_post_as_alice(sandbox: Sandbox) -> None:
    alice = (await sandbox.client.get("linkedin/v2/userinfo", headers=bearer("alice"))).json()["sub"]
    answer = await sandbox.client.post(
        "linkedin/rest/posts", headers=bearer("mallory") | LINKEDIN_HEADERS, json=share_body(alice, "Hello")
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "ACCESS_DENIED")
    assert answer.json()["serviceErrorCode"] == 100


@pytest.mark.parametrize("field", ["author", "commentary", "visibility", "distribution", "lifecycleState"])
async def test_linkedin_wants_every_required_field(sandbox: Sandbox, field: str) -> None:
    member = (await sandbox.client.get("linkedin/v2/userinfo", headers=bearer("alice"))).json()["sub"]
    body = share_body(member, "Hello")
    del body[field]
    headers = bearer("alice") | LINKEDIN_HEADERS
    answer = await sandbox.client.post("linkedin/rest/posts", headers=headers, json=body)
    assert answer.status_code == 422
    assert field in answer.json()["message"]


@pytest.mark.parametrize("token", ["sandbox-", "nonsense"])
async def test_linkedin_knows_no_token_but_its_own(sandbox: Sandbox, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} | LINKEDIN_HEADERS
    for answer in (
        await sandbox.client.post("linkedin/rest/posts", headers=headers, json={}),
        await sandbox.client.get("linkedin/v2/userinfo", headers=headers),
        await sandbox.client.delete("linkedin/rest/posts/urn%3Ali%3Ashare%3A1", headers=headers),
    ):
        assert (answer.status_code, answer.json()["serviceErrorCode"]) == (401, 65600)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"commentary": "\\ud800"}'])
async def test_linkedin_answers_a_body_that_is_no_json_with_400(sandbox: Sandbox, body: bytes) -> None:
    headers = bearer("alice") | LINKEDIN_HEADERS | {"Content-Type": "application/json"}
    answer = await sandbox.client.post("linkedin/rest/posts", headers=headers, content=body)
    assert (answer.status_code, answer.json()["status"]) == (400, 400)


async def test_linkedin_throttles_once_a_limit_is_set(sandbox: Sandbox) -> None:
    await sandbox.faults(rate_limit=1)
    assert (await sandbox.share("alice", "First")).status_code == 201
    answer = await sandbox.share("alice", "Second")
    assert answer.json() == {
        "message": "Resource level throttle APPLICATION DAY limit for calls to this resource is reached.",
        "status": 429,
    }


async def test_deleting_is_idempotent_and_for_ones_own_posts(sandbox: Sandbox) -> None:
    urn = (await sandbox.share("alice", "Hello")).headers["x-restli-id"].replace(":", "%3A")
    statuses = [
        (await sandbox.client.delete(f"linkedin/rest/posts/{urn}", headers=bearer(user) | LINKEDIN_HEADERS)).status_code
        for user in ("mallory", "alice", "alice")
    ]
    assert statuses == [403, 204, 204]
    assert await sandbox.texts() == []


async def test_linkedins_refresh_token_stays_the_same(sandbox: Sandbox) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "sandbox-refresh-alice"}
    first, second = [(await sandbox.client.post("linkedin/oauth/v2/accessToken", data=form)).json() for _ in range(2)]
    assert first["refresh_token"] == second["refresh_token"] == "sandbox-refresh-alice"
    assert first["access_token"] != second["access_token"]
    assert first["refresh_token_expires_in"] == 31_536_000
    me = await sandbox.client.get("linkedin/v2/userinfo", headers={"Authorization": f"Bearer {second['access_token']}"})
    assert me.json()["name"] == "alice"
