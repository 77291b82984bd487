"""resumeQueue and resumeQueues: from now, at the next slot, or at a time; what passed meanwhile is in the ledger."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from support.api import BULK, PAUSE_QUEUE, RESUME_QUEUES, SKIP_OCCURRENCE, UPDATE_QUEUE, User, mutation
from support.clock import FakeClock

from perennial.db.models import RecurringQueue
from perennial.events.publisher import Event, EventPublisher, Topic

from .conftest import BERLIN, RESUME, Made

PLAIN = {"interval": 7, "nextScheduledTime": "2027-03-22T08:00:00Z"}
KEEPING = [
    {"interval": 7, **BERLIN},
    {"rule": "FREQ=WEEKLY;BYDAY=MO", **BERLIN},
    {"rule": "FREQ=WEEKLY", "nextScheduledTime": "2027-03-22T08:00:00Z"},
]
GIVEN_UP = "The queue's pending time, 2027-03-22T08:00:00.000Z, is given up: it runs at "
RESUME_ALL = mutation("resumeQueues", f"{BULK} warnings {{ code message }}")
LEDGER = "query ($id: ID!) { queue(id: $id) { executions { nodes { id scheduledTime reason missedCount } } } }"

Paused = Callable[..., Any]


@pytest.fixture
def paused(alice: User, made: Made) -> Paused:
    """Makes a queue that is paused."""

    async def make(**given: Any) -> Any:
        queue = await made.queue(**given)
        await alice.do(PAUSE_QUEUE, id=queue["id"])
        return queue

    return make


@pytest.mark.parametrize("given", [{}, {"from": None}, {"from": "NOW"}])
async def test_a_plain_queue_goes_on_from_now_and_its_owner_is_told_of_the_time_given_up(
    made: Made, paused: Paused, given: dict[str, Any]
) -> None:
    resumed = await made.resumed(await paused(**PLAIN), **given)
    assert resumed["nextScheduledTime"] == "2027-03-08T12:00:00.000Z"
    message = f"{GIVEN_UP}2027-03-08T12:00:00.000Z."
    assert resumed["warnings"] == [{"code": "PENDING_TIME_GIVEN_UP", "message": message, "field": None}]


@pytest.mark.parametrize("given", [{}, {"from": "NEXT_SLOT"}, {"nextScheduledTime": "2027-03-22T08:00:00Z"}])
@pytest.mark.parametrize("has", KEEPING)
async def test_any_other_keeps_a_pending_time_that_lies_ahead(
    made: Made, paused: Paused, has: dict[str, Any], given: dict[str, Any]
) -> None:
    queue = await paused(**has)
    assert await made.resumed(queue, **given) == queue


@pytest.mark.parametrize(("has", "hour"), [*((one, 7) for one in KEEPING[:2]), (KEEPING[2], 8), (PLAIN, 8)])
async def test_where_it_has_passed_the_next_slot_is_pending_and_no_time_is_given_up(
    alice: User, clock: FakeClock, made: Made, paused: Paused, has: dict[str, Any], hour: int
) -> None:
    queue = await paused(**has)
    clock.now = datetime(2027, 3, 30, 12, tzinfo=UTC)
    resumed = await made.resumed(queue, **{"from": "NEXT_SLOT"})
    assert (resumed["nextScheduledTime"], resumed["warnings"]) == (f"2027-04-05T0{hour}:00:00.000Z", [])
    (passed,) = (await alice.do(LEDGER, id=queue["id"]))["executions"]["nodes"]
    del passed["id"]
    assert passed == {"scheduledTime": "2027-03-22T08:00:00.000Z", "reason": "PAUSED", "missedCount": 2}


@pytest.mark.parametrize("has", KEEPING)
async def test_now_is_refused_where_there_are_slots_to_keep(alice: User, paused: Paused, has: dict[str, Any]) -> None:
    refusal = await alice.refused(RESUME, input={"id": (await paused(**has))["id"], "from": "NOW"})
    message = "NOW is for queues with an interval and no time zone; NEXT_SLOT keeps this queue's time of day."
    assert (refusal.code, refusal.field, refusal.message) == ("BAD_USER_INPUT", "from", message)


async def test_a_time_and_what_to_go_on_from_are_not_given_together(alice: User, paused: Paused) -> None:
    given = {"from": "NEXT_SLOT", "nextScheduledTime": "2027-03-22T08:00:00Z"}
    refusal = await alice.refused(RESUME, input={"id": (await paused(**PLAIN))["id"], **given})
    message = "Give the time at which the queue runs next, or what it goes on from, not both."
    assert (refusal.code, refusal.field, refusal.message) == ("BAD_USER_INPUT", "from", message)


@pytest.mark.parametrize(
    ("time", "message"),
    [
        (
            "2027-03-24T09:00:00+01:00",
            "2027-03-24T09:00:00 in Europe/Berlin is no occurrence of the rule; the nearest are "
            "2027-03-22T08:00:00.000Z (2027-03-22T09:00:00) and 2027-03-29T07:00:00.000Z (2027-03-29T09:00:00).",
        ),
        (
            "2027-04-26T09:00:00+02:00",
            "The queue's endsAt, 2027-04-20T00:00:00.000Z, is before its next occurrence, 2027-04-26T07:00:00.000Z: "
            "choose an earlier time, or an end of 2027-04-26T07:00:00.000Z or later.",
        ),
    ],
)
async def test_a_time_that_is_no_occurrence_is_refused(alice: User, paused: Paused, time: str, message: str) -> None:
    queue = await paused(rule="FREQ=WEEKLY;BYDAY=MO", endsAt="2027-04-20T00:00:00Z", **BERLIN)
    refusal = await alice.refused(RESUME, input={"id": queue["id"], "nextScheduledTime": time})
    assert (refusal.code, refusal.field, refusal.message) == ("BAD_USER_INPUT", "nextScheduledTime", message)


async def test_a_time_that_is_one_is_when_it_runs_next(made: Made, paused: Paused) -> None:
    queue = await paused(rule="FREQ=WEEKLY;BYDAY=MO", **BERLIN)
    resumed = await made.resumed(queue, nextScheduledTime="2027-03-15T18:00:00+01:00")
    assert resumed["nextLocalTime"] == "2027-03-15T18:00:00"
    assert resumed["warnings"][0]["message"] == f"{GIVEN_UP}2027-03-15T17:00:00.000Z."


async def test_a_skipped_occurrence_stays_skipped_at_the_next_slot_and_runs_at_its_time(
    alice: User, made: Made, paused: Paused
) -> None:
    queue = await paused(interval=7, **BERLIN)
    await alice.do(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=queue["nextScheduledTime"])
    assert (await made.resumed(queue))["nextLocalTime"] == "2027-03-29T09:00:00"
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    resumed = await made.resumed(queue, nextScheduledTime=queue["nextScheduledTime"])
    assert resumed["nextLocalTime"] == "2027-03-22T09:00:00"


async def test_the_time_that_is_shown_keeps_what_the_ledger_has_to_say_before_it(made: Made, paused: Paused) -> None:
    queue = await paused(interval=1, excludedDates=["2027-03-22"], **BERLIN)
    resumed = await made.resumed(queue, nextScheduledTime=queue["nextScheduledTime"])
    assert resumed["nextLocalTime"] == "2027-03-23T09:00:00"
    stored = await RecurringQueue.get(id=queue["id"])
    assert stored.next_scheduled_time == datetime(2027, 3, 22, 8, tzinfo=UTC)


async def test_a_queue_that_has_ended_resumes_only_once_its_end_is_later(
    alice: User, clock: FakeClock, made: Made, paused: Paused
) -> None:
    queue = await paused(interval=7, endsAt="2027-03-25T00:00:00Z", **BERLIN)
    clock.now = datetime(2027, 3, 24, tzinfo=UTC)
    refusal = await alice.refused(RESUME, input={"id": queue["id"]})
    message = (
        "The queue's endsAt, 2027-03-25T00:00:00.000Z, comes before its next occurrence, 2027-03-29T07:00:00.000Z: "
        "set a later endsAt first."
    )
    assert (refusal.code, refusal.message) == ("CONFLICT", message)
    assert (await RecurringQueue.get(id=queue["id"])).status.name == "PAUSED"
    assert (await alice.do(LEDGER, id=queue["id"]))["executions"]["nodes"] == []
    await alice.do(UPDATE_QUEUE, id=queue["id"], input={"endsAt": None})
    assert (await made.resumed(queue))["nextLocalTime"] == "2027-03-29T09:00:00"


async def test_several_queues_are_resumed_each_by_its_own_settings(
    alice: User, clock: FakeClock, made: Made, paused: Paused
) -> None:
    plain, zoned, ahead = await paused(**PLAIN), await paused(interval=7, **BERLIN), await paused(**PLAIN)
    ids = [plain["id"], zoned["id"]]
    payload = (await alice.execute(RESUME_ALL, input={"ids": ids, "from": "NOW"}))["data"]["resumeQueues"]
    assert [one["error"] and one["error"]["field"] for one in payload["results"]] == [None, "from"]
    assert [one["message"] for one in payload["warnings"] if one["code"] == "PENDING_TIME_GIVEN_UP"] == [
        f"Queue {plain['id']}: {GIVEN_UP}2027-03-08T12:00:00.000Z."
    ]
    ids = [zoned["id"], ahead["id"]]
    results = await alice.do(RESUME_QUEUES, input={"ids": ids, "from": "NEXT_SLOT"})
    assert [one["queue"]["nextScheduledTime"] for one in results] == ["2027-03-22T08:00:00.000Z"] * 2


async def test_those_who_listen_to_the_ledger_hear_of_what_passed(
    alice: User, clock: FakeClock, made: Made, paused: Paused, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[Event] = []

    def publish(_self: EventPublisher, topic: Topic, events: Any) -> None:
        published.extend(events if topic == Topic.EXECUTIONS else [])

    monkeypatch.setattr(EventPublisher, "publish", publish)
    alone, in_bulk, changed = [await paused(interval=7, **BERLIN) for _ in range(3)]
    clock.now = datetime(2027, 3, 30, tzinfo=UTC)
    await made.resumed(alone)
    await alice.do(RESUME_QUEUES, ids=[in_bulk["id"]])
    await made.changed(changed, timezone="Asia/Tokyo")
    expected = []
    for queue in (alone, in_bulk, changed):
        (row,) = (await alice.do(LEDGER, id=queue["id"]))["executions"]["nodes"]
        expected.append(("alice", queue["id"], row["id"]))
    assert [(one.owner, str(one.parent_id), str(one.id)) for one in published] == expected
