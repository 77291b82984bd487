"""updateQueue of an overdue queue, where its new settings have occurrences that would have passed: these never were."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.api import MOVE_OCCURRENCE, PAUSE_QUEUE, User
from support.clock import FakeClock
from support.ticks import Tick

from .conftest import Made, rows

MONDAY = datetime(2027, 3, 22, 9, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PLAIN = {"interval": 1, "nextScheduledTime": "2027-03-22T09:00:00Z"}
DAILY, AFTER_EXECUTION = PLAIN | {"timezone": "Africa/Abidjan"}, {"cadence": "AFTER_EXECUTION"}
HONOLULU = PLAIN | {"interval": 3, "timezone": "Pacific/Honolulu"}
WITHIN = {"missedRuns": {"policy": "RUN_IF_WITHIN", "withinMinutes": 4_000}}
DAILY_RULE = {"rule": "FREQ=DAILY"}
WEEKLY, MONDAYS = {"interval": 7}, {"interval": None, "rule": "FREQ=WEEKLY;BYDAY=MO"}


@pytest.mark.parametrize(
    ("has", "given"),
    [
        (PLAIN | WEEKLY, {"interval": 1}),
        (PLAIN | WEEKLY | AFTER_EXECUTION, {"interval": 1}),
        (DAILY | WEEKLY | WITHIN, {"interval": 2, "excludedDates": ["2027-03-28"]}),
        (DAILY | MONDAYS, {"rule": "FREQ=WEEKLY;BYDAY=MO,TU,TH"}),
        (HONOLULU, {"timezone": "Pacific/Kiritimati"}),
        (PLAIN | {"endsAt": "2027-03-22T12:00:00Z"}, {"endsAt": "2027-04-30T00:00:00Z"}),
    ],
)
async def test_days_that_come_anew_count_from_the_change_on_and_the_owner_is_told_of_the_late_one(
    alice: User, clock: FakeClock, made: Made, tick: Tick, has: dict[str, Any], given: dict[str, Any]
) -> None:
    """Tuesday and Wednesday were none of it before they had passed: nothing ran, or was missed, on them."""
    await alice.connect("X")
    queue = await made.queue(**has)
    clock.now = MONDAY + 2 * DAY + HOUR
    changed = await made.changed(queue, **given)
    following = datetime.fromisoformat(changed["nextScheduledTime"])
    assert following > clock.now
    assert [one["message"] for one in changed["warnings"]] == [
        f"The queue's pending time, 2027-03-22T09:00:00.000Z, is given up: it runs at {changed['nextScheduledTime']}."
    ]
    assert (await tick()).due == 0
    clock.now = following
    assert (await tick()).executed == 1
    assert await rows(alice, queue) == [(22, 22, "SCHEDULE_CHANGED", 1), (following.day, following.day, None, 0)]


@pytest.mark.parametrize(("cadence", "warnings"), [({}, ["DUPLICATE_TEXT"]), (AFTER_EXECUTION, [])])
async def test_the_late_one_runs_until_the_first_of_the_new_days_has_come(
    alice: User, clock: FakeClock, made: Made, tick: Tick, cadence: dict[str, Any], warnings: list[str]
) -> None:
    """The first of them is an hour later than that, unless it is counted from it."""
    await alice.connect("X")
    queue = await made.queue(**PLAIN | WEEKLY | cadence)
    clock.now = MONDAY + 23 * HOUR
    assert [one["code"] for one in (await made.changed(queue, interval=1))["warnings"]] == warnings
    assert (await tick()).executed == 1
    assert await rows(alice, queue) == [(22, 22, None, 0)]


async def test_a_date_that_is_excluded_no_more_stays_so_where_it_has_passed(
    alice: User, clock: FakeClock, made: Made, tick: Tick
) -> None:
    queue = await made.queue(**DAILY, excludedDates=["2027-03-23"])
    clock.now = MONDAY + DAY + HOUR
    changed = await made.changed(queue, excludedDates=[])
    assert [one["code"] for one in changed["warnings"]] == ["PENDING_TIME_GIVEN_UP"]
    assert changed["nextScheduledTime"] == "2027-03-24T09:00:00.000Z"
    assert (await tick()).due == 0
    assert await rows(alice, queue) == [(22, 22, "SCHEDULE_CHANGED", 1), (23, 23, "EXCLUDED_DATE", 1)]


async def test_a_paused_queue_that_ended_has_nothing_after_that_end(alice: User, clock: FakeClock, made: Made) -> None:
    queue = await made.queue(**DAILY, endsAt="2027-03-23T12:00:00Z")
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    clock.now = MONDAY + 5 * DAY + HOUR
    changed = await made.changed(queue, endsAt="2027-04-30T00:00:00Z")
    assert (changed["nextScheduledTime"], changed["warnings"]) == ("2027-03-28T09:00:00.000Z", [])
    await made.resumed(queue)
    assert await rows(alice, queue) == [(22, 23, "PAUSED", 2)]


@pytest.mark.parametrize(
    ("has", "given"), [(PLAIN | AFTER_EXECUTION, {}), (PLAIN | WEEKLY, {"interval": 1}), (PLAIN | WEEKLY, DAILY_RULE)]
)
async def test_one_that_was_moved_far_ahead_from_a_date_that_is_excluded_lets_none_run_that_was_none(
    alice: User, clock: FakeClock, made: Made, tick: Tick, has: dict[str, Any], given: dict[str, Any]
) -> None:
    """Where the next is counted from the run, there were none before the time to which it was moved."""
    await alice.connect("X")
    queue = await made.queue(**has)
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=MONDAY, to=MONDAY + 5 * DAY)
    clock.now = MONDAY + 3 * DAY + HOUR
    changed = await made.changed(queue, excludedDates=["2027-03-22"], **given)
    assert [one["code"] for one in changed["warnings"]] == ["PENDING_TIME_GIVEN_UP", "CHANGES_DROPPED"]
    assert changed["nextScheduledTime"] == "2027-03-26T09:00:00.000Z"
    assert (await tick()).due == 0
    assert await rows(alice, queue) == [(22, 22, "SCHEDULE_CHANGED", 1)]


async def test_one_that_was_moved_past_others_runs_as_there_were_none_before_its_time(
    alice: User, clock: FakeClock, made: Made, tick: Tick
) -> None:
    await alice.connect("X")
    queue = await made.queue(**PLAIN | WEEKLY | AFTER_EXECUTION)
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=MONDAY, to=MONDAY + 2 * DAY + HOUR)
    clock.now = MONDAY + 2 * DAY + 2 * HOUR
    assert (await made.changed(queue, interval=1))["warnings"] == []
    assert (await tick()).executed == 1
    assert await rows(alice, queue) == [(22, 22, None, 0)]
