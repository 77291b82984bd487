"""An occurrence is not moved to a date that is excluded, and no date is excluded to which one was moved."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.api import MOVE_OCCURRENCE, UPDATE_QUEUE, User
from support.clock import FakeClock
from support.ticks import due_queue

from perennial.core.instants import instant
from perennial.db.models import RecurringQueue

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NINE = datetime(2027, 3, 1, 8, tzinfo=UTC)  # in Berlin
SAID = "2027-03-03 is one of the queue's excludedDates: choose another day, or take it out of them."


@pytest.fixture
async def weekly(alice: User, clock: FakeClock) -> Any:
    """Alice's queue: Mondays at 09:00 in Berlin, but for the third of March, a Wednesday."""
    clock.now = NINE - DAY
    return await due_queue(alice, NINE, {"x": "Hello"}, timezone="Europe/Berlin", excludedDates=["2027-03-03"])


@pytest.mark.parametrize(("time", "is_refused"), [(22, False), (23, True), (46, True), (47, False)])
async def test_no_occurrence_is_moved_to_a_date_that_is_excluded(
    alice: User, weekly: Any, time: int, is_refused: bool
) -> None:
    """The date is that of the queue's zone: the third begins there on the second, at 23:00 UTC."""
    to = datetime(2027, 3, 2, tzinfo=UTC) + time * HOUR
    given = {"queueId": weekly["id"], "scheduledTime": NINE, "to": to}
    if is_refused:
        refusal = await alice.refused(MOVE_OCCURRENCE, **given)
        assert (refusal.code, refusal.field, refusal.message) == ("BAD_USER_INPUT", "to", SAID)
    else:
        await alice.do(MOVE_OCCURRENCE, **given)


async def test_without_a_zone_the_date_is_of_utc(alice: User, clock: FakeClock, weekly: Any) -> None:
    await alice.do(UPDATE_QUEUE, id=weekly["id"], input={"timezone": None})
    given = {"queueId": weekly["id"], "scheduledTime": NINE}
    await alice.do(MOVE_OCCURRENCE, **given, to=datetime(2027, 3, 2, 23, tzinfo=UTC))
    assert (await alice.refused(MOVE_OCCURRENCE, **given, to=datetime(2027, 3, 3, tzinfo=UTC))).field == "to"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"excludedDates": ["2027-03-02", "2027-03-03"]}, "excludedDates"),
        ({"timezone": "Asia/Tokyo"}, "timezone"),  # the third has begun there
        ({"timezone": "Asia/Tokyo", "excludedDates": ["2027-03-03"]}, "excludedDates"),
    ],
)
async def test_no_date_is_excluded_to_which_an_occurrence_was_moved(
    alice: User, weekly: Any, given: dict[str, Any], field: str
) -> None:
    to = datetime(2027, 3, 2, 16, tzinfo=UTC)
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=NINE, to=to)
    before = await RecurringQueue.get(id=weekly["id"]).values()
    refusal = await alice.refused(UPDATE_QUEUE, id=weekly["id"], input=given)
    message = (
        f"The occurrence of {refusal.message[18:42]} was moved to {instant(to)}, which is on one of the excludedDates "
        "then: move or restore it first, or leave that date out."
    )
    assert (refusal.code, refusal.field, refusal.message) == ("BAD_USER_INPUT", field, message)
    assert await RecurringQueue.get(id=weekly["id"]).values() == before


async def test_other_dates_can_be_excluded_beside_a_move(alice: User, weekly: Any) -> None:
    to = datetime(2027, 3, 2, 16, tzinfo=UTC)
    await alice.do(MOVE_OCCURRENCE, queueId=weekly["id"], scheduledTime=NINE, to=to)
    await alice.do(UPDATE_QUEUE, id=weekly["id"], input={"excludedDates": ["2027-03-04", "2027-12-24"]})
    await alice.do(UPDATE_QUEUE, id=weekly["id"], input={"timezone": "Asia/Tokyo"})
