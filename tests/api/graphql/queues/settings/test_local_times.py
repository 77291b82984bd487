"""Queues with a time zone keep their time of day, and those with a rule its days: from the input to the post."""

from datetime import UTC, datetime
from typing import Any

import pytest
from support.api import User
from support.clock import FakeClock
from support.ticks import Tick

from perennial.core.instants import instant
from perennial.db.models import RecurringQueue

from .conftest import BERLIN, SETTINGS, Made

QUEUE = f"query ($id: ID!) {{ queue(id: $id) {{ {SETTINGS} executions {{ nodes {{ scheduledTime outcome }} }} }} }}"
LISTED = f"{{ queues {{ nodes {{ {SETTINGS} }} }} }}"


async def run_until(alice: User, clock: FakeClock, tick: Tick, queue: Any, count: int) -> list[tuple[str, str]]:
    """Runs the queue so many times; returns what it says of its next run before each."""
    said = []
    for _ in range(count):
        shown = await alice.do(QUEUE, id=queue["id"])
        said.append((shown["nextScheduledTime"], shown["nextLocalTime"]))
        clock.now = datetime.fromisoformat(shown["nextScheduledTime"])
        await tick()
    ran = (await alice.do(QUEUE, id=queue["id"]))["executions"]["nodes"]
    assert [(one["scheduledTime"], one["outcome"]) for one in reversed(ran)] == [(time, "EXECUTED") for time, _ in said]
    return said


async def test_nine_in_the_morning_stays_nine_when_the_clocks_change(
    alice: User, clock: FakeClock, made: Made, tick: Tick
) -> None:
    await alice.connect("X")
    queue = await made.queue(interval=7, **BERLIN)
    assert (queue["timezone"], queue["rule"], queue["interval"]) == ("Europe/Berlin", None, 7)
    assert await run_until(alice, clock, tick, queue, 3) == [
        ("2027-03-22T08:00:00.000Z", "2027-03-22T09:00:00"),
        ("2027-03-29T07:00:00.000Z", "2027-03-29T09:00:00"),
        ("2027-04-05T07:00:00.000Z", "2027-04-05T09:00:00"),
    ]


async def test_without_a_zone_days_have_24_hours(alice: User, clock: FakeClock, made: Made, tick: Tick) -> None:
    await alice.connect("X")
    queue = await made.queue(interval=7, nextScheduledTime=BERLIN["nextScheduledTime"])
    assert await run_until(alice, clock, tick, queue, 2) == [
        ("2027-03-22T08:00:00.000Z", None),
        ("2027-03-29T08:00:00.000Z", None),
    ]


async def test_a_time_that_the_clock_skips_is_moved_for_that_day_alone(
    alice: User, clock: FakeClock, made: Made, tick: Tick
) -> None:
    await alice.connect("X")
    given = {"timezone": "Europe/Berlin", "nextScheduledTime": "2027-03-27T02:30:00+01:00"}
    queue = await made.queue(rule="FREQ=DAILY", **given)
    assert await run_until(alice, clock, tick, queue, 3) == [
        ("2027-03-27T01:30:00.000Z", "2027-03-27T02:30:00"),
        ("2027-03-28T01:30:00.000Z", "2027-03-28T02:30:00"),  # the clock shows 03:30
        ("2027-03-29T00:30:00.000Z", "2027-03-29T02:30:00"),
    ]


async def test_a_rule_without_a_zone_is_of_utc(alice: User, clock: FakeClock, made: Made, tick: Tick) -> None:
    await alice.connect("X")
    queue = await made.queue(rule="FREQ=MONTHLY;BYDAY=-1FR", nextScheduledTime="2027-03-26T17:00:00.250Z")
    assert await run_until(alice, clock, tick, queue, 2) == [
        ("2027-03-26T17:00:00.250Z", None),
        ("2027-04-30T17:00:00.250Z", None),
    ]


async def test_a_local_time_has_milliseconds_where_there_are_any(made: Made) -> None:
    given = {"timezone": "Asia/Kathmandu", "nextScheduledTime": "2027-03-22T03:15:00.007Z"}
    assert (await made.queue(interval=1, **given))["nextLocalTime"] == "2027-03-22T09:00:00.007"


async def test_excluded_dates_are_passed_over_in_what_is_shown_and_not_in_what_is_stored(
    alice: User, clock: FakeClock, made: Made
) -> None:
    """So that the tick accounts for them. A list and a single queue say the same."""
    queue = await made.queue(interval=1, excludedDates=["2027-03-23", "2027-03-22", "2027-03-23"], **BERLIN)
    assert queue["excludedDates"] == ["2027-03-22", "2027-03-23"]
    assert (queue["nextScheduledTime"], queue["nextLocalTime"]) == ("2027-03-24T08:00:00.000Z", "2027-03-24T09:00:00")
    stored = await RecurringQueue.get(id=queue["id"])
    assert stored.next_scheduled_time == datetime(2027, 3, 22, 8, tzinfo=UTC)
    del queue["warnings"]
    assert (await alice.do(LISTED))["nodes"] == [queue]


async def test_a_queue_ends_with_its_last_occurrence_until_its_end(
    alice: User, clock: FakeClock, made: Made, tick: Tick
) -> None:
    await alice.connect("X")
    queue = await made.queue(rule="FREQ=DAILY", endsAt="2027-03-23T08:00:00Z", **BERLIN)
    assert queue["endsAt"] == "2027-03-23T08:00:00.000Z"
    assert len(await run_until(alice, clock, tick, queue, 2)) == 2
    assert await alice.do("query ($id: ID!) { queue(id: $id) { status statusReason } }", id=queue["id"]) == {
        "status": "COMPLETED",
        "statusReason": "ENDED",
    }


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
async def test_a_queue_with_all_its_settings_is_shown_as_it_was_given(
    alice: User, clock: FakeClock, made: Made, zone: str | None
) -> None:
    given = {
        "name": "Tips 🌱 for spring",
        "rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=SU",
        "timezone": zone,
        "endsAt": instant(datetime(2030, 1, 1, tzinfo=UTC)),
        "excludedDates": ["2027-12-24"],
        "missedRuns": {"policy": "RUN_IF_WITHIN", "withinMinutes": 90},
        "onDuplicate": "PAUSE",
        "maxExecutions": 10,
    }
    queue = await made.queue(nextScheduledTime="2027-03-22T08:00:00Z", **given)
    assert {name: queue[name] for name in given} == given
    assert (queue["interval"], queue["warnings"]) == (None, [])


async def test_what_is_left_out_has_its_default(made: Made) -> None:
    queue = await made.queue(interval=1, nextScheduledTime="2027-03-22T08:00:00Z")
    assert (queue["name"], queue["timezone"], queue["endsAt"], queue["excludedDates"]) == (None, None, None, [])
    assert queue["missedRuns"] == {"policy": "RUN_LATEST", "withinMinutes": None}
    assert queue["onDuplicate"] == "SKIP"
