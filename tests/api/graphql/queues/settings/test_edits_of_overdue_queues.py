"""updateQueue of a queue that is overdue, or paused for long: the old settings say what has fallen due."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.api import PAUSE_QUEUE, SKIP_OCCURRENCE, User
from support.clock import FakeClock
from support.ticks import Tick

from .conftest import Made, Row, rows

MONDAY = datetime(2027, 3, 22, 9, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DAILY = {"interval": 1, "timezone": "Africa/Abidjan", "nextScheduledTime": "2027-03-22T09:00:00Z"}
PLAIN = {"interval": 1, "nextScheduledTime": "2027-03-22T09:00:00Z"}
WEEKLY, MONDAYS, TUESDAYS = {"interval": 7}, {"rule": "FREQ=WEEKLY;BYDAY=MO"}, {"rule": "FREQ=WEEKLY;BYDAY=TU"}
EXPLAINED = "query ($id: ID!) { queue(id: $id) { executions { nodes { explanation } } } }"


@pytest.mark.parametrize(
    ("has", "given", "passed", "following"),
    [
        (DAILY, WEEKLY, [(22, 27, "PAUSED", 6)], "2027-04-03T09:00:00.000Z"),
        (PLAIN, WEEKLY, [(22, 27, "PAUSED", 6)], "2027-04-03T09:00:00.000Z"),
        (DAILY | WEEKLY, {"interval": 1}, [(22, 22, "PAUSED", 1)], "2027-03-28T09:00:00.000Z"),
        (DAILY, MONDAYS, [(22, 27, "PAUSED", 6)], "2027-03-29T09:00:00.000Z"),
        (DAILY, {"excludedDates": ["2027-03-23"]}, [(22, 27, "PAUSED", 6)], "2027-03-28T09:00:00.000Z"),
        (
            DAILY | {"excludedDates": ["2027-03-23"]},
            {"excludedDates": ["2027-03-25"]},
            [(22, 22, "PAUSED", 1), (23, 23, "EXCLUDED_DATE", 1), (24, 27, "PAUSED", 4)],
            "2027-03-28T09:00:00.000Z",
        ),
    ],
)
async def test_what_has_passed_of_a_paused_queue_is_what_it_was_before_the_change(
    alice: User,
    clock: FakeClock,
    made: Made,
    has: dict[str, Any],
    given: dict[str, Any],
    passed: list[Row],
    following: str,
) -> None:
    queue = await made.queue(**has)
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    clock.now = MONDAY + 5 * DAY + HOUR
    changed = await made.changed(queue, **given)
    assert (changed["nextScheduledTime"], changed["warnings"]) == (following, [])
    await made.resumed(queue)
    assert await rows(alice, queue) == passed


@pytest.mark.parametrize("given", [WEEKLY, {"rule": "FREQ=WEEKLY;BYDAY=WE"}, {"excludedDates": ["2027-03-23"]}])
async def test_the_one_that_a_tick_was_to_run_runs_and_those_before_it_do_not(
    alice: User, clock: FakeClock, made: Made, tick: Tick, given: dict[str, Any]
) -> None:
    """However late the others are: an hour and ten minutes are within the policy."""
    await alice.connect("X")
    queue = await made.queue(**DAILY, missedRuns={"policy": "RUN_IF_WITHIN", "withinMinutes": 70})
    clock.now = MONDAY + 2 * DAY + HOUR
    assert (await made.changed(queue, **given))["warnings"] == []
    assert (await tick()).executed == 1
    assert await rows(alice, queue) == [(22, 23, "SCHEDULE_CHANGED", 2), (24, 24, None, 0)]


@pytest.mark.parametrize("given", [TUESDAYS, {"excludedDates": ["2027-03-24"]}])
async def test_where_it_is_none_any_more_its_owner_is_told_by_its_own_time(
    alice: User, clock: FakeClock, made: Made, tick: Tick, given: dict[str, Any]
) -> None:
    """Monday's and Tuesday's were not to run any more, though Tuesday's is an occurrence still."""
    queue = await made.queue(**DAILY)
    clock.now = MONDAY + 2 * DAY + HOUR
    changed = await made.changed(queue, **given)
    message = "The queue's pending time, 2027-03-24T09:00:00.000Z, is given up: it runs at "
    assert [(one["code"], one["message"]) for one in changed["warnings"] if one["field"] is None] == [
        ("PENDING_TIME_GIVEN_UP", f"{message}{changed['nextScheduledTime']}.")
    ]
    assert changed["nextScheduledTime"] > "2027-03-25"
    assert (await tick()).due == 0
    assert await rows(alice, queue) == [(22, 24, "SCHEDULE_CHANGED", 3)]


