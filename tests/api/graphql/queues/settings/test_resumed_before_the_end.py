"""Queues that are resumed shortly before their `endsAt`: a slot that is left runs, and refusals name both times."""

from datetime import UTC, datetime
from typing import Any

import pytest
from support.api import PAUSE_ALL_QUEUES, PAUSE_QUEUE, SKIP_OCCURRENCE, User, mutation
from support.clock import FakeClock
from support.rows import set_queue

from perennial.core.states import QueueStatus
from perennial.db.models import RecurringQueue

from .conftest import RESUME, Made

SLOT, FROM_NOW, END = "2027-03-12T09:00:00.000Z", "2027-03-17T12:00:00.000Z", "2027-03-13T00:00:00.000Z"
ENDING = {"interval": 7, "nextScheduledTime": SLOT, "endsAt": END}
RESUME_SEVERAL = mutation("resumeQueues", "results { error { message } } warnings { code message field }")
RESUME_ALL = mutation("resumeAllQueues", "count warnings { code message field }")
NOW_IS_TOO_LATE = f"An interval from now is {FROM_NOW}, which is after the queue's endsAt, {END}: "


@pytest.fixture
async def ending(made: Made, alice: User, clock: FakeClock) -> Any:
    """Alice's queue of plain days, paused with all; one occurrence is left, sooner than an interval from now."""
    queue = await made.queue(**ENDING)
    clock.now = datetime(2027, 3, 10, 12, tzinfo=UTC)
    await alice.do(PAUSE_ALL_QUEUES, input={})
    return queue


async def row_of(queue: Any) -> RecurringQueue:
    return await RecurringQueue.get(id=queue["id"])


async def resumed_all(user: User, **given: Any) -> tuple[int, list[Any]]:
    payload = await user.do(RESUME_ALL, input=given)
    return payload["count"], payload["warnings"]


@pytest.mark.parametrize("document", [RESUME, RESUME_SEVERAL, RESUME_ALL])
async def test_where_an_interval_from_now_is_after_the_end_the_slot_that_is_left_is_kept(
    alice: User, ending: Any, document: str
) -> None:
    which: dict[Any, dict[str, Any]] = {RESUME: {"id": ending["id"]}, RESUME_SEVERAL: {"ids": [ending["id"]]}}
    answer = await alice.execute(document, input=which.get(document, {}))
    (payload,) = answer["data"].values()
    assert [one for one in payload["warnings"] if one["code"] != "ACCOUNT_MISSING"] == []
    row = await row_of(ending)
    assert (row.status, row.next_scheduled_time) == (QueueStatus.ACTIVE, datetime(2027, 3, 12, 9, tzinfo=UTC))


async def test_one_that_has_an_interval_left_goes_on_from_now_as_ever(made: Made, ending: Any) -> None:
    await set_queue(ending, ends_at=datetime(2027, 3, 17, 12, tzinfo=UTC))
    assert (await made.resumed(ending))["nextScheduledTime"] == FROM_NOW


async def test_with_an_explicit_now_it_stays_paused_and_both_times_are_named(alice: User, ending: Any) -> None:
    words = f"set a later endsAt first, or resume it `from: NEXT_SLOT`, at {SLOT}."
    refusal = await alice.refused(RESUME, input={"id": ending["id"], "from": "NOW"})
    assert (refusal.code, refusal.message) == ("CONFLICT", f"{NOW_IS_TOO_LATE}{words}")
    (result,) = (await alice.do(RESUME_SEVERAL, input={"ids": [ending["id"]], "from": "NOW"}))["results"]
    assert result["error"]["message"] == refusal.message
    assert (await row_of(ending)).status == QueueStatus.PAUSED


async def test_all_that_can_are_resumed_from_now_and_of_the_others_the_owner_is_told(
    alice: User, made: Made, ending: Any
) -> None:
    endless = await made.queue(interval=7, nextScheduledTime=SLOT)
    await alice.do(PAUSE_ALL_QUEUES, input={})
    count, (stays, *_) = await resumed_all(alice, **{"from": "NOW"})
    message = (
        "1 queue stays paused, as it ends sooner than an interval from now. Call this again with from: NEXT_SLOT, and "
        "it runs before that."
    )
    assert (count, stays) == (1, {"code": "NOT_ALL_RESUMED", "message": message, "field": "from"})
    assert (await row_of(endless)).status == QueueStatus.ACTIVE
    row = await row_of(ending)
    assert (row.status, row.status_reason) == (QueueStatus.PAUSED, "PAUSED_WITH_ALL")
    assert await resumed_all(alice) == (1, [])
    assert (await row_of(ending)).next_scheduled_time == datetime(2027, 3, 12, 9, tzinfo=UTC)


