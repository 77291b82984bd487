"""createQueue: a post is put into a recurring queue (criteria 1, 2 and 7 of the founding story)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from support.api import CREATE_QUEUE, User
from support.clock import FakeClock

from perennial.core.instants import instant


async def test_a_new_queue_is_active_has_not_run_and_shows_its_post(alice: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    time = clock.now + timedelta(hours=1)
    queue = await alice.create_queue(post["id"], time, interval=7, maxExecutions=12)
    assert queue | {"originalPost": None, "createdAt": None, "updatedAt": None} == {
        "id": queue["id"],
        "clerkUserId": "alice",
        "originalPostId": post["id"],
        "originalPost": None,
        "status": "ACTIVE",
        "statusReason": None,
        "pausedUntil": None,
        "pauseReason": None,
        "interval": 7,
        "cadence": "FIXED",
        "nextScheduledTime": instant(time),
        "lastExecutedTime": None,
        "executionCount": 0,
        "maxExecutions": 12,
        "createdAt": None,
        "updatedAt": None,
        "executions": {"nodes": []},
    }
    assert queue["originalPost"] == post
    assert queue["createdAt"] == queue["updatedAt"] == instant(clock.now)


@pytest.mark.one_dialect
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"interval": 0}, "interval"),
        ({"interval": -1}, "interval"),
        ({"interval": 3651}, "interval"),
        ({"interval": None}, "interval"),
        ({"interval": "seven"}, "interval"),
        ({"interval": 1.5}, "interval"),
        ({"maxExecutions": 0}, "maxExecutions"),
        ({"maxExecutions": -3}, "maxExecutions"),
        ({"nextScheduledTime": "2000-01-01T00:00:00Z"}, "nextScheduledTime"),
        ({"nextScheduledTime": "2999-01-01T00:00:00Z"}, "nextScheduledTime"),
        ({"nextScheduledTime": "2030-01-01T00:00:00"}, "nextScheduledTime"),
        ({"nextScheduledTime": "2030-02-30T00:00:00Z"}, "nextScheduledTime"),
        ({"nextScheduledTime": "0001-01-01T00:00:00+14:00"}, "nextScheduledTime"),
        ({"nextScheduledTime": "tomorrow"}, "nextScheduledTime"),
        ({"nextScheduledTime": 1890000000000}, "nextScheduledTime"),
        ({"nextScheduledTime": None}, "nextScheduledTime"),
        ({"cadence": "SOMETIMES"}, "cadence"),
        ({"cadence": None}, "cadence"),
    ],
)
async def test_a_value_that_cannot_be_is_refused_by_name(
    alice: User, clock: FakeClock, change: dict[str, object], field: str
) -> None:
    post = await alice.create_post(x="Hello")
    good = {"originalPostId": post["id"], "interval": 7, "nextScheduledTime": instant(clock.now + timedelta(hours=1))}
    refusal = await alice.refused(CREATE_QUEUE, input=good | change)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", field)
    assert (await alice.do("{ queues { nodes { id } } }"))["nodes"] == []


NEEDED = {
    "originalPostId": "A queue needs the id of the post that it repeats, or several as postIds.",
    "interval": "A queue needs an interval, in days, or a rule.",
}


@pytest.mark.one_dialect
@pytest.mark.parametrize("field", NEEDED)
async def test_what_later_versions_let_you_replace_is_still_needed(alice: User, clock: FakeClock, field: str) -> None:
    post = await alice.create_post(x="Hello")
    good = {"originalPostId": post["id"], "interval": 7, "nextScheduledTime": instant(clock.now + timedelta(hours=1))}
    left_out = {name: value for name, value in good.items() if name != field}
    for given in (left_out, good | {field: None}):
        refusal = await alice.refused(CREATE_QUEUE, input=given)
        assert (refusal.code, refusal.field, refusal.message) == ("BAD_USER_INPUT", field, NEEDED[field])
    assert (await alice.do("{ queues { nodes { id } } }"))["nodes"] == []


async def test_a_queue_cannot_be_made_of_another_users_post(alice: User, mallory: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello")
    given = {"interval": 7, "nextScheduledTime": instant(clock.now + timedelta(hours=1))}
    theirs = await mallory.refused(CREATE_QUEUE, input={**given, "originalPostId": post["id"]})
    missing = await mallory.refused(CREATE_QUEUE, input={**given, "originalPostId": str(uuid4())})
    malformed = await mallory.refused(CREATE_QUEUE, input={**given, "originalPostId": "first"})
    assert theirs == missing == malformed
    assert theirs.code == "NOT_FOUND"


async def test_nobody_can_make_a_queue_without_a_token(alice: User, nobody: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello")
    given = {"originalPostId": post["id"], "interval": 7, "nextScheduledTime": instant(clock.now + timedelta(hours=1))}
    assert (await nobody.refused(CREATE_QUEUE, input=given)).code == "UNAUTHENTICATED"