@pytest.mark.parametrize("interval", [1, 2, 7])
async def test_what_was_skipped_after_it_is_in_the_ledger_once_whether_it_is_an_occurrence_still(
    alice: User, clock: FakeClock, made: Made, tick: Tick, interval: int
) -> None:
    await alice.connect("X")
    queue = await made.queue(**DAILY)
    for days in (1, 2):
        await alice.do(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=MONDAY + days * DAY)
    clock.now = MONDAY + 2 * DAY + HOUR
    assert (await made.changed(queue, interval=interval))["warnings"] == []
    assert (await tick()).executed == 1
    found = await rows(alice, queue)
    assert found[0] == (22, 22, None, 0)
    assert sum(count for _, _, reason, count in found if reason == "SKIPPED_BY_OWNER") == 2


async def test_where_nothing_of_it_may_run_the_queue_goes_on_after_it(
    alice: User, clock: FakeClock, made: Made, tick: Tick
) -> None:
    queue = await made.queue(**DAILY, excludedDates=["2027-03-22"])
    await alice.do(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=MONDAY + DAY)
    clock.now = MONDAY + DAY + HOUR
    changed = await made.changed(queue, excludedDates=[])
    assert (changed["nextScheduledTime"], changed["warnings"]) == ("2027-03-24T09:00:00.000Z", [])
    assert (await tick()).due == 0
    assert await rows(alice, queue) == [(22, 22, "EXCLUDED_DATE", 1), (23, 23, "SKIPPED_BY_OWNER", 1)]


async def test_where_the_next_is_counted_from_the_run_the_late_one_runs(
    alice: User, clock: FakeClock, made: Made, tick: Tick
) -> None:
    await alice.connect("X")
    queue = await made.queue(**PLAIN, cadence="AFTER_EXECUTION")
    clock.now = MONDAY + 2 * DAY + HOUR
    assert (await made.changed(queue, **WEEKLY))["warnings"] == []
    assert (await tick()).executed == 1
    assert await rows(alice, queue) == [(22, 22, None, 0)]


@pytest.mark.parametrize("given", [{"name": "Tips"}, {"endsAt": "2027-04-30T00:00:00Z"}, {"interval": 1}, {}])
async def test_what_leaves_the_days_as_they_are_leaves_all_to_the_tick(
    alice: User, clock: FakeClock, made: Made, tick: Tick, given: dict[str, Any]
) -> None:
    await alice.connect("X")
    queue = await made.queue(**DAILY)
    clock.now = MONDAY + 2 * DAY + HOUR
    assert (await made.changed(queue, **given))["warnings"] == []
    assert await rows(alice, queue) == []
    assert (await tick()).executed == 1
    assert await rows(alice, queue) == [(24, 24, None, 2)]


@pytest.mark.parametrize(
    ("days", "who"),
    [(1, "It did not run: no worker had come to it"), (4, "They did not run: no worker had come to them")],
)
async def test_where_no_worker_came_the_ledger_does_not_blame_the_owner(
    alice: User, clock: FakeClock, made: Made, days: int, who: str
) -> None:
    queue = await made.queue(**DAILY)
    clock.now = MONDAY + (days - 1) * DAY + HOUR
    await made.changed(queue, **MONDAYS, nextScheduledTime="2027-03-29T09:00:00Z")
    (node,) = (await alice.do(EXPLAINED, id=queue["id"]))["executions"]["nodes"]
    assert f"{who} by the time at which " in node["explanation"]
