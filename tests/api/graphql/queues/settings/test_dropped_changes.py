"""What an owner skipped or moved ahead, and what updateQueue and resumeQueue leave of it: what is lost is said."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.api import MOVE_OCCURRENCE, PAUSE_QUEUE, RESUME_QUEUE, SKIP_OCCURRENCE, User
from support.clock import FakeClock
from support.ticks import Tick

from perennial.core.instants import instant
from perennial.db.models import QueueExecution

from .conftest import BERLIN, Made

FIRST = datetime(2027, 3, 22, 8, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PLAIN = {"interval": 1, "nextScheduledTime": "2027-03-22T08:00:00Z"}


def dropped(queue: Any) -> list[str]:
    """The occurrences of which the payload says that what was done with them is forgotten."""
    said = "What was skipped or moved is forgotten, as the queue goes on without it: "
    found = [one["message"] for one in queue["warnings"] if one["code"] == "CHANGES_DROPPED"]
    assert all(one.startswith(said) and one.endswith(".") for one in found)
    return found[0].removeprefix(said).removesuffix(".").split(", ") if found else []


async def steer(alice: User, queue: Any) -> None:
    """Skips the second occurrence, and moves the third."""
    await alice.do(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=FIRST + DAY)
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=FIRST + 2 * DAY, to=FIRST + 2 * DAY + HOUR)


SECOND, THIRD = instant(FIRST + DAY), instant(FIRST + 2 * DAY)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"nextScheduledTime": "2027-03-26T08:00:00Z"}, [SECOND, THIRD]),
        ({"nextScheduledTime": "2027-03-22T18:00:00Z"}, [SECOND, THIRD]),
        ({"nextScheduledTime": "2027-03-24T08:00:00Z"}, [SECOND]),  # the third's own time
        ({"nextScheduledTime": "2027-03-24T09:00:00Z"}, [SECOND]),  # where the third was moved to
        ({"nextScheduledTime": "2027-03-23T08:00:00Z"}, []),  # the second's: it runs
        ({"rule": "FREQ=WEEKLY;BYDAY=FR"}, [SECOND, THIRD]),
        ({"rule": "FREQ=WEEKLY;BYDAY=WE"}, [SECOND]),
        ({"interval": 2}, [SECOND]),
        ({"timezone": "Europe/Berlin"}, []),
        ({"timezone": "Europe/Berlin", "nextScheduledTime": "2027-03-22T10:00:00Z"}, [SECOND, THIRD]),
        ({"endsAt": "2027-03-22T20:00:00Z"}, [SECOND, THIRD]),
        ({"excludedDates": ["2027-03-23"]}, []),  # the second does not run, as was wished
    ],
)
async def test_an_owner_is_told_of_what_was_changed_ahead_and_is_forgotten(
    alice: User, made: Made, given: dict[str, Any], names: list[str]
) -> None:
    queue = await made.queue(**PLAIN)
    await steer(alice, queue)
    assert dropped(await made.changed(queue, **given)) == names


async def test_the_names_are_those_from_before_the_change(alice: User, made: Made) -> None:
    queue = await made.queue(rule="FREQ=WEEKLY;BYDAY=MO,TU,WE", **BERLIN)
    await steer(alice, queue)
    changed = await made.changed(queue, timezone="America/New_York", rule="FREQ=WEEKLY;BYDAY=FR")
    assert dropped(changed) == [SECOND, THIRD]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"from": "NOW"}, [SECOND, THIRD]),
        ({"from": "NEXT_SLOT"}, []),
        ({"nextScheduledTime": "2027-03-26T08:00:00Z"}, [SECOND, THIRD]),
        ({"nextScheduledTime": "2027-03-24T08:00:00Z"}, [SECOND]),
    ],
)
async def test_so_it_is_where_a_queue_goes_on(alice: User, made: Made, given: dict[str, Any], names: list[str]) -> None:
    queue = await made.queue(**PLAIN)
    await steer(alice, queue)
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    assert dropped(await made.resumed(queue, **given)) == names


async def test_what_its_owner_replaces_is_no_surprise(alice: User, made: Made) -> None:
    """Who gives another time to the occurrence that was moved knows that it does not run where it was moved."""
    active, paused = [await made.queue(**PLAIN) for _ in range(2)]
    for queue in (active, paused):
        await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=FIRST, to=FIRST + HOUR)
    await alice.do(PAUSE_QUEUE, id=paused["id"])
    assert dropped(await made.changed(active, nextScheduledTime="2027-03-25T18:00:00Z")) == []
    assert dropped(await made.resumed(paused, nextScheduledTime="2027-03-25T18:00:00Z")) == []
    paused = await made.queue(**PLAIN)
    await alice.do(MOVE_OCCURRENCE, queueId=paused["id"], scheduledTime=FIRST, to=FIRST + HOUR)
    await alice.do(PAUSE_QUEUE, id=paused["id"])
    assert dropped(await made.resumed(paused, **{"from": "NOW"})) == [instant(FIRST)]


async def test_nobody_is_told_of_what_has_passed_since(alice: User, clock: FakeClock, made: Made) -> None:
    queue = await made.queue(**PLAIN)
    await steer(alice, queue)
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    clock.now = FIRST + 3 * DAY + HOUR
    assert dropped(await made.resumed(queue, nextScheduledTime="2027-03-26T18:00:00Z")) == []


async def test_one_that_was_moved_away_from_a_date_that_is_excluded_is_named(alice: User, made: Made) -> None:
    queue = await made.queue(**PLAIN)
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=FIRST + DAY, to=FIRST + 2 * DAY - HOUR)
    assert dropped(await made.changed(queue, excludedDates=["2027-03-23"])) == [SECOND]
    assert dropped(await made.changed(queue, excludedDates=[])) == []


@pytest.mark.parametrize("cadence", ["FIXED", "AFTER_EXECUTION"])
@pytest.mark.parametrize("is_paused", [False, True])
async def test_one_that_was_moved_away_from_a_date_is_in_the_ledger_if_that_is_excluded(
    alice: User, clock: FakeClock, made: Made, tick: Tick, cadence: str, *, is_paused: bool
) -> None:
    """Also where its own time has passed by then."""
    queue = await made.queue(cadence=cadence, **PLAIN)
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=FIRST, to=FIRST + 21 * HOUR)
    if is_paused:
        await alice.do(PAUSE_QUEUE, id=queue["id"])
    clock.now = FIRST + HOUR
    changed = await made.changed(queue, excludedDates=["2027-03-22"])
    assert dropped(changed) == [instant(FIRST)]
    clock.now = FIRST + 22 * HOUR
    if is_paused:
        await alice.do(RESUME_QUEUE, id=queue["id"], **{"from": "NEXT_SLOT"})
    await tick()
    rows = await QueueExecution.filter(queue_id=queue["id"])
    assert [(row.scheduled_time, row.reason, row.moved_to) for row in rows] == [(FIRST, "EXCLUDED_DATE", None)]
    assert (await alice.queue(queue["id"]))["nextScheduledTime"] == instant(FIRST + DAY)