@pytest.mark.parametrize("given", [{}, {"from": "NOW"}, {"from": "NEXT_SLOT"}])
async def test_those_that_have_nothing_left_are_completed_and_the_owner_is_told_how_many(
    alice: User, clock: FakeClock, ending: Any, given: dict[str, str]
) -> None:
    clock.now = datetime(2027, 3, 12, 12, tzinfo=UTC)
    message = (
        "1 queue is completed, as nothing is left that it could run: statusReason says why. "
        f"It is queue {ending['id']}."
    )
    warning = {"code": "ENDS_WITH_PAUSE", "message": message, "field": None}
    assert await resumed_all(alice, **given) == (0, [warning])
    assert (await row_of(ending)).status_reason == "ENDED"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, f"The queue's endsAt, {END}, comes before its next occurrence, 2027-03-19T09:00:00.000Z: set a later "),
        ({"from": "NEXT_SLOT"}, f"The queue's endsAt, {END}, comes before its next occurrence, 2027-03-19T09:00"),
        ({"from": "NOW"}, "An interval from now is 2027-03-19T12:00:00.000Z, which is after the queue's endsAt, "),
    ],
)
async def test_who_resumes_one_that_has_ended_is_told_when_it_did_and_what_would_come(
    alice: User, clock: FakeClock, ending: Any, given: dict[str, str], words: str
) -> None:
    clock.now = datetime(2027, 3, 12, 12, tzinfo=UTC)
    refusal = await alice.refused(RESUME, input={"id": ending["id"], **given})
    assert (refusal.code, refusal.message.startswith(words)) == ("CONFLICT", True), refusal.message
    assert refusal.message.endswith("set a later endsAt first.")


async def test_the_time_that_a_queue_shows_that_has_ended_is_refused_with_its_end(alice: User, ending: Any) -> None:
    """A tick that completes a queue leaves the time at which it would have run."""
    after = datetime(2027, 3, 19, 9, tzinfo=UTC)
    await set_queue(ending, status=QueueStatus.COMPLETED, status_reason="ENDED", next_scheduled_time=after)
    refusal = await alice.refused(RESUME, input={"id": ending["id"], "nextScheduledTime": "2027-03-19T09:00:00Z"})
    assert refusal.message == (
        f"The queue's endsAt, {END}, comes before its next occurrence, 2027-03-19T09:00:00.000Z: "
        "set a later endsAt first."
    )


async def test_a_slot_that_is_left_but_skipped_stays_so(alice: User, made: Made, ending: Any) -> None:
    """It can be restored until its time has come."""
    await alice.do(SKIP_OCCURRENCE, queueId=ending["id"], scheduledTime=SLOT)
    await alice.do(PAUSE_QUEUE, id=ending["id"])
    (warning,) = (await made.resumed(ending))["warnings"]
    message = "No occurrence of the queue is left that runs: the queue ends without having run."
    assert warning == {"code": "NO_OCCURRENCE_LEFT", "message": message, "field": None}
    row = await row_of(ending)
    assert (row.status, row.next_scheduled_time) == (QueueStatus.ACTIVE, datetime(2027, 3, 12, 9, tzinfo=UTC))


async def test_one_of_which_nothing_is_left_that_runs_is_not_promised_a_run(alice: User, ending: Any) -> None:
    """With NOW it is completed, and `from: NEXT_SLOT` is no way out."""
    await alice.do(SKIP_OCCURRENCE, queueId=ending["id"], scheduledTime=SLOT)
    refusal = await alice.refused(RESUME, input={"id": ending["id"], "from": "NOW"})
    assert refusal.message == f"{NOW_IS_TOO_LATE}set a later endsAt first."
    count, (completed,) = await resumed_all(alice, **{"from": "NOW"})
    assert (count, completed["code"]) == (0, "ENDS_WITH_PAUSE")
    assert (await row_of(ending)).status_reason == "ENDED"
