"""queues: the founding story's getQueues. The caller's own, the next to run first, with their posts."""

from datetime import timedelta
from typing import Any

import pytest
from support.api import DELETE_POST, PAUSE_QUEUE, QUEUES_QUERY, User
from support.clock import FakeClock
from support.rows import set_queue

from perennial.core.states import QueueStatus


async def ids(user: User, **variables: Any) -> list[str]:
    page = await user.do(QUEUES_QUERY, **variables)
    assert page["nodes"] == [] or [edge["node"]["id"] for edge in page["edges"]] == [n["id"] for n in page["nodes"]]
    return [node["id"] for node in page["nodes"]]


async def test_the_next_to_run_comes_first_and_ties_are_in_the_order_of_their_making(
    alice: User, clock: FakeClock
) -> None:
    post = await alice.create_post(x="Hello")
    hours = [3, 1, 2, 1, 3, 1]
    made = [await alice.create_queue(post["id"], clock.now + timedelta(hours=hour)) for hour in hours]
    places = [1, 3, 5, 2, 0, 4]
    assert await ids(alice) == [made[place]["id"] for place in places]


async def test_an_entry_is_what_the_query_for_one_queue_gives(alice: User, queue: Any) -> None:
    (listed,) = (await alice.do(QUEUES_QUERY))["nodes"]
    assert listed == queue == await alice.queue(queue["id"])
    assert listed["originalPost"] == await alice.post(queue["originalPostId"])


async def test_a_queue_whose_original_was_deleted_is_listed_without_it(alice: User, queue: Any) -> None:
    await alice.do(DELETE_POST, id=queue["originalPostId"])
    (listed,) = (await alice.do(QUEUES_QUERY))["nodes"]
    assert (listed["id"], listed["originalPostId"], listed["originalPost"]) == (queue["id"], None, None)


async def test_the_status_filter_shows_that_status_alone(alice: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello")
    times = [clock.now + timedelta(hours=hour) for hour in (1, 2, 3)]
    active, paused, completed = [await alice.create_queue(post["id"], time) for time in times]
    await alice.do(PAUSE_QUEUE, id=paused["id"])
    await set_queue(completed, status=QueueStatus.COMPLETED)
    assert await ids(alice, status="ACTIVE") == [active["id"]]
    assert await ids(alice, status="PAUSED") == [paused["id"]]
    assert await ids(alice, status="COMPLETED") == [completed["id"]]
    assert await ids(alice, status=None) == await ids(alice) == [active["id"], paused["id"], completed["id"]]


async def test_several_states_are_listed_together_and_of_none_there_is_nothing(alice: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello")
    made = [await alice.create_queue(post["id"], clock.now + timedelta(hours=hour)) for hour in (3, 1, 2)]
    await alice.do(PAUSE_QUEUE, id=made[0]["id"])
    await set_queue(made[1], status=QueueStatus.COMPLETED)
    assert await ids(alice, status=["PAUSED", "ACTIVE"]) == [made[2]["id"], made[0]["id"]]
    assert await ids(alice, status=[]) == []
    (first,) = (await alice.do(QUEUES_QUERY, status=["PAUSED", "COMPLETED"], first=1))["edges"]
    assert first["node"]["id"] == made[1]["id"]
    assert await ids(alice, status=["PAUSED", "ACTIVE"], after=first["cursor"]) == [made[2]["id"], made[0]["id"]]


async def test_a_list_has_the_order_that_is_asked_for(alice: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello")
    one, two, three = [
        (await alice.create_queue(post["id"], clock.now + timedelta(hours=hour)))["id"] for hour in (2, 3, 1)
    ]
    await alice.do(PAUSE_QUEUE, id=two)
    orders = {
        "NEXT_ASC": [three, one, two],
        "NEXT_DESC": [two, one, three],
        "CREATED_ASC": [one, two, three],
        "CREATED_DESC": [three, two, one],
    }
    for order, whole in orders.items():
        assert await ids(alice, orderBy=order) == whole, order
        page = await alice.do(QUEUES_QUERY, orderBy=order, first=2)
        assert await ids(alice, orderBy=order, after=page["pageInfo"]["endCursor"]) == whole[2:], order
        assert await ids(alice, orderBy=order, status="ACTIVE") == [one_id for one_id in whole if one_id != two], order
    assert await ids(alice, orderBy=None) == orders["NEXT_ASC"]


async def test_a_platform_shows_the_queues_that_repeat_a_post_with_a_text_for_it(
    alice: User, clock: FakeClock, queue: Any
) -> None:
    post = await alice.create_post(x="Hello")
    on_x = await alice.create_queue(post["id"], clock.now + timedelta(hours=2))
    for order in ("NEXT_ASC", "CREATED_ASC"):
        assert await ids(alice, platform="LINKEDIN", orderBy=order) == [queue["id"]]
        assert await ids(alice, platform="X", orderBy=order) == [queue["id"], on_x["id"]]
    assert await ids(alice, platform="LINKEDIN", status="PAUSED") == []
    await alice.do(DELETE_POST, id=queue["originalPostId"])
    assert await ids(alice, platform="LINKEDIN") == []


async def test_a_status_that_there_is_not_is_refused(alice: User) -> None:
    refusal = await alice.refused(QUEUES_QUERY, status="SLEEPING")
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "status")


async def test_an_empty_list_is_a_page_of_nothing(alice: User) -> None:
    nowhere = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert await alice.do(QUEUES_QUERY) == {"nodes": [], "edges": [], "pageInfo": nowhere}


@pytest.mark.parametrize("status", [None, "ACTIVE"])
async def test_nobody_sees_another_users_queues(
    alice: User, bob: User, clock: FakeClock, queue: Any, status: str | None
) -> None:
    post = await bob.create_post(x="Mine")
    his = await bob.create_queue(post["id"], clock.now + timedelta(minutes=1))
    assert await ids(bob, status=status) == [his["id"]]
    assert await ids(alice, status=status) == [queue["id"]]
    page = await alice.do(QUEUES_QUERY, status=status, first=1)
    assert await ids(bob, status=status, after=page["pageInfo"]["endCursor"]) == []
