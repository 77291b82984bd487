"""publications and executions: what changed and what ran of all an owner has, for clients that come back."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from support.api import CHANGED_PUBLICATIONS, DELETE_POST, RAN_EXECUTIONS, UPDATE_POST, User
from support.clock import FakeClock
from support.rows import add_executions, set_publication
from support.statements import Statements
from support.ticks import Tick

from perennial.core.instants import instant
from perennial.core.states import PublicationStatus
from perennial.db.models import Post
from perennial.posts import posts as posts_module
from perennial.process import Process


async def walk(user: User, query: str, size: int, **variables: Any) -> tuple[list[Any], str | None]:
    """The entries of all pages, and the last cursor."""
    seen: list[Any] = []
    after = variables.pop("after", None)
    while True:
        page = await user.do(query, first=size, after=after, **variables)
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"] or after
        if not page["pageInfo"]["hasNextPage"]:
            return seen, after


async def made_one_by_one(user: User, clock: FakeClock, count: int) -> list[Any]:
    """Posts on both platforms, a second after each other."""
    posts = []
    for number in range(count):
        clock.advance(seconds=1)
        posts.append(await user.create_post(x=f"Number {number}", linkedin="Hello"))
    return posts


async def test_what_changed_first_comes_first_and_pages_of_any_size_show_all_of_it_once(
    alice: User, bob: User, clock: FakeClock
) -> None:
    await bob.create_post(x="Mine")
    posts = await made_one_by_one(alice, clock, 4)
    expected = [text["id"] for post in posts for text in post["publications"]]
    for size in range(1, 10):
        seen, _ = await walk(alice, CHANGED_PUBLICATIONS, size)
        assert [one["id"] for one in seen] == expected, size
    whole = await alice.do(CHANGED_PUBLICATIONS)
    assert whole["totalCount"] == 8
    assert [one["postId"] for one in whole["nodes"][::2]] == [post["id"] for post in posts]
    assert [one["updatedAt"] for one in whole["nodes"][::2]] == [post["updatedAt"] for post in posts]


async def test_a_change_that_waited_for_another_is_later_than_it(
    alice: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the time at which it was asked for it would stand before the other, with the later state."""
    (post,) = await made_one_by_one(alice, clock, 1)
    lock = posts_module.lock_post

    async def waits(*given: Any) -> Any:
        clock.advance(seconds=5)
        return await lock(*given)

    monkeypatch.setattr(posts_module, "lock_post", waits)
    scheduled = await alice.schedule_post(post["id"], clock.now + timedelta(hours=1))
    assert scheduled["updatedAt"] == instant(clock.now)


async def test_who_remembers_a_time_sees_what_changed_later_and_following_a_cursor_goes_on(
    alice: User, clock: FakeClock
) -> None:
    one, two, three = await made_one_by_one(alice, clock, 3)
    _, cursor = await walk(alice, CHANGED_PUBLICATIONS, 2)
    assert (await alice.do(CHANGED_PUBLICATIONS, after=cursor))["nodes"] == []
    clock.advance(seconds=1)
    await alice.schedule_post(two["id"], clock.now + timedelta(hours=1))
    clock.advance(seconds=1)
    await alice.do(UPDATE_POST, input={"id": one["id"], "publications": [{"platform": "X", "content": "New"}]})
    await alice.do(DELETE_POST, id=three["id"])
    for found in (
        (await walk(alice, CHANGED_PUBLICATIONS, 1, after=cursor))[0],
        (await walk(alice, CHANGED_PUBLICATIONS, 2, updatedAfter=three["updatedAt"]))[0],
        (await walk(alice, CHANGED_PUBLICATIONS, 2, updatedAfter=one["updatedAt"], after=cursor))[0],
    ):
        assert [(row["postId"], row["status"]) for row in found] == [
            (two["id"], "SCHEDULED"),
            (two["id"], "SCHEDULED"),
            (one["id"], "DRAFT"),
        ]
    changed = await alice.do(CHANGED_PUBLICATIONS, updatedAfter=three["updatedAt"])
    assert changed["totalCount"] == 3
    assert (await alice.do(CHANGED_PUBLICATIONS, updatedAfter=instant(clock.now), after=cursor))["nodes"] == []


async def test_a_post_that_changes_behind_a_cursor_is_seen_again_at_the_end(alice: User, clock: FakeClock) -> None:
    one, two = await made_one_by_one(alice, clock, 2)
    page = await alice.do(CHANGED_PUBLICATIONS, first=1)
    clock.advance(seconds=1)
    await alice.schedule_post(one["id"], clock.now + timedelta(hours=1))
    rest, _ = await walk(alice, CHANGED_PUBLICATIONS, 1, after=page["pageInfo"]["endCursor"])
    assert [row["postId"] for row in rest] == [two["id"]] * 2 + [one["id"]] * 2


