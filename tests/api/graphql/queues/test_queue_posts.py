"""A queue of several posts as the API takes and shows it, and what it refuses."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from support.api import CREATE_QUEUE, DELETE_POST, UPDATE_QUEUE, User
from support.clock import FakeClock
from support.statements import Statements
from support.ticks import HOUR

from perennial.core.instants import instant
from perennial.db.models import QueuePost

POSTS = "query ($first: Int) { queues(first: $first) { nodes { posts { id publications { platform content } } } } }"
ON_PLATFORM = "query ($platform: Platform) { queues(platform: $platform) { totalCount nodes { id } } }"
WARNINGS = """
    mutation ($input: CreateQueueInput!) { createQueue(input: $input) { warnings { code message } } }
"""


async def some_posts(user: User, number: int) -> list[str]:
    return [(await user.create_post(x=f"Hello {one}"))["id"] for one in range(number)]


def given(clock: FakeClock, **more: Any) -> dict[str, Any]:
    return {"interval": 1, "nextScheduledTime": instant(clock.now + HOUR), **more}


async def shown(user: User) -> list[list[str]]:
    nodes = (await user.do(POSTS, first=3))["nodes"]
    return [[post["id"] for post in node["posts"]] for node in nodes]


async def test_a_queue_shows_its_posts_in_the_order_of_its_list_and_the_first_is_next(
    alice: User, clock: FakeClock
) -> None:
    one, other, third = await some_posts(alice, 3)
    queue = await alice.do(CREATE_QUEUE, input=given(clock, postIds=[third, one.upper(), other]))
    assert (queue["originalPostId"], queue["originalPost"]["id"]) == (third, third)
    assert await shown(alice) == [[third, one, other]]
    changed = await alice.do(UPDATE_QUEUE, id=queue["id"], input={"originalPostId": other})
    assert changed["originalPostId"] == other
    assert await shown(alice) == [[other]]


@pytest.mark.parametrize("mutation", ["create", "update"])
async def test_a_list_that_cannot_be_is_refused_and_nothing_changes(
    alice: User, bob: User, clock: FakeClock, mutation: str
) -> None:
    one, other = await some_posts(alice, 2)
    (theirs,) = await some_posts(bob, 1)
    queue = await alice.do(CREATE_QUEUE, input=given(clock, postIds=[one, other]))
    refused = [
        ({"postIds": []}, "BAD_USER_INPUT", "postIds"),
        ({"postIds": [one, other, one]}, "BAD_USER_INPUT", "postIds"),
        ({"postIds": [one, one.upper()]}, "BAD_USER_INPUT", "postIds"),
        ({"postIds": [str(uuid4()) for _ in range(101)]}, "BAD_USER_INPUT", "postIds"),
        ({"postIds": [one, None]}, "BAD_USER_INPUT", "postIds.1"),
        ({"postIds": [one], "originalPostId": one}, "BAD_USER_INPUT", "postIds"),
        ({"postIds": [one, theirs]}, "BAD_USER_INPUT", "postIds"),
        ({"postIds": [one, str(uuid4())]}, "BAD_USER_INPUT", "postIds"),
        ({"postIds": [one, "first"]}, "BAD_USER_INPUT", "postIds"),
        ({"postIds": [theirs]}, "BAD_USER_INPUT", "postIds"),
        ({"originalPostId": theirs}, "NOT_FOUND", None),
    ]
    refused += [] if mutation == "create" else [({"postIds": None}, "BAD_USER_INPUT", "postIds")]
    for change, code, field in refused:
        if mutation == "create":
            refusal = await alice.refused(CREATE_QUEUE, input=given(clock) | change)
        else:
            refusal = await alice.refused(UPDATE_QUEUE, id=queue["id"], input={"interval": 9, **change})
        assert (refusal.code, refusal.field) == (code, field), (change, refusal)
        assert await alice.queue(queue["id"]) == queue
        assert await shown(alice) == [[one, other]]


async def test_null_is_a_list_that_was_left_out(alice: User, clock: FakeClock) -> None:
    (one,) = await some_posts(alice, 1)
    await alice.do(CREATE_QUEUE, input=given(clock, postIds=None, originalPostId=one))
    await alice.do(CREATE_QUEUE, input=given(clock, postIds=[one], originalPostId=None))
    assert await shown(alice) == [[one], [one]]
    assert not await QueuePost.all().exists()


async def test_a_page_of_queues_reads_the_posts_of_all_together(
    alice: User, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    statements, costs = Statements(caplog), []
    for number in (2, 5, 3):
        await alice.do(CREATE_QUEUE, input=given(clock, postIds=await some_posts(alice, number)))
        costs.append(await statements.of(alice, POSTS, first=25))
    assert costs[0] == costs[1] == costs[2]


async def test_a_queue_is_found_by_the_platforms_of_all_its_posts(alice: User, clock: FakeClock) -> None:
    on_x = (await alice.create_post(x="Hello"))["id"]
    on_linkedin = (await alice.create_post(linkedin="Hello there"))["id"]
    both = await alice.do(CREATE_QUEUE, input=given(clock, postIds=[on_x, on_linkedin]))
    single = await alice.do(CREATE_QUEUE, input=given(clock, postIds=[on_x]))

    async def found(platform: str) -> set[str]:
        page = await alice.do(ON_PLATFORM, platform=platform)
        assert page["totalCount"] == len(page["nodes"])
        return {node["id"] for node in page["nodes"]}

    assert await found("X") == {both["id"], single["id"]}
    assert await found("LINKEDIN") == {both["id"]}
    await alice.do(DELETE_POST, id=on_linkedin)
    assert await found("LINKEDIN") == set()


async def test_warnings_are_about_all_of_the_posts_and_name_each_platform_once(alice: User, clock: FakeClock) -> None:
    posts = [(await alice.create_post(**texts))["id"] for texts in ({"x": "A"}, {"x": "B"}, {"linkedin": "C"})]

    async def missing() -> list[str]:
        answer = await alice.execute(WARNINGS, input=given(clock, postIds=posts))
        found = answer["data"]["createQueue"]["warnings"]
        return sorted(one["message"] for one in found if one["code"] == "ACCOUNT_MISSING")

    everywhere = await missing()
    assert len(everywhere) == len({*everywhere}) == 2
    await alice.connect("X")
    assert len(await missing()) == 1


async def test_a_list_that_is_given_again_with_its_key_makes_one_queue(alice: User, clock: FakeClock) -> None:
    posts = await some_posts(alice, 2)
    new = given(clock, postIds=posts, idempotencyKey="once")
    first = await alice.do(CREATE_QUEUE, input=new)
    assert (await alice.do(CREATE_QUEUE, input=new | {"postIds": [one.upper() for one in posts]}))["id"] == first["id"]
    assert (await alice.refused(CREATE_QUEUE, input=new | {"postIds": posts[::-1]})).code == "CONFLICT"


async def test_posts_of_a_queue_are_paid_for(alice: User, clock: FakeClock) -> None:
    posts = await some_posts(alice, 30)
    new = given(clock, postIds=posts, nextScheduledTime=instant(clock.now + timedelta(days=1)))
    answer = await alice.execute(WARNINGS.replace("warnings { code message }", "queue { id }"), input=new)
    assert answer["extensions"]["cost"]["requested"] == 30
    answer = await alice.execute(POSTS, first=10)
    assert answer["extensions"]["cost"]["requested"] == 1 + 10 * (1 + 100 * (1 + 2))
