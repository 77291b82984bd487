"""The published posts survive a restart, however the last process ended."""

from typing import Any

from .conftest import Sandbox, bearer


async def test_what_was_published_survives_a_restart(sandbox: Sandbox) -> None:
    await sandbox.tweet("alice", "First")
    await sandbox.share("alice", "Second")
    gone = (await sandbox.tweet("alice", "Gone")).json()["data"]["id"]
    await sandbox.client.delete(f"x/2/tweets/{gone}", headers=bearer("alice"))
    before = (await sandbox.client.get("posts")).json()
    sandbox.start()
    assert (await sandbox.client.get("posts")).json() == before
    assert await sandbox.texts() == ["Second", "First"]
    assert (await sandbox.tweet("alice", "First")).status_code == 403


async def test_ids_go_on_growing_after_a_restart(sandbox: Sandbox) -> None:
    first = int((await sandbox.tweet("alice", "First")).json()["data"]["id"])
    sandbox.start()
    assert int((await sandbox.tweet("alice", "Second")).json()["data"]["id"]) > first


async def test_a_torn_last_line_is_passed_over_and_stops_nothing(sandbox: Sandbox) -> None:
    await sandbox.tweet("alice", "Whole")
    with sandbox.record_file.open("ab") as lines:
        lines.write(b'{"platform": "X", "user": "al')
    sandbox.start()
    await sandbox.tweet("alice", "After")
    sandbox.start()
    assert await sandbox.texts() == ["After", "Whole"]


async def test_a_line_that_is_no_post_stops_nothing(sandbox: Sandbox) -> None:
    sandbox.record_file.parent.mkdir()
    sandbox.record_file.write_bytes(
        b'7\nnull\n{"platform": "X"}\n{"deleted": []}\n{"platform": "X", "text": 1}\n\xff\n\n'
    )
    sandbox.start()
    assert await sandbox.texts() == []


async def test_emptying_the_record_lasts(sandbox: Sandbox) -> None:
    await sandbox.tweet("alice", "Hello")
    assert (await sandbox.client.delete("posts")).status_code == 204
    assert await sandbox.texts() == []
    assert await sandbox.arrivals() == []
    sandbox.start()
    assert await sandbox.texts() == []
    assert (await sandbox.tweet("alice", "Hello")).status_code == 201


async def test_the_list_may_be_limited_and_tells_how_many_there_are(sandbox: Sandbox) -> None:
    for number in range(3):
        await sandbox.tweet("alice", f"No. {number}")
    answer = await sandbox.client.get("posts", params={"limit": 2})
    assert [post["text"] for post in answer.json()] == ["No. 2", "No. 1"]
    assert answer.headers["x-total-count"] == "3"
    assert (await sandbox.client.get("posts", params={"limit": "many"})).status_code == 400


async def test_the_list_may_be_of_one_user_however_much_others_write(sandbox: Sandbox) -> None:
    await sandbox.tweet("alice", "One")
    await sandbox.share("alice", "Another")
    for number in range(3):
        await sandbox.tweet("mallory", f"No. {number}")
    answer = await sandbox.client.get("posts", params={"limit": 2, "user": "alice"})
    assert [post["text"] for post in answer.json()] == ["Another", "One"]
    assert answer.headers["x-total-count"] == "2"
    everybodys = await sandbox.client.get("posts", params={"limit": 2, "user": ""})
    assert [post["user"] for post in everybodys.json()] == ["mallory", "mallory"]
    for user in ("Zoë", "bob"):
        answer = await sandbox.client.get("posts", params={"user": user})
        assert (answer.json(), answer.headers["x-total-count"]) == ([], "0")


async def test_those_who_have_posts_are_named(sandbox: Sandbox) -> None:
    gone = (await sandbox.tweet("bob", "Gone")).json()["data"]["id"]
    await sandbox.tweet("carol", "Hello")
    await sandbox.share("alice", "Hello")
    await sandbox.tweet("alice", "Hello")
    await sandbox.client.delete(f"x/2/tweets/{gone}", headers=bearer("bob"))
    answer = await sandbox.client.get("users")
    assert answer.json() == ["alice", "carol"]
    again = await sandbox.client.get("users", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_whoever_has_the_list_already_is_told_so_until_it_changes(sandbox: Sandbox) -> None:
    async def ask(**query: Any) -> int:
        answer = await sandbox.client.get("posts", params=query, headers={"If-None-Match": tags[-1]})
        assert (answer.status_code == 304) == (answer.headers["etag"] == tags[-1])
        assert answer.status_code == 200 or answer.content == b""
        tags.append(answer.headers["etag"])
        return answer.status_code

    tags = ['"nothing yet"']
    assert [await ask(), await ask()] == [200, 304]
    post_id = (await sandbox.tweet("alice", "Hello")).json()["data"]["id"]
    assert [await ask(), await ask(), await ask(limit=1), await ask(limit=2)] == [200, 304, 200, 200]
    assert [await ask(user="alice"), await ask(user="alice"), await ask(user="alicë"), await ask()] == [
        200,
        304,
        200,
        200,
    ]
    await sandbox.client.delete(f"x/2/tweets/{post_id}", headers=bearer("alice"))
    assert [await ask(), await ask()] == [200, 304]
    await sandbox.client.delete("posts")
    assert [await ask(), await ask()] == [200, 304]
    sandbox.start()
    assert await ask() == 200
    assert len(set(tags)) == 10


async def test_requests_of_nobody_are_listed_too(sandbox: Sandbox) -> None:
    await sandbox.client.post("x/2/tweets", json={"text": "Hello"})
    await sandbox.client.post("linkedin/rest/posts", content=b"{")
    linkedin, on_x = (await sandbox.client.get("requests")).json()
    assert on_x == {
        "platform": "X",
        "user": None,
        "text": "Hello",
        "status": 401,
        "time": "2026-11-23T09:00:00.000Z",
        "accepted": False,
    }
    assert (linkedin["platform"], linkedin["text"], linkedin["status"]) == ("LINKEDIN", None, 401)
