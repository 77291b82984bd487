"""upcoming: what comes next of a queue, and of all the caller's queues together."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from support.api import DELETE_POST, User
from support.clock import FakeClock
from support.rows import set_queue
from support.ticks import Tick, due_queue

from perennial.core.instants import instant
from perennial.core.states import MissedRuns, QueueStatus
from perennial.db.models import QueuePost
from perennial.queues.recurrence.columns import changed_text
from perennial.queues.upcoming import occurrences

DAY = timedelta(days=1)
OCCURRENCE = "queue { id } scheduledTime localTime post { id } movedFrom skipped"
OF_QUEUE = f"""
    query ($id: ID!, $first: Int, $until: DateTime) {{
        queue(id: $id) {{ upcoming(first: $first, until: $until) {{ {OCCURRENCE} }} }}
    }}
"""
OF_ALL = f"""
    query ($from: DateTime, $until: DateTime!, $first: Int, $after: String) {{
        upcoming(from: $from, until: $until, first: $first, after: $after) {{
            nodes {{ {OCCURRENCE} }} totalCount pageInfo {{ hasNextPage endCursor }}
        }}
    }}
"""

UNCOUNTED = OF_ALL.replace(" totalCount", "")


async def of_queue(user: User, queue: Any, **variables: Any) -> list[Any]:
    found: list[Any] = (await user.do(OF_QUEUE, id=queue["id"], **variables))["upcoming"]
    return found


async def times(user: User, queue: Any, **variables: Any) -> list[str]:
    return [one["scheduledTime"] for one in await of_queue(user, queue, **variables)]


async def pages(user: User, first: int, **variables: Any) -> list[Any]:
    """All pages of what comes next, put together."""
    found, after = [], None
    while True:
        page = await user.do(UNCOUNTED, first=first, after=after, **variables)
        found += page["nodes"]
        assert len(page["nodes"]) == first or not page["pageInfo"]["hasNextPage"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def test_the_next_five_of_a_queue_are_listed_with_their_post(alice: User, queue: Any, clock: FakeClock) -> None:
    start = clock.now + timedelta(hours=1)
    assert await of_queue(alice, queue) == [
        {
            "queue": {"id": queue["id"]},
            "scheduledTime": instant(start + week * 7 * DAY),
            "localTime": None,
            "post": {"id": queue["originalPostId"]},
            "movedFrom": None,
            "skipped": False,
        }
        for week in range(5)
    ]


async def test_as_many_are_listed_as_are_asked_for_and_none_after_until(
    alice: User, queue: Any, clock: FakeClock
) -> None:
    start = clock.now + timedelta(hours=1)
    assert len(await times(alice, queue, first=100)) == 100
    assert await times(alice, queue, first=100, until=start + 14 * DAY) == [
        instant(start + days * DAY) for days in (0, 7, 14)
    ]
    refusal = await alice.refused(OF_QUEUE, id=queue["id"], first=101)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "first")


async def test_a_queue_with_a_maximum_has_as_many_as_it_may_run(alice: User, clock: FakeClock) -> None:
    queue = await due_queue(alice, clock.now + DAY, maxExecutions=3)
    assert len(await times(alice, queue)) == 3
    await set_queue(queue, execution_count=2)
    assert len(await times(alice, queue)) == 1


@pytest.mark.parametrize("status", [QueueStatus.PAUSED, QueueStatus.COMPLETED])
async def test_a_queue_that_is_not_active_has_none(
    alice: User, queue: Any, clock: FakeClock, status: QueueStatus
) -> None:
    await set_queue(queue, status=status)
    assert await times(alice, queue) == []
    assert (await alice.do(OF_ALL, until=clock.now + 30 * DAY))["nodes"] == []


async def test_what_its_owner_did_with_occurrences_is_shown(alice: User, queue: Any, clock: FakeClock) -> None:
    first, second, third, fourth = [clock.now + timedelta(hours=1) + week * 7 * DAY for week in range(4)]
    slots = [one.replace(tzinfo=None) for one in (first, second, third, fourth)]
    changed = {slots[1]: None, slots[2]: third + DAY}
    await set_queue(queue, changed_occurrences=changed_text(changed), excluded_dates=fourth.date().isoformat())
    found = await of_queue(alice, queue, first=4)
    assert [(one["scheduledTime"], one["movedFrom"], one["skipped"]) for one in found] == [
        (instant(first), None, False),
        (instant(second), None, True),
        (instant(third + DAY), instant(third), False),
        (instant(fourth + 7 * DAY), None, False),
    ]
    assert [one["post"] is None for one in found] == [False, True, False, False]


async def test_a_queue_with_a_zone_says_what_its_clocks_will_show(alice: User, queue: Any, clock: FakeClock) -> None:
    clock.now = datetime.fromisoformat("2027-03-27T12:00:00+00:00")
    spring = datetime.fromisoformat("2027-03-28T00:30:00+00:00")  # 01:30 in Berlin, whose clock then skips 02:00-03:00
    rule = {"interval": 1, "timezone": "Europe/Berlin", "next_local_time": "2027-03-28T02:30:00"}
    await set_queue(queue, next_scheduled_time=spring + timedelta(hours=1), **rule)
    assert [(one["scheduledTime"], one["localTime"]) for one in await of_queue(alice, queue, first=2)] == [
        ("2027-03-28T01:30:00.000Z", "2027-03-28T02:30:00"),
        ("2027-03-29T00:30:00.000Z", "2027-03-29T02:30:00"),
    ]


async def test_posts_that_take_turns_are_foreseen_in_turn(alice: User, queue: Any, clock: FakeClock) -> None:
    posts = [queue["originalPostId"], *[(await alice.create_post(x=text))["id"] for text in ("second", "third")]]
    for position, post_id in enumerate(posts):
        used = clock.now - DAY if position == 0 else None
        await QueuePost.create(queue_id=queue["id"], post_id=post_id, position=position, last_used_time=used)
    await set_queue(queue, original_post_id=posts[1])
    assert [one["post"]["id"] for one in await of_queue(alice, queue)] == [posts[place] for place in (1, 2, 0, 1, 2)]


async def test_a_queue_whose_post_was_deleted_has_the_one_that_completes_it(alice: User, queue: Any) -> None:
    await alice.do(DELETE_POST, id=queue["originalPostId"])
    (only,) = await of_queue(alice, queue)
    assert (only["scheduledTime"], only["post"]) == (queue["nextScheduledTime"], None)


@pytest.mark.parametrize(("policy", "weeks"), [(MissedRuns.RUN_LATEST, [1, 2]), (MissedRuns.SKIP, [2, 3])])
async def test_what_is_overdue_is_what_a_tick_would_run(
    alice: User, queue: Any, clock: FakeClock, policy: MissedRuns, weeks: list[int]
) -> None:
    start = clock.now + timedelta(hours=1)
    await set_queue(queue, missed_runs=policy)
    clock.now = start + 10 * DAY
    expected = [instant(start + week * 7 * DAY) for week in weeks]
    assert await times(alice, queue, first=2) == expected
    page = await alice.do(OF_ALL, until=clock.now + 13 * DAY)
    assert [one["scheduledTime"] for one in page["nodes"]][:2] == expected
    later = await alice.do(OF_ALL, **{"from": clock.now, "until": clock.now + 20 * DAY})
    assert next(one["scheduledTime"] for one in later["nodes"]) == instant(start + 2 * 7 * DAY)


async def test_all_of_the_callers_are_merged_by_time_however_they_are_paged(
    alice: User, bob: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(occurrences, "UPCOMING_BATCH_SIZE", 2)
    post = await alice.create_post(x="Hello")
    starts = [5, 1, 3, 1, 9, 30]
    made = [
        await alice.create_queue(post["id"], clock.now + timedelta(hours=start), interval=interval)
        for start, interval in zip(starts, [1, 2, 3, 2, 7, 1], strict=True)
    ]
    await due_queue(bob, clock.now + timedelta(hours=2))
    until = clock.now + 30 * DAY
    each = [one for queue in made for one in await of_queue(alice, queue, first=100, until=until)]
    expected = sorted(each, key=lambda one: (one["scheduledTime"], one["queue"]["id"]))
    assert len(expected) == 30 + 15 + 10 + 15 + 5 + 29
    for first in (5, 7, 100):
        assert await pages(alice, first, until=until) == expected
    since = clock.now + 11 * DAY
    rest = [one for one in expected if one["scheduledTime"] >= instant(since)]
    assert await pages(alice, 10, **{"from": since, "until": until}) == rest
    assert (await alice.do(OF_ALL, until=until, first=1))["totalCount"] == len(expected)


async def test_more_than_a_thousand_are_not_counted(alice: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello")
    for _ in range(3):
        await alice.create_queue(post["id"], clock.now + timedelta(hours=1), interval=1)
    until = clock.now + 333 * DAY
    assert (await alice.do(OF_ALL, until=until))["totalCount"] == 999
    assert (await alice.do(OF_ALL, until=until + DAY))["totalCount"] is None


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        (None, timedelta(days=366, seconds=1), "until"),
        (timedelta(days=10), timedelta(days=376, seconds=1), "until"),
        (None, timedelta(seconds=-1), "until"),
        (timedelta(days=10), timedelta(days=9), "until"),
        (timedelta(days=36_526), timedelta(days=36_527), "from"),
    ],
)
async def test_times_that_are_too_far_apart_or_ahead_are_refused(
    alice: User, clock: FakeClock, since: timedelta | None, until: timedelta, field: str
) -> None:
    given = {"from": None if since is None else clock.now + since, "until": clock.now + until}
    refusal = await alice.refused(OF_ALL, **given)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", field)


async def test_a_cursor_of_another_list_is_refused(alice: User, clock: FakeClock) -> None:
    refusal = await alice.refused(OF_ALL, until=clock.now + DAY, after="W10")
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "after")


async def test_mallory_sees_nothing_of_alices_and_nobody_is_refused(
    mallory: User, nobody: User, queue: Any, clock: FakeClock
) -> None:
    assert (await mallory.do(OF_ALL, until=clock.now + 30 * DAY))["nodes"] == []
    assert (await nobody.refused(OF_ALL, until=clock.now + DAY)).code == "UNAUTHENTICATED"


async def test_what_was_foreseen_is_what_ran(alice: User, queue: Any, clock: FakeClock, tick: Tick) -> None:
    clock.now = datetime.fromisoformat("2027-03-05T12:00:00+00:00")  # New York and Berlin change their clocks in March
    await alice.connect("X", "LINKEDIN")
    start = clock.now + timedelta(hours=1)
    second = start + 7 * DAY
    changed = changed_text({second.replace(tzinfo=None): second + DAY, (start + 14 * DAY).replace(tzinfo=None): None})
    await set_queue(queue, next_scheduled_time=start, changed_occurrences=changed)
    limited = await due_queue(alice, clock.now + timedelta(hours=3), interval=2, maxExecutions=4)
    eastern = {"rule": "FREQ=WEEKLY;BYDAY=MO,WE,FR", "timezone": "America/New_York", "excludedDates": ["2027-03-17"]}
    ruled = await due_queue(alice, datetime.fromisoformat("2027-03-08T09:00:00-05:00"), interval=None, **eastern)
    post_ids = [(await alice.create_post(x=text))["id"] for text in ("one", "two", "three")]
    taking_turns = {"postIds": post_ids, "originalPostId": None, "interval": 1, "timezone": "Europe/Berlin"}
    turns = await due_queue(alice, datetime.fromisoformat("2027-03-06T02:30:00+01:00"), **taking_turns)
    made = [queue, limited, ruled, turns]
    until = clock.now + 28 * DAY
    foreseen = await pages(alice, 100, until=until)
    for one in foreseen:
        clock.now = datetime.fromisoformat(one["scheduledTime"])
        await tick()
    clock.now = until
    await tick()
    ran = [one for each in made for one in await _runs(alice, each)]
    expected = [one for one in foreseen if not one["skipped"]]
    assert sorted(ran) == sorted(
        (one["queue"]["id"], one["movedFrom"] or one["scheduledTime"], one["post"]["id"]) for one in expected
    )
    assert len(ran) == 3 + 4 + 10 + 28
    assert len(foreseen) == len(ran) + 1


async def _runs(user: User, queue: Any) -> list[tuple[str, str, str]]:
    """The queue's runs: its id, the name of the occurrence, and the post that was cloned."""
    query = """
        query ($id: ID!) {
            queue(id: $id) { executions(first: 100) { nodes { scheduledTime outcome post { clonedFromId } } } }
        }
    """
    rows = (await user.do(query, id=queue["id"]))["executions"]["nodes"]
    executed = [one for one in rows if one["outcome"] == "EXECUTED"]
    return [(queue["id"], one["scheduledTime"], one["post"]["clonedFromId"]) for one in executed]


async def test_the_first_page_of_many_queues_reads_few_of_them(
    alice: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await alice.create_post(x="Hello")
    for hour in range(1, 31):
        await alice.create_queue(post["id"], clock.now + timedelta(hours=hour))
    read: list[int] = []
    whole = occurrences.ahead_of

    def counted(*given: Any) -> Any:
        read.append(1)
        return whole(*given)

    monkeypatch.setattr(occurrences, "ahead_of", counted)
    page = await alice.do(UNCOUNTED, until=clock.now + 366 * DAY, first=5)
    assert len(page["nodes"]) == 5
    assert len(read) <= 7
