"""Why a queue cannot be resumed of which the calendar has no occurrence any more."""

from datetime import UTC, datetime

import pytest
from support.queues import Queue

from perennial.core.errors import Conflict
from perennial.queues.resuming import without_time

LAST, NOW = datetime(9999, 1, 1, 9, tzinfo=UTC), datetime(9999, 6, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ends_at", "words"),
    [
        (None, "The queue's rule has no day left within 100 years; change it first."),
        (
            datetime(9999, 2, 1, tzinfo=UTC),
            "The queue's endsAt, 9999-02-01T00:00:00.000Z, comes before its next occurrence: set a later endsAt first.",
        ),
    ],
)
def test_no_instant_is_named_where_there_is_none(ends_at: datetime | None, words: str) -> None:
    queue = Queue(interval=None, rule="FREQ=YEARLY", next_scheduled_time=LAST, ends_at=ends_at)
    with pytest.raises(Conflict) as refusal:
        without_time(queue.stored(), None, NOW)
    assert str(refusal.value) == words
