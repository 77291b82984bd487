"""updateQueue just when an occurrence has fallen due, and no worker has come to it yet: nothing is lost in silence."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.api import MOVE_OCCURRENCE, PAUSE_QUEUE, SKIP_OCCURRENCE, UPDATE_QUEUE, User
from support.clock import FakeClock
from support.ticks import Tick, due_queue, ledger

from perennial.core.instants import instant
from perennial.core.states import QueueStatus
from perennial.db.models import QueueExecution, RecurringQueue
from perennial.queues.ledger.explanation import explain

from .conftest import BERLIN, Made, rows

MONDAY = datetime(2027, 3, 22, 8, tzinfo=UTC)
DAY, HOUR, A_MOMENT = timedelta(days=1), timedelta(hours=1), timedelta(milliseconds=200)
GIVEN_UP = "The queue's pending time, 2027-03-22T08:00:00.000Z, is given up: it runs at "
MONDAYS = {"rule": "FREQ=WEEKLY;BYDAY=MO"}
TOKYO = {"timezone": "Asia/Tokyo"}


async def codes(made: Made, queue: Any, **given: Any) -> list[tuple[str, str]]:
    """What the change of the queue warns of."""
    return [(one["code"], one["message"]) for one in (await made.changed(queue, **given))["warnings"]]


@pytest.mark.parametrize(
    ("has", "given"),
    [
        (MONDAYS, {"rule": "FREQ=WEEKLY;BYDAY=MO,TH"}),
        (MONDAYS, {"interval": 3}),
        ({"interval": 7}, {"rule": "FREQ=DAILY"}),
        ({"interval": 7}, {"interval": 2}),
        ({"interval": 7}, {"timezone": "Europe/Paris"}),
        ({"interval": 7, "missedRuns": {"policy": "SKIP"}}, {"timezone": "Europe/Paris"}),
        ({"interval": 7}, TOKYO),
        ({"interval": 7}, {"timezone": None}),
    ],
)
async def test_what_has_just_fallen_due_runs_where_it_is_an_occurrence_still(
    alice: User, clock: FakeClock, made: Made, tick: Tick, has: dict[str, Any], given: dict[str, Any]
) -> None:
    await alice.connect("X")
    queue = await made.queue(**has, **BERLIN)
    clock.now = MONDAY + A_MOMENT
    assert await codes(made, queue, **given) == []
    assert (await tick()).executed == 1
    assert await ledger(alice, queue) == [("EXECUTED", None)]


@pytest.mark.parametrize(
    ("given", "following"),
    [
        ({"rule": "FREQ=WEEKLY;BYDAY=TH"}, "2027-03-25T08:00:00.000Z"),
        ({"nextScheduledTime": "2027-03-22T18:00:00+01:00"}, "2027-03-22T17:00:00.000Z"),
        ({"nextScheduledTime": "2027-03-29T09:00:00+02:00"}, "2027-03-29T07:00:00.000Z"),
        ({**TOKYO, "nextScheduledTime": "2027-03-23T09:00:00+09:00"}, "2027-03-23T00:00:00.000Z"),
    ],
)
async def test_what_is_given_up_is_in_the_ledger_with_its_reason_and_its_owner_is_told(
    alice: User, clock: FakeClock, made: Made, given: dict[str, Any], following: str
) -> None:
    queue = await made.queue(interval=7, **BERLIN)
    clock.now = MONDAY + A_MOMENT
    assert await codes(made, queue, **given) == [("PENDING_TIME_GIVEN_UP", f"{GIVEN_UP}{following}.")]
    assert await ledger(alice, queue) == [("SKIPPED", "SCHEDULE_CHANGED")]


async def test_nobody_is_told_of_what_would_not_have_run(alice: User, clock: FakeClock, made: Made) -> None:
    skipped, excluded = [await made.queue(interval=7, **BERLIN) for _ in range(2)]
    await alice.do(SKIP_OCCURRENCE, queueId=skipped["id"], scheduledTime=MONDAY)
    await made.changed(excluded, excludedDates=["2027-03-22"])
    clock.now = MONDAY + A_MOMENT
    for queue, reason in ((skipped, "SKIPPED_BY_OWNER"), (excluded, "EXCLUDED_DATE")):
        assert await codes(made, queue, rule="FREQ=WEEKLY;BYDAY=TH") == []
        assert await ledger(alice, queue) == [("SKIPPED", reason)]


async def test_one_that_was_moved_and_is_due_can_be_given_its_own_time_again(
    alice: User, clock: FakeClock, tick: Tick
) -> None:
    """It has not passed: it is the one that runs at the time that is given."""
    await alice.connect("X")
    queue = await due_queue(alice, first := clock.now + DAY, {"x": "Hello"})
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=first, to=first - HOUR)
    clock.now = first - HOUR + A_MOMENT
    changed = await alice.do(UPDATE_QUEUE, id=queue["id"], nextScheduledTime=first)
    assert changed["nextScheduledTime"] == instant(first)
    assert await ledger(alice, queue) == []
    clock.now = first
    assert (await tick()).executed == 1
    assert await ledger(alice, queue) == [("EXECUTED", None)]


@pytest.mark.parametrize(
    ("late", "policy", "is_told"),
    [
        (timedelta(minutes=4), {"policy": "SKIP"}, True),
        (HOUR, {"policy": "SKIP"}, False),
        (HOUR, {"policy": "RUN_IF_WITHIN", "withinMinutes": 60}, True),
        (HOUR + A_MOMENT, {"policy": "RUN_IF_WITHIN", "withinMinutes": 60}, False),
        (DAY, {"policy": "RUN_LATEST"}, True),
    ],
)
async def test_what_is_missed_and_was_not_to_run_then_is_not_given_up(
    clock: FakeClock, made: Made, late: timedelta, policy: dict[str, Any], is_told: bool
) -> None:
    queue = await made.queue(interval=7, missedRuns=policy, **BERLIN)
    clock.now = MONDAY + late
    told = await codes(made, queue, rule="FREQ=WEEKLY;BYDAY=TH")
    assert [code for code, _ in told] == ["PENDING_TIME_GIVEN_UP"] * is_told


@pytest.mark.parametrize(("paused", "reason"), [(False, "SCHEDULE_CHANGED"), (True, "PAUSED")])
async def test_one_that_was_moved_and_is_due_has_passed_where_its_own_date_is_excluded(
    alice: User, clock: FakeClock, made: Made, tick: Tick, paused: bool, reason: str
) -> None:
    """It had come at the time to which it was moved. Its own time lies ahead still, and is nobody's any more."""
    queue = await made.queue(interval=7, **BERLIN)
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=MONDAY, to=MONDAY - 2 * DAY)
    if paused:
        await alice.do(PAUSE_QUEUE, id=queue["id"])
    clock.now = MONDAY - 2 * DAY + HOUR
    moved = "2027-03-20T08:00:00.000Z, is given up: it runs at 2027-03-29T07:00:00.000Z."
    told = [] if paused else [("PENDING_TIME_GIVEN_UP", f"The queue's pending time, {moved}")]
    assert await codes(made, queue, excludedDates=["2027-03-22"]) == told
    clock.now = MONDAY + HOUR
    await tick()
    (row,) = await QueueExecution.filter(queue_id=queue["id"])
    assert (row.scheduled_time, row.moved_to, row.reason) == (MONDAY, MONDAY - 2 * DAY, reason)