async def publish(user: User, clock: FakeClock, process: Process) -> Any:
    await user.connect("X")
    post = await user.create_post(x="Hello")
    await user.schedule_post(post["id"], clock.now + timedelta(minutes=1))
    clock.advance(minutes=1)
    before = instant(clock.now - timedelta(milliseconds=1))
    await process.publisher.publish_due()
    return before


async def test_what_the_worker_writes_is_a_change(alice: User, clock: FakeClock, process: Process) -> None:
    """Whether it is published or refused: here nobody answers, so it is to be sent again."""
    before = await publish(alice, clock, process)
    (row,) = (await alice.do(CHANGED_PUBLICATIONS, updatedAfter=before))["nodes"]
    assert row["updatedAt"] == instant(clock.now)


async def test_every_field_says_what_the_publications_own_post_says(alice: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello")
    await set_publication(post, PublicationStatus.UNCONFIRMED, request_started_time=clock.now, remote_id=None)
    clock.advance(seconds=1)
    retry = "mutation ($id: ID!) { retryPublication(input: {id: $id}) { publication { postId updatedAt } } }"
    publication = await alice.do(retry, id=post["publications"][0]["id"])
    assert publication == {"postId": post["id"], "updatedAt": instant(clock.now)}
    assert (await Post.get(id=post["id"])).updated_at == clock.now


async def test_all_queues_ledgers_are_one_list_in_the_order_in_which_they_ran(
    alice: User, bob: User, clock: FakeClock, queue: Any, tick: Tick
) -> None:
    await alice.connect("X", "LINKEDIN")
    his = await bob.create_post(x="Mine")
    await add_executions(await bob.create_queue(his["id"], clock.now + timedelta(hours=1)), [clock.now])
    other = await alice.create_queue(queue["originalPostId"], clock.now + timedelta(hours=2), interval=1)
    ran: list[datetime] = []
    for hours in (1, 1, 24, 150):
        clock.advance(hours=hours)
        await tick()
        ran.append(clock.now)
    for size in (1, 2, 3, 100):
        seen, cursor = await walk(alice, RAN_EXECUTIONS, size)
        assert [one["executedTime"] for one in seen] == sorted(one["executedTime"] for one in seen)
        assert {one["queueId"] for one in seen} == {queue["id"], other["id"]}
    whole = await alice.do(RAN_EXECUTIONS, first=100)
    assert whole["totalCount"] == len(whole["nodes"]) == len(seen)
    assert [one["queueId"] for one in whole["nodes"][:3]] == [queue["id"], other["id"], other["id"]]
    later = await alice.do(RAN_EXECUTIONS, executedAfter=instant(ran[1]))
    assert later["nodes"] == whole["nodes"][2:]
    assert later["totalCount"] == len(whole["nodes"]) - 2
    clock.advance(hours=24)
    await tick()
    (new,) = (await alice.do(RAN_EXECUTIONS, after=cursor))["nodes"]
    assert new["executedTime"] == instant(clock.now)
    assert (await alice.do(RAN_EXECUTIONS, after=cursor, executedAfter=instant(clock.now)))["nodes"] == []


@pytest.mark.parametrize("query", [CHANGED_PUBLICATIONS, RAN_EXECUTIONS], ids=["publications", "executions"])
async def test_what_is_no_cursor_and_no_page_is_refused(alice: User, query: str) -> None:
    for name, value in (("after", "x"), ("after", ""), ("first", 0), ("first", 101)):
        refusal = await alice.refused(query, **{name: value})
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", name)
    assert (await alice.do(query, first=None, after=None))["nodes"] == []


async def test_a_page_costs_two_statements_whatever_its_size(
    alice: User, clock: FakeClock, queue: Any, caplog: pytest.LogCaptureFixture
) -> None:
    statements = Statements(caplog)
    await made_one_by_one(alice, clock, 6)
    await add_executions(queue, [clock.now - timedelta(days=day) for day in range(6)])
    ask = "{ publications(first: %d) { nodes { id postId updatedAt status } } }"
    assert [await statements.of(alice, ask % size) for size in (1, 12)] == [2, 2]
    ask = "{ executions(first: %d) { nodes { id queueId post { id } } } }"
    assert [await statements.of(alice, ask % size) for size in (1, 6)] == [1, 1]
