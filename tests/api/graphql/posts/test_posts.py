"""posts: the caller's own, newest first, by status and by the queue that made them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from support.api import POSTS_QUERY, User
from support.clock import FakeClock
from support.rows import set_publication
from support.ticks import Tick

from perennial.core.states import PublicationStatus


async def ids(user: User, **variables: Any) -> list[str]:
    return [node["id"] for node in (await user.do(POSTS_QUERY, **variables))["nodes"]]


async def test_the_newest_comes_first(alice: User) -> None:
    made = [await alice.create_post(x=f"Number {number}") for number in range(4)]
    listed = (await alice.do(POSTS_QUERY))["nodes"]
    assert listed == made[::-1]


async def test_twenty_five_make_a_page_where_nothing_else_is_said(alice: User) -> None:
    for number in range(26):
        await alice.create_post(x=f"Number {number}")
    page = await alice.do(POSTS_QUERY)
    assert (len(page["nodes"]), page["pageInfo"]["hasNextPage"]) == (25, True)


async def test_the_status_filter_shows_that_status_alone(alice: User, clock: FakeClock) -> None:
    fates = {
        "DRAFT": None,
        "PUBLISHING": PublicationStatus.PUBLISHING,
        "PUBLISHED": PublicationStatus.PUBLISHED,
        "FAILED": PublicationStatus.FAILED,
        "SCHEDULED": PublicationStatus.SCHEDULED,
        "UNCONFIRMED": PublicationStatus.UNCONFIRMED,
    }
    made = {}
    for name, fate in fates.items():
        post = await alice.create_post(x=name)
        made[name] = post["id"]
        if fate is not None:
            await set_publication(post, fate)
    partial = await alice.create_post(x="Hello", linkedin="Hello there")
    await set_publication(partial, PublicationStatus.PUBLISHED, "X")
    made["PARTIALLY_PUBLISHED"] = partial["id"]
    for name, post_id in made.items():
        assert await ids(alice, status=name) == [post_id], name
    assert len(await ids(alice, status=None)) == len(made)


async def test_the_clones_of_a_queue_can_be_listed(alice: User, clock: FakeClock, queue: Any, tick: Tick) -> None:
    await alice.connect("X", "LINKEDIN")
    await alice.create_queue(queue["originalPostId"], clock.now + timedelta(hours=1))
    for _ in range(2):
        clock.advance(days=7)
        await tick()
    rows = (await alice.queue(queue["id"]))["executions"]["nodes"]
    assert await ids(alice, createdByQueueId=queue["id"]) == [row["post"]["id"] for row in rows]
    assert len(rows) == 2
    assert await ids(alice, createdByQueueId=queue["id"], status="DRAFT") == []


async def test_a_queue_that_never_was_made_no_posts(alice: User, queue: Any) -> None:
    for queue_id in ("first", "", str(uuid4())):
        assert await ids(alice, createdByQueueId=queue_id) == [], queue_id


async def test_nobody_sees_another_users_posts(
    alice: User, bob: User, clock: FakeClock, queue: Any, tick: Tick
) -> None:
    await alice.connect("X", "LINKEDIN")
    clock.advance(hours=1)
    await tick()
    his = await bob.create_post(x="Mine")
    assert await ids(bob) == [his["id"]]
    assert await ids(bob, createdByQueueId=queue["id"]) == []
    assert his["id"] not in await ids(alice)
