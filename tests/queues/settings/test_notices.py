"""What an owner is told of occurrences that a change concerns: of none, of one, and of several."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.queues import Queue

from perennial.queues.recurrence.series import Series, calendar_of
from perennial.queues.settings.notices import about_dropped, about_end_in_pause, about_given_up, about_recorded

NAMES = [datetime(2027, 3, 24, 9, tzinfo=UTC) + days * timedelta(days=1) for days in range(4)]
FIRST, SECOND = "2027-03-24T09:00:00.000Z", "2027-03-25T09:00:00.000Z"
DROPPED = "What was skipped or moved is forgotten, as the queue goes on without it"
SENTENCES = [
    (about_dropped, f"{DROPPED}: {FIRST}.", f"{DROPPED}: {FIRST}, {SECOND}."),
    (
        about_recorded,
        f"The queue's ledger has this occurrence already, so it does not run: {FIRST}.",
        f"The queue's ledger has these occurrences already, so they do not run: {FIRST}, {SECOND}.",
    ),
]


@pytest.mark.parametrize(("about", "of_one", "of_two"), SENTENCES)
def test_each_sentence_is_right_for_one_and_for_several(
    about: Callable[[list[datetime]], list[Any]], of_one: str, of_two: str
) -> None:
    assert about([]) == []
    assert [[one.message for one in about(NAMES[:count])] for count in (1, 2)] == [[of_one], [of_two]]
    assert about(NAMES)[0].message.endswith("2027-03-26T09:00:00.000Z and 1 more.")


def test_a_pending_time_is_given_up_for_the_next_that_runs_or_for_none() -> None:
    first, second = (name.replace(tzinfo=None) for name in NAMES[:2])
    series = Series(calendar_of(1, None, None), first, frozenset(), {}, NAMES[1])
    given_up = f"The queue's pending time, {SECOND}, is given up: "
    assert [one.message for one in about_given_up(NAMES[1], series)] == [f"{given_up}it runs at {FIRST}."]
    assert about_given_up(NAMES[0], series) == []
    none = replace(series, excluded=frozenset({first.date(), second.date()}))
    (notice,) = about_given_up(NAMES[1], none)
    assert notice.message == f"{given_up}no occurrence is left that runs before the queue ends."
    assert about_given_up(NAMES[0], none) != [], "it is pending, and excluded"


def test_a_queue_of_which_nothing_runs_after_a_pause_is_completed_then_or_once_the_rest_has_passed() -> None:
    queue = Queue(next_scheduled_time=NAMES[0], interval=1, ends_at=NAMES[2])
    left = f"No occurrence of the queue is left from {SECOND} on"
    assert about_end_in_pause(queue, NAMES[1]) == []
    (completed,) = about_end_in_pause(replace(queue, ends_at=NAMES[0]), NAMES[1])
    assert completed.message == f"{left}: it is completed once the pause ends."
    (later,) = about_end_in_pause(replace(queue, excluded_dates="2027-03-25,2027-03-26"), NAMES[1])
    assert later.message == (
        f"{left} that runs: it is completed after the pause, once what is skipped or excluded has passed."
    )
