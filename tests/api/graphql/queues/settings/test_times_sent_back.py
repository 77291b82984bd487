"""updateQueue with the time that the queue shows, beside other settings: it is no wish for another time of day."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from support.api import MOVE_OCCURRENCE, User

from perennial.db.models import RecurringQueue

from .conftest import BERLIN, UPDATE, Made

# The clock of Berlin skips 02:30 on the day after: it runs at 03:30.
NIGHTLY = {"timezone": "Europe/Berlin", "nextScheduledTime": "2027-03-27T02:30:00+01:00"}
MONDAY, MOVED = "2027-03-22T08:00:00.000Z", "2027-03-23T14:00:00.000Z"
TOKYO = {"timezone": "Asia/Tokyo"}


@pytest.fixture
async def in_the_gap(made: Made) -> Any:
    """A queue of 02:30, every day, whose next occurrence is the one at 03:30."""
    return await made.changed(await made.queue(interval=1, **NIGHTLY), nextScheduledTime="2027-03-28T01:30:00Z")


@pytest.fixture
async def moved(alice: User, made: Made) -> Any:
    """A queue of Mondays at 09:00, whose next occurrence is moved to Tuesday at 15:00."""
    queue = await made.queue(rule="FREQ=WEEKLY;BYDAY=MO", **BERLIN)
    return await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=MONDAY, to=MOVED)


async def following(made: Made, queue: Any) -> str | None:
    """The wall time of the occurrence after the next one."""
    upcoming = "query ($id: ID!) { queue(id: $id) { upcoming(first: 2) { localTime } } }"
    return str((await made.user.do(upcoming, id=queue["id"]))["upcoming"][1]["localTime"])


@pytest.mark.parametrize(
    ("given", "second"),
    [
        ({"interval": 2}, "2027-03-30T02:30:00"),
        ({"rule": "FREQ=WEEKLY;BYDAY=SU,WE"}, "2027-03-31T02:30:00"),
        ({"endsAt": "2028-01-01T00:00:00Z"}, "2027-03-29T02:30:00"),
        ({"excludedDates": ["2027-03-29"]}, "2027-03-30T02:30:00"),
    ],
)
async def test_a_slot_that_the_clock_skips_stays_what_it_is(
    made: Made, in_the_gap: Any, given: dict[str, Any], second: str
) -> None:
    changed = await made.changed(in_the_gap, nextScheduledTime=in_the_gap["nextScheduledTime"], **given)
    assert (changed["nextScheduledTime"], changed["nextLocalTime"]) == (
        "2027-03-28T01:30:00.000Z",
        "2027-03-28T02:30:00",
    )
    assert await following(made, changed) == second


@pytest.mark.parametrize(
    ("given", "second"),
    [
        ({"interval": 7}, "2027-03-29T09:00:00"),
        ({"rule": "FREQ=WEEKLY;BYDAY=MO,TH"}, "2027-03-25T09:00:00"),
        (TOKYO, "2027-03-29T09:00:00"),
        ({**TOKYO, "rule": "FREQ=WEEKLY;BYDAY=MO,TH"}, "2027-03-25T09:00:00"),
    ],
)
async def test_one_move_stays_one_move(made: Made, moved: Any, given: dict[str, Any], second: str) -> None:
    changed = await made.changed(moved, nextScheduledTime=MOVED, **given)
    assert (changed["nextScheduledTime"], changed["warnings"]) == (MOVED, [])
    assert await following(made, changed) == second


@pytest.mark.parametrize("given", [{"rule": "FREQ=WEEKLY;BYDAY=TU"}, {"rule": "FREQ=DAILY"}])
async def test_a_move_that_cannot_stay_is_refused_and_not_taken_for_a_time_of_day(
    alice: User, moved: Any, given: dict[str, Any]
) -> None:
    """By the first rule Monday is no occurrence; by the second Tuesday's comes before Monday's new time."""
    refusal = await alice.refused(UPDATE, input={"id": moved["id"], "nextScheduledTime": MOVED, **given})
    message = (
        f"The occurrence of {MONDAY} was moved to {MOVED}, and cannot stay there by the new settings: leave the time "
        "out, or choose another."
    )
    assert (refusal.code, refusal.field, refusal.message) == ("BAD_USER_INPUT", "nextScheduledTime", message)


async def test_in_another_zone_the_instant_that_is_sent_sets_the_time_of_day(made: Made) -> None:
    queue = await made.queue(interval=7, **BERLIN)
    changed = await made.changed(queue, **TOKYO, nextScheduledTime=queue["nextScheduledTime"])
    assert (changed["nextScheduledTime"], changed["nextLocalTime"]) == (MONDAY, "2027-03-22T17:00:00")


async def test_a_queue_to_which_an_excluded_day_is_given_is_refused(alice: User, made: Made) -> None:
    """It would not run then. So would one whose next day is excluded with the time that was shown."""
    queue = await made.queue(interval=7, excludedDates=["2027-03-23"], **BERLIN)
    for given, day in (
        ({"nextScheduledTime": "2027-03-23T09:00:00+01:00"}, "2027-03-23"),
        ({"nextScheduledTime": MONDAY, "excludedDates": ["2027-03-22"]}, "2027-03-22"),
    ):
        refusal = await alice.refused(UPDATE, input={"id": queue["id"], **given})
        message = f"{day} is one of the queue's excludedDates: choose another day, or take it out of them."
        assert (refusal.code, refusal.field, refusal.message) == ("BAD_USER_INPUT", "nextScheduledTime", message)


async def test_a_date_that_runs_again_is_passed_over_by_the_time_that_was_shown(made: Made) -> None:
    queue = await made.queue(interval=1, excludedDates=["2027-03-22"], **BERLIN)
    shown = queue["nextScheduledTime"]
    assert shown == "2027-03-23T08:00:00.000Z"
    changed = await made.changed(queue, excludedDates=[], nextScheduledTime=shown)
    assert changed["nextScheduledTime"] == shown
    stored = await RecurringQueue.get(id=queue["id"])
    assert stored.next_scheduled_time == datetime.fromisoformat(shown)
    assert stored.next_scheduled_time - datetime.fromisoformat(MONDAY) == timedelta(days=1)