async def test_a_move_that_is_forgotten_lets_nothing_run_at_once(alice: User, clock: FakeClock, made: Made) -> None:
    """Monday's was moved to Wednesday. By the new interval Tuesday's comes before, and Monday's has a row."""
    queue = await made.queue(interval=7, **BERLIN)
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=MONDAY, to=MONDAY + 2 * DAY + HOUR)
    clock.now = MONDAY + HOUR
    changed = await made.changed(queue, interval=1)
    assert changed["nextLocalTime"] == "2027-03-23T09:00:00"
    assert [one["code"] for one in changed["warnings"]] == ["PENDING_TIME_GIVEN_UP", "CHANGES_DROPPED"]
    assert "2027-03-24T09:00:00.000Z, is given up: it runs at 2027-03-23T08:00" in changed["warnings"][0]["message"]
    (row,) = await QueueExecution.filter(queue_id=queue["id"])
    assert (row.scheduled_time, row.reason, row.missed_count) == (MONDAY, "SCHEDULE_CHANGED", 1)
    assert row.moved_to == MONDAY + 2 * DAY + HOUR
    assert (await RecurringQueue.get(id=queue["id"])).changed_occurrences is None


@pytest.mark.parametrize(
    ("before", "monday", "warned"),
    [
        ("overdue", None, ["CHANGES_DROPPED"]),  # it is left to a tick, and runs
        ("skipped", "SKIPPED_BY_OWNER", ["PENDING_TIME_GIVEN_UP", "CHANGES_DROPPED"]),
        ("paused", "PAUSED", ["CHANGES_DROPPED"]),
    ],
)
async def test_one_after_it_that_was_moved_and_is_none_any_more_has_a_row_if_its_own_time_has_passed(
    alice: User, clock: FakeClock, made: Made, tick: Tick, before: str, monday: str | None, warned: list[str]
) -> None:
    """Monday's has come, and Tuesday's was moved to Wednesday. The new interval has none of Tuesday."""
    await alice.connect("X")
    queue, tuesday, moved_to = await made.queue(interval=1, **BERLIN), MONDAY + DAY, MONDAY + 2 * DAY - HOUR
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=tuesday, to=moved_to)
    if before == "skipped":
        await alice.do(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=MONDAY)
    if before == "paused":
        await alice.do(PAUSE_QUEUE, id=queue["id"])
    clock.now = tuesday + HOUR
    changed = await made.changed(queue, interval=7)
    assert [one["code"] for one in changed["warnings"]] == warned
    if before == "skipped":
        assert instant(moved_to) in changed["warnings"][0]["message"]
    await tick()
    assert await rows(alice, queue) == [(22, 22, monday, int(before != "overdue")), (23, 23, "SCHEDULE_CHANGED", 1)]
    row = await QueueExecution.get(queue_id=queue["id"], scheduled_time=tuesday)
    assert row.moved_to == moved_to
    why = explain(row, "Europe/Berlin", None, clock.now)
    assert why.endswith("It did not run: the queue's schedule was changed before that time came.")


