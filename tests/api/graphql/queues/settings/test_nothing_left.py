"""Who skips the last occurrence of a queue, or has it end before the next that runs, is told that nothing is left."""

from datetime import UTC, datetime
from typing import Any

import pytest
from support.api import PAUSE_QUEUE, RESTORE_OCCURRENCE, SKIP_OCCURRENCE, User, mutation
from support.clock import FakeClock
from support.rows import set_queue
from support.ticks import Tick

from perennial.core.states import QueueStatus

from .conftest import Made

FIRST, SECOND, END = "2027-03-08T09:00:00Z", "2027-03-15T09:00:00Z", "2027-03-10T00:00:00Z"
SKIP = mutation("skipOccurrence", "warnings { code message field }")
LEFT = "No occurrence of the queue is left that runs: the queue ends without having run."


@pytest.fixture
async def weekly(made: Made, alice: User) -> Any:
    """Alice's queue: every week, for the first time on 8 March 2027, with an account to publish from."""
    await alice.connect("X")
    return await made.queue(interval=7, nextScheduledTime=FIRST)


async def skipped(user: User, queue: Any, time: str) -> list[Any]:
    """What the owner is told who skips it."""
    answer = await user.execute(SKIP, input={"queueId": queue["id"], "scheduledTime": time})
    return list(answer["data"]["skipOccurrence"]["warnings"])


def warning(field: str | None, message: str = LEFT) -> dict[str, Any]:
    return {"code": "NO_OCCURRENCE_LEFT", "message": message, "field": field}


async def test_an_end_after_what_is_skipped_leaves_nothing_and_the_queue_ends(
    alice: User, clock: FakeClock, made: Made, weekly: Any, tick: Tick
) -> None:
    assert await skipped(alice, weekly, FIRST) == []
    assert (await made.changed(weekly, endsAt=END))["warnings"] == [warning(None)]
    clock.now = datetime(2027, 3, 8, 9, tzinfo=UTC)
    await tick()
    assert (await alice.queue(weekly["id"]))["statusReason"] == "ENDED"
    assert (await made.changed(weekly, excludedDates=["2027-03-09"]))["warnings"] == [], "it has ended, and shows that"


async def test_so_does_who_skips_the_last_before_the_end_until_it_is_restored(
    alice: User, made: Made, weekly: Any
) -> None:
    assert (await made.changed(weekly, endsAt=END))["warnings"] == []
    for _ in range(2):  # whoever sends it again hears it again
        assert await skipped(alice, weekly, FIRST) == [warning("scheduledTime")]
    await alice.do(RESTORE_OCCURRENCE, queueId=weekly["id"], scheduledTime=FIRST)
    assert (await made.changed(weekly, endsAt=END))["warnings"] == []


@pytest.mark.parametrize("given", [{"interval": 14}, {"rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"}])
async def test_so_does_another_interval_or_rule(alice: User, made: Made, weekly: Any, given: dict[str, Any]) -> None:
    await made.changed(weekly, endsAt=SECOND)
    assert await skipped(alice, weekly, FIRST) == []
    assert (await made.changed(weekly, **given))["warnings"] == [warning(None)]


async def test_one_that_has_run_does_not_run_again(alice: User, made: Made, weekly: Any) -> None:
    await set_queue(weekly, execution_count=1)
    await made.changed(weekly, endsAt=END)
    message = LEFT.replace("having run", "running again")
    assert await skipped(alice, weekly, FIRST) == [warning("scheduledTime", message)]


@pytest.mark.parametrize("until", [None, "2027-03-12T00:00:00Z"])
async def test_what_falls_due_in_a_pause_does_not_count(
    alice: User, clock: FakeClock, made: Made, weekly: Any, until: str | None
) -> None:
    await made.changed(weekly, endsAt=SECOND)
    await alice.do(PAUSE_QUEUE, id=weekly["id"], **({"until": until} if until else {}))
    if until is None:
        clock.now = datetime(2027, 3, 10, tzinfo=UTC)
    assert await skipped(alice, weekly, SECOND) == [warning("scheduledTime")]
    if until is None:
        resumed = await made.resumed(weekly, **{"from": "NEXT_SLOT"})
        assert resumed["warnings"] == [warning(None)], "it is the first that is left"


async def test_of_a_pause_in_which_others_can_still_run_nothing_is_said(alice: User, made: Made, weekly: Any) -> None:
    await made.changed(weekly, endsAt=SECOND)
    await alice.do(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=FIRST)
    await alice.do(PAUSE_QUEUE, id=weekly["id"])
    assert (await made.changed(weekly, endsAt="2027-03-15T10:00:00Z"))["warnings"] == []
    await set_queue(weekly, status=QueueStatus.ACTIVE)
    assert await skipped(alice, weekly, SECOND) == [warning("scheduledTime")]


async def test_an_excluded_date_before_a_pause_over_all_others_leaves_nothing(
    alice: User, made: Made, weekly: Any
) -> None:
    await made.changed(weekly, endsAt="2027-03-20T00:00:00Z")
    await alice.do(PAUSE_QUEUE, id=weekly["id"], until="2027-03-18T00:00:00Z")
    (notice,) = (await made.changed(weekly, excludedDates=["2027-03-08"]))["warnings"]
    assert (notice["code"], notice["message"]) == (
        "EXCLUDED_DATE",
        "The occurrence of 2027-03-08 is on one of the excluded dates: the queue ends without having run.",
    )
