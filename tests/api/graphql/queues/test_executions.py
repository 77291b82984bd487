"""A queue's executions: its ledger, newest first, in pages of their own."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.api import DELETE_POST, QUEUES_QUERY, UPDATE_QUEUE, User
from support.clock import FakeClock
from support.rows import add_executions, set_publication, set_queue
from support.statements import Statements
from support.ticks import Tick

from perennial.core.instants import instant
from perennial.core.states import PublicationStatus
from perennial.queues.recurrence.columns import slot_text

PAGE = """
    query ($id: ID!, $first: Int, $after: String) { queue(id: $id) { executions(first: $first, after: $after) {
        nodes { scheduledTime } edges { cursor node { scheduledTime } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } } }
"""


async def page(user: User, queue: Any, **variables: Any) -> Any:
    return (await user.do(PAGE, id=queue["id"], **variables))["executions"]


def times(found: Any) -> list[str]:
    return [node["scheduledTime"] for node in found["nodes"]]


async def test_the_newest_ten_come_first_and_the_others_follow(alice: User, clock: FakeClock, queue: Any) -> None:
    ledger = [clock.now - timedelta(days=day) for day in range(23)]
    await add_executions(queue, ledger[::-1])
    expected = [instant(time) for time in ledger]
    newest = await page(alice, queue)
    assert times(newest) == expected[:10]
    assert newest["pageInfo"]["hasNextPage"]
    middle = await page(alice, queue, after=newest["pageInfo"]["endCursor"])
    oldest = await page(alice, queue, after=middle["pageInfo"]["endCursor"])
    assert (times(middle), times(oldest)) == (expected[10:20], expected[20:])
    assert not oldest["pageInfo"]["hasNextPage"]


async def test_a_new_execution_shifts_no_page(alice: User, clock: FakeClock, queue: Any) -> None:
    await add_executions(queue, [clock.now - timedelta(days=day) for day in range(3)])
    newest = await page(alice, queue, first=2)
    await add_executions(queue, [clock.now + timedelta(days=1)])
    rest = await page(alice, queue, first=2, after=newest["pageInfo"]["endCursor"])
    assert times(rest) == [instant(clock.now - timedelta(days=2))]


async def test_each_queue_of_a_list_shows_its_own_ledger(alice: User, clock: FakeClock, queue: Any) -> None:
    other = await alice.create_queue(queue["originalPostId"], clock.now + timedelta(hours=2))
    await add_executions(queue, [clock.now - timedelta(days=day) for day in range(12)])
    await add_executions(other, [clock.now - timedelta(hours=1)])
    first, second = (await alice.do(QUEUES_QUERY))["nodes"]
    assert times(first["executions"]) == [instant(clock.now - timedelta(days=day)) for day in range(10)]
    assert times(second["executions"]) == [instant(clock.now - timedelta(hours=1))]


async def test_one_query_may_ask_for_pages_of_two_sizes(alice: User, clock: FakeClock, queue: Any) -> None:
    await add_executions(queue, [clock.now - timedelta(days=day) for day in range(3)])
    both = """query ($id: ID!) { queue(id: $id) {
        one: executions(first: 1) { nodes { scheduledTime } } two: executions(first: 2) { nodes { scheduledTime } }
    } }"""
    found = await alice.do(both, id=queue["id"])
    assert (len(found["one"]["nodes"]), len(found["two"]["nodes"])) == (1, 2)


async def test_an_execution_shows_its_clone_until_that_is_deleted(
    alice: User, clock: FakeClock, queue: Any, tick: Tick
) -> None:
    await alice.connect("X", "LINKEDIN")
    clock.advance(hours=1)
    await tick()
    (execution,) = (await alice.queue(queue["id"]))["executions"]["nodes"]
    assert (execution["outcome"], execution["scheduledTime"]) == ("EXECUTED", queue["nextScheduledTime"])
    assert execution["post"]["createdByQueueId"] == queue["id"]
    await alice.do(DELETE_POST, id=execution["post"]["id"])
    assert (await alice.queue(queue["id"]))["executions"]["nodes"] == [execution | {"post": None}]


async def test_a_ledger_row_never_shows_another_users_post(
    alice: User, bob: User, clock: FakeClock, queue: Any
) -> None:
    his = await bob.create_post(x="Mine")
    await add_executions(queue, [clock.now], his)
    (execution,) = (await alice.queue(queue["id"]))["executions"]["nodes"]
    assert execution["post"] is None


EXPLAINED = "query ($id: ID!) { queue(id: $id) { executions { nodes { explanation } } } }"


async def test_an_execution_is_explained_by_what_its_clone_is_now_without_a_query_for_each(
    alice: User, clock: FakeClock, queue: Any, tick: Tick, caplog: pytest.LogCaptureFixture
) -> None:
    await set_queue(queue, timezone="Asia/Kolkata", next_local_time=slot_text(naive(clock.now + timedelta(hours=6.5))))
    await alice.connect("X")
    clock.advance(hours=1)
    await tick()
    one = await Statements(caplog).of(alice, EXPLAINED, id=queue["id"])
    (node,) = (await alice.do(EXPLAINED, id=queue["id"]))["executions"]["nodes"]
    assert node["explanation"].endswith(
        "(Asia/Kolkata). LinkedIn was left out: no account was connected there; connectAccount connects one. "
        "X: it goes out in a moment."
    )
    (execution,) = (await alice.queue(queue["id"]))["executions"]["nodes"]
    await set_publication(execution["post"], PublicationStatus.FAILED, error_code="REFUSED", error_message="No.")
    await add_executions(queue, [clock.now - timedelta(days=day) for day in range(1, 4)], execution["post"])
    assert await Statements(caplog).of(alice, EXPLAINED, id=queue["id"]) <= one
    nodes = (await alice.do(EXPLAINED, id=queue["id"]))["executions"]["nodes"]
    assert len(nodes) == 4
    assert all(node["explanation"].endswith("X: it failed, as the platform refused it: “No”.") for node in nodes)
    await alice.do(DELETE_POST, id=execution["post"]["id"])
    nodes = (await alice.do(EXPLAINED, id=queue["id"]))["executions"]["nodes"]
    assert all("Its post was deleted since" in node["explanation"] for node in nodes)


async def test_a_slot_that_the_clock_skipped_is_told(alice: User, queue: Any) -> None:
    await set_queue(queue, timezone="America/New_York", next_local_time="2027-03-15T02:30:00")
    await add_executions(queue, [datetime(2027, 3, 14, 7, 30, tzinfo=UTC)])
    (node,) = (await alice.do(EXPLAINED, id=queue["id"]))["executions"]["nodes"]
    assert "Sunday, 14 March 2027, 03:30 (America/New_York; the clock skipped 02:30)." in node["explanation"]


def naive(time: datetime) -> datetime:
    return time.replace(tzinfo=None)


@pytest.mark.parametrize(("timezone", "words"), [("Asia/Kolkata", "17:30 (Asia/Kolkata)"), (None, "12:00 UTC")])
async def test_an_old_row_is_explained_in_the_zone_that_the_queue_has_now(
    alice: User, clock: FakeClock, queue: Any, timezone: str | None, words: str
) -> None:
    await alice.do(UPDATE_QUEUE, id=queue["id"], input={"timezone": "Europe/Berlin"})
    await add_executions(queue, [clock.now.replace(hour=12, minute=0, second=0, microsecond=0)])
    await alice.do(UPDATE_QUEUE, id=queue["id"], input={"timezone": timezone})
    (node,) = (await alice.do(EXPLAINED, id=queue["id"]))["executions"]["nodes"]
    assert f"{words}." in node["explanation"]
