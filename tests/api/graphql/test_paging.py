"""Keyset pages: they neither repeat nor leave out a row, whatever is inserted in between."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from support.api import DELETE_POST, POSTS_QUERY, QUEUES_QUERY, User
from support.clock import FakeClock
from support.rows import add_executions

EXECUTIONS_QUERY = """
    query ($id: ID!, $first: Int, $after: String) {
        queue(id: $id) { executions(first: $first, after: $after) { pageInfo { endCursor } } }
    }
"""
LISTS = pytest.mark.parametrize(
    "query", [QUEUES_QUERY, POSTS_QUERY, EXECUTIONS_QUERY], ids=["queues", "posts", "executions"]
)


async def test_pages_of_any_size_show_every_queue_once(alice: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello")
    for hour in (2, 1, 1, 2, 1, 3, 3):
        await alice.create_queue(post["id"], clock.now + timedelta(hours=hour))
    whole = [node["id"] for node in (await alice.do(QUEUES_QUERY))["nodes"]]
    for size in range(1, 9):
        assert await walk(alice, QUEUES_QUERY, size) == whole


async def test_pages_of_any_size_show_every_post_once(alice: User) -> None:
    made = [(await alice.create_post(x=f"Number {number}"))["id"] for number in range(5)]
    for size in range(1, 7):
        assert await walk(alice, POSTS_QUERY, size) == made[::-1]


async def walk(user: User, query: str, size: int) -> list[str]:
    """The ids on all pages, one after the other; each page is checked for what it says of its neighbours."""
    seen: list[str] = []
    after = None
    while True:
        page = await user.do(query, first=size, after=after)
        info, cursors = page["pageInfo"], [edge["cursor"] for edge in page["edges"]]
        assert (info["startCursor"], info["endCursor"]) == (cursors[0], cursors[-1])
        assert info["hasPreviousPage"] == (after is not None)
        seen += [edge["node"]["id"] for edge in page["edges"]]
        if not info["hasNextPage"]:
            return seen
        assert len(cursors) == size
        after = info["endCursor"]


async def test_entries_that_are_asked_for_twice_are_there_twice(alice: User, queue: Any) -> None:
    page = await alice.do("{ queues { edges { cursor } again: edges { cursor node { id } } pageInfo { endCursor } } }")
    (edge,), (again,) = page["edges"], page["again"]
    assert edge["cursor"] == again["cursor"] == page["pageInfo"]["endCursor"]
    assert again["node"] == {"id": queue["id"]}


async def test_what_is_inserted_before_the_cursor_shifts_nothing_and_what_comes_after_it_is_seen(
    alice: User, clock: FakeClock
) -> None:
    post = await alice.create_post(x="Hello")
    made = [await alice.create_queue(post["id"], clock.now + timedelta(hours=hour)) for hour in (2, 4, 6, 8)]
    page = await alice.do(QUEUES_QUERY, first=2)
    before = await alice.create_queue(post["id"], clock.now + timedelta(hours=1))
    tied = await alice.create_queue(post["id"], clock.now + timedelta(hours=4))
    between = await alice.create_queue(post["id"], clock.now + timedelta(hours=7))
    rest = await alice.do(QUEUES_QUERY, after=page["pageInfo"]["endCursor"])
    expected = [tied, made[2], between, made[3]]
    assert [node["id"] for node in rest["nodes"]] == [queue["id"] for queue in expected]
    assert before["id"] not in {node["id"] for node in rest["nodes"]}


async def test_new_posts_do_not_push_old_ones_onto_the_next_page(alice: User) -> None:
    made = [await alice.create_post(x=f"Number {number}") for number in range(4)]
    page = await alice.do(POSTS_QUERY, first=2)
    await alice.create_post(x="New")
    rest = await alice.do(POSTS_QUERY, first=2, after=page["pageInfo"]["endCursor"])
    assert [node["id"] for node in rest["nodes"]] == [made[1]["id"], made[0]["id"]]


async def test_a_cursor_outlives_the_row_it_stands_on(alice: User) -> None:
    made = [await alice.create_post(x=f"Number {number}") for number in range(3)]
    page = await alice.do(POSTS_QUERY, first=2)
    await alice.do(DELETE_POST, id=made[1]["id"])
    rest = await alice.do(POSTS_QUERY, after=page["pageInfo"]["endCursor"])
    assert [node["id"] for node in rest["nodes"]] == [made[0]["id"]]


@LISTS
async def test_a_page_size_out_of_range_is_refused(alice: User, queue: Any, query: str) -> None:
    for first in (0, -1, 101, 2**31 - 1, 2**31, "10", 1.5):
        refusal = await alice.refused(query, **arguments(query, queue), first=first)
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "first"), first


@LISTS
async def test_a_page_size_within_range_or_none_is_taken(alice: User, queue: Any, query: str) -> None:
    for first in (1, 100, None):
        await alice.do(query, **arguments(query, queue), first=first)


SOME_ID = "01a20af0-55ab-7309-865e-02094c0475c9"


def cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


EDGES_OF_TIME = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]


NO_CURSORS = [
    *["", "x", "first", "ÄÖÜ", "\ud800", "\x00", "A" * 10_000],
    *[cursor(), cursor(1), cursor(None, None), cursor("a", "b", "c")],
    *[cursor("2030-01-01", SOME_ID), cursor("2030-01-01T00:00:00", SOME_ID), cursor("2030-01-01T00:00:00")],
    *[cursor("2030-01-01T00:00:00Z", "first"), base64.urlsafe_b64encode(b"[" * 2_000).decode()],
    *[cursor(time, SOME_ID) for time in EDGES_OF_TIME],
    *[cursor(time) for time in EDGES_OF_TIME],
    *[cursor("NEXT_ASC", time, SOME_ID) for time in EDGES_OF_TIME],
    *[cursor("CREATED_DESC", "first"), cursor("CREATED_DESC"), cursor("CREATED_DESC", SOME_ID, SOME_ID)],
    *[cursor(SOME_ID), cursor({}), base64.urlsafe_b64encode(b"{}").decode(), base64.urlsafe_b64encode(b"7").decode()],
]


@pytest.mark.one_dialect
@LISTS
async def test_what_is_no_cursor_is_refused(alice: User, queue: Any, query: str) -> None:
    for after in NO_CURSORS:
        refusal = await alice.refused(query, **arguments(query, queue), after=after)
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "after"), after


@LISTS
async def test_a_cursor_of_another_list_is_refused(alice: User, clock: FakeClock, queue: Any, query: str) -> None:
    await add_executions(queue, [clock.now])
    for other in {QUEUES_QUERY, POSTS_QUERY, EXECUTIONS_QUERY} - {query}:
        page = await alice.do(other, **arguments(other, queue))
        found = page.get("executions", page)["pageInfo"]["endCursor"]
        refusal = await alice.refused(query, **arguments(query, queue), after=found)
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "after")


ORDERS = {
    POSTS_QUERY: ["CREATED_DESC", "CREATED_ASC", "SCHEDULED_ASC", "SCHEDULED_DESC"],
    QUEUES_QUERY: ["NEXT_ASC", "NEXT_DESC", "CREATED_DESC", "CREATED_ASC"],
}


@pytest.mark.parametrize("query", ORDERS, ids=["posts", "queues"])
async def test_a_cursor_belongs_to_its_order_and_outlives_a_change_of_the_filters(
    alice: User, queue: Any, query: str
) -> None:
    for order in ORDERS[query]:
        after = (await alice.do(query, orderBy=order))["pageInfo"]["endCursor"]
        for other in ORDERS[query]:
            if other != order:
                refusal = await alice.refused(query, orderBy=other, after=after)
                assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "after")
                assert refusal.message == f"This is not a cursor of this list in the order {other}."
        for filters in ({"status": ["PAUSED" if query == QUEUES_QUERY else "DRAFT"]}, {"platform": "X"}):
            assert (await alice.do(query, orderBy=order, after=after, **filters))["nodes"] == []


def arguments(query: str, queue: Any) -> dict[str, Any]:
    return {"id": queue["id"]} if query == EXECUTIONS_QUERY else {}