@pytest.mark.parametrize("is_paused", [False, True])
@pytest.mark.parametrize(
    ("has", "now", "zone", "given_up", "following"),
    [
        # Monday, 09:00 in New York; in Berlin that has passed.
        (
            {"rule": "FREQ=WEEKLY;BYDAY=MO", "timezone": "America/New_York", "nextScheduledTime": "2027-06-07T13:00Z"},
            datetime(2027, 6, 7, 12, tzinfo=UTC),
            "Europe/Berlin",
            "2027-06-07T13:00:00.000Z",
            "2027-06-14T07:00:00.000Z",
        ),
        # The second 01:30 of New York, which no slot there is.
        (
            {"interval": 7, "nextScheduledTime": "2027-11-07T06:30Z"},
            datetime(2027, 11, 7, 6, tzinfo=UTC),
            "America/New_York",
            "2027-11-07T06:30:00.000Z",
            "2027-11-14T06:30:00.000Z",
        ),
        (
            {"interval": 7, "nextScheduledTime": "2027-11-07T06:30Z"},
            datetime(2027, 11, 7, 5, tzinfo=UTC),
            "America/New_York",
            "2027-11-07T06:30:00.000Z",
            "2027-11-07T05:30:00.000Z",
        ),
        # The last of June in New York is the first of July in UTC, where the rule has no day.
        (
            {
                "rule": "FREQ=MONTHLY;BYMONTHDAY=-1",
                "timezone": "America/New_York",
                "nextScheduledTime": "2027-07-01T03:00Z",
            },
            datetime(2027, 6, 7, 12, tzinfo=UTC),
            None,
            "2027-07-01T03:00:00.000Z",
            "2027-07-31T03:00:00.000Z",
        ),
    ],
)
async def test_a_time_ahead_that_another_zone_does_not_have_is_said_to_be_given_up(
    alice: User,
    clock: FakeClock,
    made: Made,
    is_paused: bool,
    has: dict[str, Any],
    now: datetime,
    zone: str | None,
    given_up: str,
    following: str,
) -> None:
    queue = await made.queue(**{**has, "nextScheduledTime": has["nextScheduledTime"].replace("Z", ":00Z")})
    if is_paused:
        await alice.do(PAUSE_QUEUE, id=queue["id"])
    clock.now = now
    changed = await made.changed(queue, timezone=zone)
    assert changed["nextScheduledTime"] == following
    message = f"The queue's pending time, {given_up}, is given up: it runs at {following}."
    assert ("PENDING_TIME_GIVEN_UP", message) in [(one["code"], one["message"]) for one in changed["warnings"]]


async def test_a_completed_queue_gives_no_time_up(made: Made, clock: FakeClock) -> None:
    """It has none, whatever zone it is given."""
    queue = await made.queue(interval=7, nextScheduledTime="2027-11-07T06:30:00Z")
    await RecurringQueue.filter(id=queue["id"]).update(status=QueueStatus.COMPLETED)
    clock.now = datetime(2027, 11, 7, 6, tzinfo=UTC)
    assert (await made.changed(queue, timezone="America/New_York"))["warnings"] == []


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "Pacific/Apia", None])
async def test_one_that_keeps_its_time_of_day_or_its_instant_is_not(made: Made, zone: str | None) -> None:
    queue = await made.queue(interval=7, **BERLIN)
    assert (await made.changed(queue, timezone=zone))["warnings"] == []
