"""What an owner is told of occurrences that a change concerns: of none, of one, and of several."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from perennial.queues.settings.notices import about_dropped, about_recorded

NAMES = [datetime(2027, 3, 24, 9, tzinfo=UTC) + days * timedelta(days=1) for days in range(4)]
FIRST, SECOND = "2027-03-24T09:00:00.000Z", "2027-03-25T09:00:00.000Z"
DROPPED = "What was skipped or moved is forgotten, as the queue has other occurrences now"
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
