"""X's timeline: what a caller reads back to see whether a post went out."""

import pytest

from .conftest import Sandbox, bearer

FIELDS = {"tweet.fields": "created_at,entities,note_tweet", "exclude": "retweets"}


async def test_the_timeline_is_escaped_and_its_urls_are_behind_tco(sandbox: Sandbox) -> None:
    await sandbox.tweet("alice", "Tea & <cake>: https://example.com/a?b=1&c=2 or x.ai")
    [post] = (await sandbox.timeline("alice", **FIELDS))["data"]
    first, second = post["entities"]["urls"]
    assert post["text"] == f"Tea &amp; &lt;cake&gt;: {first['url']} or {second['url']}"
    assert post["text"][first["start"] : first["end"]] == first["url"]
    assert first["url"].startswith("https://t.co/")
    assert first["expanded_url"] == "https://example.com/a?b=1&c=2"
    assert second["expanded_url"] == "http://x.ai"
    assert post["created_at"] == "2026-11-23T09:00:00.000Z"
    assert await sandbox.texts() == ["Tea & <cake>: https://example.com/a?b=1&c=2 or x.ai"]


async def test_the_timeline_is_newest_first_and_in_pages(sandbox: Sandbox) -> None:
    for number in range(7):
        await sandbox.tweet("alice", f"No. {number}")
    await sandbox.tweet("bob", "Not alice's")
    first = await sandbox.timeline("alice", max_results=5)
    assert [post["text"] for post in first["data"]] == [f"No. {number}" for number in (6, 5, 4, 3, 2)]
    second = await sandbox.timeline("alice", max_results=5, pagination_token=first["meta"]["next_token"])
    assert [post["text"] for post in second["data"]] == ["No. 1", "No. 0"]
    assert "next_token" not in second["meta"]


async def test_the_timeline_begins_at_the_start_time(sandbox: Sandbox) -> None:
    await sandbox.tweet("alice", "Early")
    sandbox.clock.passes(minutes=10)
    await sandbox.tweet("alice", "Late")
    found = await sandbox.timeline("alice", start_time="2026-11-23T09:10:00Z")
    assert [post["text"] for post in found["data"]] == ["Late"]


async def test_fields_that_nobody_asked_for_are_left_out(sandbox: Sandbox) -> None:
    await sandbox.tweet("alice", "https://example.com")
    [post] = (await sandbox.timeline("alice"))["data"]
    assert set(post) == {"id", "text", "edit_history_tweet_ids"}


@pytest.mark.parametrize(
    "query",
    [
        {"max_results": "4"},
        {"max_results": "101"},
        {"max_results": "ten"},
        {"start_time": "yesterday"},
        {"exclude": "everything"},
        {"tweet.fields": "secrets"},
        {"limit": "5"},
    ],
)
async def test_the_timeline_refuses_what_it_does_not_know(sandbox: Sandbox, query: dict[str, str]) -> None:
    answer = await sandbox.timeline("alice", **query)
    assert answer["type"].endswith("/problems/invalid-request")
    assert next(iter(query)) in answer["errors"][0]["message"]


async def test_mallory_cannot_read_alices_timeline(sandbox: Sandbox) -> None:
    await sandbox.tweet("alice", "Hello")
    alice = (await sandbox.client.get("x/2/users/me", headers=bearer("alice"))).json()["data"]["id"]
    answer = await sandbox.client.get(f"x/2/users/{alice}/tweets", headers=bearer("mallory"))
    assert "data" not in answer.json()
    assert (await sandbox.client.get(f"x/2/users/{alice}/tweets")).status_code == 401
