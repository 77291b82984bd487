"""posts: the caller's own, newest first, by status and by the queue that made them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from support.api import CLONE_POST, POSTS_QUERY, UNSCHEDULE_POST, UPDATE_POST, User
from support.clock import FakeClock
from support.rows import set_publication
from support.ticks import Tick

from perennial.core.instants import instant
from perennial.core.states import PublicationStatus
from perennial.db.models import Post


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


async def test_several_states_are_listed_together_in_the_order_of_the_list(alice: User) -> None:
    fates = [PublicationStatus.FAILED, PublicationStatus.PUBLISHED, PublicationStatus.FAILED, None]
    made = [await alice.create_post(x=f"Number {number}") for number in range(4)]
    for post, fate in zip(made, fates, strict=True):
        if fate is not None:
            await set_publication(post, fate)
    names = [post["id"] for post in made]
    assert await ids(alice, status=["FAILED", "DRAFT", "FAILED"]) == [names[3], names[2], names[0]]
    assert await ids(alice, status=["FAILED", "DRAFT"], orderBy="CREATED_ASC") == [names[0], names[2], names[3]]
    page = await alice.do(POSTS_QUERY, status=["FAILED", "DRAFT"], first=2)
    assert page["pageInfo"]["hasNextPage"]
    assert await ids(alice, status=["FAILED", "DRAFT"], after=page["pageInfo"]["endCursor"]) == [names[0]]


async def test_of_no_states_there_are_no_posts(alice: User) -> None:
    await alice.create_post(x="Hello")
    ask = "{ posts(status: []) { totalCount nodes { id } pageInfo { endCursor } } }"
    assert await alice.do(ask) == {"totalCount": 0, "nodes": [], "pageInfo": {"endCursor": None}}


async def test_a_platform_shows_the_posts_with_a_text_for_it_also_after_an_edit(alice: User) -> None:
    both = await alice.create_post(x="Hello", linkedin="Hello there")
    on_x = await alice.create_post(x="Hello")
    assert await ids(alice, platform="LINKEDIN") == [both["id"]]
    assert await ids(alice, platform="X") == [on_x["id"], both["id"]]
    for post, platform in ((on_x, "LINKEDIN"), (both, "X")):
        text = {"platform": platform, "content": "Another"}
        await alice.do(UPDATE_POST, input={"id": post["id"], "publications": [text]})
    copy = await alice.do(CLONE_POST, id=on_x["id"])
    assert await ids(alice, platform="LINKEDIN") == [copy["id"], on_x["id"]]
    assert await ids(alice, platform="X") == [both["id"]]
    assert await ids(alice, platform="X", status="SCHEDULED") == []
    assert await ids(alice, platform=None) == [copy["id"], on_x["id"], both["id"]]


async def test_what_goes_out_next_comes_first_and_drafts_last(alice: User, clock: FakeClock) -> None:
    made = [await alice.create_post(x=f"Number {number}", linkedin="Hello") for number in range(6)]
    one, two, three, four, five, six = [post["id"] for post in made]
    for post_id, hours in ((two, 5), (three, 1), (four, 5), (six, 2)):
        await alice.schedule_post(post_id, clock.now + timedelta(hours=hours))
    soon = clock.now + timedelta(minutes=1)
    scheduled = await alice.schedule_post(six, clock.now + timedelta(hours=2), linkedin=soon)
    assert (scheduled["scheduledTime"], made[0]["scheduledTime"]) == (instant(soon), None)
    ascending, descending = [six, three, two, four, one, five], [four, two, three, six, five, one]
    assert await ids(alice, orderBy="SCHEDULED_ASC") == ascending
    assert await ids(alice, orderBy="SCHEDULED_DESC") == descending
    for order, whole in (("SCHEDULED_ASC", ascending), ("SCHEDULED_DESC", descending)):
        for size in (1, 2, 4, 5):
            assert await walk(alice, size, orderBy=order) == whole, (order, size)
        assert await walk(alice, 2, orderBy=order, platform="X", status=["SCHEDULED", "DRAFT"]) == whole
    await alice.do(UNSCHEDULE_POST, id=three)
    assert await ids(alice, orderBy="SCHEDULED_ASC", status="SCHEDULED") == [six, two, four]


async def test_a_draft_whose_row_has_a_time_left_is_listed_once(alice: User, clock: FakeClock) -> None:
    """As SQL that somebody has run may leave it, until a worker mends it."""
    drafts = [(await alice.create_post(x=f"Number {number}"))["id"] for number in range(3)]
    await Post.filter(id=drafts[1]).update(earliest_time=clock.now)
    assert await walk(alice, 1, orderBy="SCHEDULED_ASC") == drafts
    assert await walk(alice, 1, orderBy="SCHEDULED_DESC") == drafts[::-1]


async def walk(user: User, size: int, **variables: Any) -> list[str]:
    """The ids on all pages, one after the other."""
    seen: list[str] = []
    after = None
    while True:
        page = await user.do(POSTS_QUERY, first=size, after=after, **variables)
        seen += [node["id"] for node in page["nodes"]]
        assert len(seen) == len(set(seen)), "no post is on two pages"
        if not page["pageInfo"]["hasNextPage"]:
            return seen
        after = page["pageInfo"]["endCursor"]


async def test_a_queues_clones_are_filtered_and_ordered_too(
    alice: User, clock: FakeClock, queue: Any, tick: Tick
) -> None:
    await alice.connect("X", "LINKEDIN")
    for _ in range(3):
        clock.advance(days=7)
        await tick()
    newest_first = await ids(alice, createdByQueueId=queue["id"])
    assert len(newest_first) == 3
    await alice.do(UNSCHEDULE_POST, id=newest_first[2])
    first, middle, last = newest_first[::-1]
    assert await ids(alice, createdByQueueId=queue["id"], orderBy="SCHEDULED_ASC") == [middle, last, first]
    assert await ids(alice, createdByQueueId=queue["id"], status=["DRAFT", "FAILED"]) == [first]
    assert await ids(alice, createdByQueueId=queue["id"], status=[]) == []
    texts = [{"platform": "X", "content": "Not for LinkedIn any more"}]
    await alice.do(UPDATE_POST, input={"id": first, "publications": texts})
    assert await ids(alice, createdByQueueId=queue["id"], platform="LINKEDIN") == [last, middle]
