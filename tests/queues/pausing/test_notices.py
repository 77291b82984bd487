"""What an owner is told who pauses or resumes all queues: of none, of one, and of several."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from perennial.queues.pausing import _notices, held
from perennial.queues.pausing._overdue import Overdue

FIRST = datetime(2027, 3, 24, 9, tzinfo=UTC)
MANY = held.COUNT_MAX + 1

QUEUE = UUID("01931f2e-0000-7000-8000-000000000000")

SENTENCES: list[tuple[Callable[[int], list[Any]], str, str]] = [
    (
        lambda count: _notices.about_waiting(count, hold_scheduled=False),
        "1 post of queues still goes out, as it is scheduled. Call this again with the same pause and "
        "holdScheduled to stop it.",
        "2 posts of queues still go out, as they are scheduled. Call this again with the same pause and "
        "holdScheduled to stop them.",
    ),
    (
        lambda count: _notices.about_waiting(count, hold_scheduled=True),
        "1 post of queues still goes out, as it is scheduled. Call this again with the same pause to hold it back.",
        "2 posts of queues still go out, as they are scheduled. Call this again with the same pause to hold them back.",
    ),
    (
        lambda count: _notices.about_other_pauses(count, FIRST if count else None),
        "1 queue was paused before, and goes on by itself at 2027-03-24T09:00:00.000Z. Call pauseQueue or pauseQueues "
        "to change that.",
        "2 queues were paused before, and go on by themselves, the first at 2027-03-24T09:00:00.000Z. Call pauseQueue "
        "or pauseQueues to change that.",
    ),
    (
        lambda count: _notices.about_all_overdue(Overdue(count, QUEUE, FIRST, is_least=False) if count else None),
        "The pending time of 1 queue is given up: it had come, and the queue was paused before it ran. It was that of "
        f"queue {QUEUE}, 2027-03-24T09:00:00.000Z. Call runQueueNow to run it nevertheless.",
        "The pending times of 2 queues are given up: they had come, and the queues were paused before they ran. The "
        f"first was that of queue {QUEUE}, 2027-03-24T09:00:00.000Z. Call runQueueNow to run one nevertheless.",
    ),
    (
        _notices.about_ended,
        "1 queue ends before the pause does: it is completed once the pause ends.",
        "2 queues end before the pause does: they are completed once the pause ends.",
    ),
    (
        _notices.about_left,
        "1 more queue is paused: there was no time for it. Call this again.",
        "2 more queues are paused: there was no time for them. Call this again.",
    ),
    (
        _notices.about_failed,
        "1 queue could not be resumed, by a fault of the service, and stays paused.",
        "2 queues could not be resumed, by a fault of the service, and stay paused.",
    ),
    (
        _notices.about_ending_sooner,
        "1 queue stays paused, as it ends sooner than an interval from now. Call this again with from: NEXT_SLOT, and "
        "it runs before that.",
        "2 queues stay paused, as they end sooner than an interval from now. Call this again with from: NEXT_SLOT, and "
        "they run before that.",
    ),
    (
        lambda count: _notices.about_completed([QUEUE] * count),
        f"1 queue is completed, as nothing is left that it could run: statusReason says why. It is queue {QUEUE}.",
        "2 queues are completed, as nothing is left that they could run: statusReason says why. The first is queue "
        f"{QUEUE}.",
    ),
    (
        _notices.about_held,
        "1 post of queues stays unscheduled. It is a draft: schedulePost sends it, deletePost deletes it.",
        "2 posts of queues stay unscheduled. They are drafts: schedulePost sends them, deletePost deletes them.",
    ),
]


@pytest.mark.parametrize(("about", "of_one", "of_two"), SENTENCES)
def test_each_sentence_is_right_for_one_and_for_several(
    about: Callable[[int], list[Any]], of_one: str, of_two: str
) -> None:
    assert about(0) == []
    assert [[one.message for one in about(count)] for count in (1, 2)] == [[of_one], [of_two]]


def test_more_than_is_counted_is_said_so() -> None:
    (notice,) = _notices.about_held(MANY)
    assert notice.message.startswith("More than 10,000 posts of queues stay unscheduled. They are drafts")


def test_where_those_that_stay_paused_are_gone_by_the_time_at_which_they_are_counted_nothing_is_left() -> None:
    assert _notices.about_left(-1) == []
