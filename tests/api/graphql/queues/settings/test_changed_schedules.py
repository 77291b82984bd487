"""updateQueue with another rule, interval, zone or end: where the pending occurrence goes, and what is dropped."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.api import PAUSE_QUEUE, SKIP_OCCURRENCE, User
from support.clock import FakeClock
from support.rows import set_queue
from support.ticks import Tick, alarms, forget_alarms

from perennial.core.instants import instant
from perennial.core.states import ExecutionOutcome, QueueStatus
from perennial.db.models import QueueExecution, RecurringQueue
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process

from .conftest import BERLIN, NOON, UPDATE, Made

MONDAYS = {"rule": "FREQ=WEEKLY;BYDAY=MO"}
LEDGER = "query ($id: ID!) { queue(id: $id) { executions { nodes { scheduledTime outcome reason missedCount } } } }"


async def ledger(alice: User, queue: Any) -> list[tuple[str, str, str | None, int]]:
    nodes = (await alice.do(LEDGER, id=queue["id"]))["executions"]["nodes"]
    return [(one["scheduledTime"], one["outcome"], one["reason"], one["missedCount"]) for one in reversed(nodes)]


@pytest.mark.parametrize(
    ("has", "given", "following"),
    [
        (MONDAYS, {"rule": "FREQ=DAILY"}, "2027-03-22T09:00:00"),  # a Monday, on which it runs still
        (MONDAYS, {"rule": "FREQ=MONTHLY"}, "2027-03-22T09:00:00"),
        (MONDAYS, {"rule": "FREQ=WEEKLY;BYDAY=TH"}, "2027-03-25T09:00:00"),
        (MONDAYS, {"rule": "FREQ=MONTHLY;BYMONTHDAY=21"}, "2027-04-21T09:00:00"),
        (MONDAYS, {"interval": 5}, "2027-03-22T09:00:00"),
        ({"interval": 7}, {"interval": 1}, "2027-03-22T09:00:00"),
        ({"interval": 7}, {"rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU"}, "2027-03-28T09:00:00"),
        (MONDAYS, {"timezone": "Asia/Tokyo"}, "2027-03-22T09:00:00"),
        (MONDAYS, {"timezone": "Asia/Tokyo", "rule": "FREQ=WEEKLY;BYDAY=TU"}, "2027-03-23T09:00:00"),
        (MONDAYS, {"timezone": None}, None),
    ],
)
async def test_the_pending_slot_stays_where_it_is_one_and_else_the_next_is_pending(
    made: Made, has: dict[str, Any], given: dict[str, Any], following: str | None
) -> None:
    queue = await made.changed(await made.queue(**has, **BERLIN), **given)
    assert queue["nextLocalTime"] == following
    if "interval" in given:
        assert (queue["interval"], queue["rule"]) == (given["interval"], None)
    if "rule" in given:
        assert (queue["interval"], queue["rule"]) == (None, given["rule"])


async def test_a_time_of_day_stays_from_zone_to_zone_and_an_instant_to_and_from_none(made: Made) -> None:
    queue = await made.queue(interval=1, nextScheduledTime="2027-03-22T08:00:00Z")
    times = []
    for zone in ("Europe/Berlin", "Asia/Tokyo", None, "America/New_York"):
        queue = await made.changed(queue, timezone=zone)
        times.append((queue["nextScheduledTime"], queue["nextLocalTime"]))
    assert times == [
        ("2027-03-22T08:00:00.000Z", "2027-03-22T09:00:00"),
        ("2027-03-22T00:00:00.000Z", "2027-03-22T09:00:00"),
        ("2027-03-22T00:00:00.000Z", None),
        ("2027-03-22T00:00:00.000Z", "2027-03-21T20:00:00"),
    ]


async def test_a_slot_that_has_passed_in_its_new_zone_gives_way_to_the_next_in_the_series(made: Made) -> None:
    """Half past midnight of the next day lies ahead in Berlin, and is half an hour ago in Auckland."""
    given = {"timezone": "Europe/Berlin", "nextScheduledTime": "2027-03-02T00:30:00+01:00"}
    queue = await made.changed(await made.queue(interval=2, **given), timezone="Pacific/Auckland")
    assert queue["nextLocalTime"] == "2027-03-04T00:30:00"


async def test_a_new_time_sets_the_time_of_day_and_the_phase(made: Made) -> None:
    queue = await made.queue(rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", **BERLIN)
    changed = await made.changed(queue, nextScheduledTime="2027-03-29T18:30:00+02:00")
    assert changed["nextLocalTime"] == "2027-03-29T18:30:00"
    changed = await made.changed(queue, rule="FREQ=WEEKLY;BYDAY=WE", nextScheduledTime="2027-03-31T18:30:00+02:00")
    assert changed["nextLocalTime"] == "2027-03-31T18:30:00"


async def test_the_time_that_is_shown_can_be_sent_back_and_changes_nothing(
    alice: User, clock: FakeClock, made: Made
) -> None:
    """Also on the day whose clock skips it, and where the next one is excluded or skipped."""
    skipped = {"timezone": "Europe/Berlin", "nextScheduledTime": "2027-03-27T02:30:00+01:00"}
    queue = await made.queue(interval=1, excludedDates=["2027-03-27"], **skipped)
    for expected in ("2027-03-28T02:30:00", "2027-03-29T02:30:00"):
        assert queue["nextLocalTime"] == expected
        before = await RecurringQueue.get(id=queue["id"])
        assert (await made.changed(queue, nextScheduledTime=queue["nextScheduledTime"]))["nextLocalTime"] == expected
        after = await RecurringQueue.get(id=queue["id"])
        assert (after.next_local_time, after.changed_occurrences) == (
            before.next_local_time,
            before.changed_occurrences,
        )
        await alice.do(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime="2027-03-28T01:30:00Z")
        queue = await made.changed(queue)


async def test_the_instant_of_a_later_occurrence_is_that_occurrence(made: Made) -> None:
    """03:30 on the day whose clock skips 02:30: the day after, it is 02:30 again."""
    given = {"timezone": "Europe/Berlin", "nextScheduledTime": "2027-03-26T02:30:00+01:00"}
    queue = await made.changed(await made.queue(interval=1, **given), nextScheduledTime="2027-03-28T03:30:00+02:00")
    assert (queue["nextScheduledTime"], queue["nextLocalTime"]) == ("2027-03-28T01:30:00.000Z", "2027-03-28T02:30:00")


async def test_what_was_skipped_and_is_no_occurrence_any_more_is_forgotten_with_a_warning(
    alice: User, made: Made
) -> None:
    queue = await made.queue(rule="FREQ=WEEKLY;BYDAY=MO,TH", **BERLIN)
    for time in ("2027-03-25T08:00:00Z", "2027-03-29T07:00:00Z"):
        await alice.do(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=time)
    changed = await made.changed(queue, **MONDAYS)
    assert [(one["code"], one["message"]) for one in changed["warnings"]] == [
        (
            "CHANGES_DROPPED",
            "What was skipped or moved is forgotten, as the queue goes on without it: 2027-03-25T08:00:00.000Z.",
        )
    ]
    assert (await RecurringQueue.get(id=queue["id"])).changed_occurrences == '{"2027-03-29T09:00:00": null}'
    assert (await made.changed(queue, name="Mondays"))["warnings"] == []


async def test_an_explicit_time_lets_a_skipped_occurrence_run(alice: User, made: Made) -> None:
    queue = await made.queue(**MONDAYS, **BERLIN)
    await alice.do(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=queue["nextScheduledTime"])
    assert (await made.changed(queue))["nextLocalTime"] == "2027-03-29T09:00:00"
    changed = await made.changed(queue, nextScheduledTime=queue["nextScheduledTime"])
    assert changed["nextLocalTime"] == "2027-03-22T09:00:00"


async def test_an_occurrence_that_ran_already_does_not_run_again(alice: User, made: Made) -> None:
    """It was moved to an earlier time, so its own lies ahead still."""
    queue = await made.queue(**MONDAYS, **BERLIN)
    time = datetime(2027, 3, 22, 8, tzinfo=UTC)
    await QueueExecution.create(
        queue_id=queue["id"],
        clerk_user_id="alice",
        scheduled_time=time,
        executed_time=NOON,
        outcome=ExecutionOutcome.EXECUTED,
    )
    refusal = await alice.refused(UPDATE, input={"id": queue["id"], "nextScheduledTime": instant(time)})
    message = "The occurrence of 2027-03-22T08:00:00.000Z is in the queue's ledger already, and runs only once: "
    message += "choose another time, or runQueueNow, which runs the queue beside its occurrences."
    assert (refusal.code, refusal.field, refusal.message) == ("BAD_USER_INPUT", "nextScheduledTime", message)


async def test_an_end_can_be_set_moved_and_taken_away(alice: User, made: Made) -> None:
    queue = await made.queue(**MONDAYS, **BERLIN)
    end = "2027-03-22T08:00:00.000Z"
    assert (await made.changed(queue, endsAt=end))["endsAt"] == end
    for given, field in (
        ({"nextScheduledTime": "2027-03-29T09:00:00+02:00"}, "nextScheduledTime"),
        ({"rule": "FREQ=WEEKLY;BYDAY=TU"}, "rule"),
        ({"endsAt": "2027-03-21T08:00:00Z"}, "endsAt"),
    ):
        refusal = await alice.refused(UPDATE, input={"id": queue["id"], **given})
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", field)
        assert "before its next occurrence" in refusal.message
    assert (await made.changed(queue, endsAt=None))["endsAt"] is None


async def test_a_completed_queue_can_be_given_a_later_end_and_resumed(
    alice: User, clock: FakeClock, made: Made, tick: Tick
) -> None:
    await alice.connect("X")
    queue = await made.queue(**MONDAYS, endsAt="2027-03-22T08:00:00Z", **BERLIN)
    clock.now = datetime(2027, 3, 22, 8, tzinfo=UTC)
    await tick()
    assert (await RecurringQueue.get(id=queue["id"])).status == QueueStatus.COMPLETED
    assert (await made.changed(queue, name="Over", endsAt="2027-04-30T00:00:00Z"))["name"] == "Over"
    assert (await made.resumed(queue))["nextLocalTime"] == "2027-03-29T09:00:00"


@pytest.mark.parametrize(
    ("column", "given", "value"),
    [
        ("name", {"name": None}, None),
        ("excludedDates", {"excludedDates": None}, []),
        ("excludedDates", {"excludedDates": ["2027-12-31"]}, ["2027-12-31"]),
        ("missedRuns", {"missedRuns": None}, {"policy": "RUN_LATEST", "withinMinutes": None}),
        ("missedRuns", {"missedRuns": {"policy": "SKIP"}}, {"policy": "SKIP", "withinMinutes": None}),
        ("onDuplicate", {"onDuplicate": "SKIP"}, "SKIP"),
    ],
)
async def test_only_the_setting_that_is_named_changes(
    made: Made, column: str, given: dict[str, Any], value: object
) -> None:
    queue = await made.queue(
        **MONDAYS,
        **BERLIN,
        name="Tips",
        excludedDates=["2027-12-24"],
        missedRuns={"policy": "RUN_IF_WITHIN", "withinMinutes": 5},
        onDuplicate="PAUSE",
    )
    assert await made.changed(queue, **given) == queue | {column: value}


async def test_what_passed_before_a_change_is_in_the_ledger(alice: User, clock: FakeClock, made: Made) -> None:
    """Of a paused queue, by the rule that it had then; and of an active one that no worker has come to run."""
    paused, late = [await made.queue(**MONDAYS, **BERLIN) for _ in range(2)]
    await alice.do(PAUSE_QUEUE, id=paused["id"])
    clock.now = datetime(2027, 4, 1, 12, tzinfo=UTC)
    for queue in (paused, late):
        changed = await made.changed(queue, rule="FREQ=WEEKLY;BYDAY=FR")
        assert changed["nextLocalTime"] == "2027-04-02T09:00:00"
    assert await ledger(alice, paused) == [("2027-03-22T08:00:00.000Z", "SKIPPED", "PAUSED", 2)]
    assert await ledger(alice, late) == [("2027-03-22T08:00:00.000Z", "SKIPPED", "SCHEDULE_CHANGED", 2)]


async def test_a_completed_queue_has_missed_nothing(alice: User, clock: FakeClock, made: Made) -> None:
    queue = await made.queue(**MONDAYS, **BERLIN)
    await set_queue(queue, status=QueueStatus.COMPLETED, status_reason="MAX_EXECUTIONS_REACHED")
    clock.now = datetime(2027, 4, 1, 12, tzinfo=UTC)
    await made.changed(queue, rule="FREQ=WEEKLY;BYDAY=FR")
    assert await ledger(alice, queue) == []


async def test_an_active_queue_whose_slot_moves_has_an_alarm_for_it(
    alice: User, clock: FakeClock, made: Made, process: Process
) -> None:
    soon = NOON + timedelta(seconds=20)
    queue = await made.queue(rule="FREQ=DAILY;INTERVAL=2", nextScheduledTime=instant(soon + timedelta(days=1)))
    await forget_alarms(process)
    await made.changed(queue, nextScheduledTime=instant(soon))
    assert await alarms(process, WorkerFunction.PROCESS_QUEUES) == [instant(soon)]
