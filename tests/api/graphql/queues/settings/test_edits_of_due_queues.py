"""updateQueue just when an occurrence has fallen due, and no worker has come to it yet: nothing is lost in silence."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.api import MOVE_OCCURRENCE, SKIP_OCCURRENCE, UPDATE_QUEUE, User
from support.clock import FakeClock
from support.ticks import Tick, due_queue, ledger

from perennial.core.instants import instant
from perennial.db.models import QueueExecution, RecurringQueue

from .conftest import BERLIN, Made

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


async def test_a_move_that_is_forgotten_lets_nothing_run_at_once(alice: User, clock: FakeClock, made: Made) -> None:
    """Monday's was moved to Wednesday. By the new interval Tuesday's comes before, and Monday has passed."""
    queue = await made.queue(interval=7, **BERLIN)
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=MONDAY, to=MONDAY + 2 * DAY + HOUR)
    clock.now = MONDAY + HOUR
    changed = await made.changed(queue, interval=1)
    assert changed["nextLocalTime"] == "2027-03-23T09:00:00"
    assert [one["code"] for one in changed["warnings"]] == ["CHANGES_DROPPED"]
    assert await QueueExecution.filter(queue_id=queue["id"]).count() == 0
    assert (await RecurringQueue.get(id=queue["id"])).changed_occurrences is None
