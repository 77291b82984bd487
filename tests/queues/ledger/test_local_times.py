"""Times in words: what the clock of the zone did to them is told."""

from datetime import UTC, datetime, time, timedelta

import pytest

from perennial.queues.ledger.local_times import in_words

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NEW_YORK, HALF_PAST_TWO = "America/New_York", time(2, 30)
FORWARD, BACK = datetime(2027, 3, 14, 7, 30, tzinfo=UTC), datetime(2027, 11, 7, 5, 30, tzinfo=UTC)
OF_CLOCKS = [
    (NEW_YORK, FORWARD, HALF_PAST_TWO, "Sunday, 14 March 2027, 03:30 (America/New_York; the clock skipped 02:30)"),
    (NEW_YORK, FORWARD, time(3, 30), "Sunday, 14 March 2027, 03:30 (America/New_York)"),
    (NEW_YORK, FORWARD, None, "Sunday, 14 March 2027, 03:30 (America/New_York)"),
    (NEW_YORK, FORWARD + DAY, HALF_PAST_TWO, "Monday, 15 March 2027, 03:30 (America/New_York)"),
    (NEW_YORK, BACK, time(1, 30), "Sunday, 7 November 2027, 01:30 (America/New_York; the first 01:30 of the day)"),
    (
        NEW_YORK,
        BACK + 60 * MINUTE,
        None,
        "Sunday, 7 November 2027, 01:30 (America/New_York; the second 01:30 of the day)",
    ),
    (NEW_YORK, BACK + 120 * MINUTE, HALF_PAST_TWO, "Sunday, 7 November 2027, 02:30 (America/New_York)"),
    (
        "America/Nuuk",  # where the hour before midnight is skipped
        datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
        time(23, 30),
        "Sunday, 28 March 2027, 00:30 (America/Nuuk; the clock skipped 23:30)",
    ),
    (None, FORWARD, HALF_PAST_TWO, "Sunday, 14 March 2027, 07:30 UTC"),
]


@pytest.mark.parametrize(("timezone", "moment", "time_of_day", "words"), OF_CLOCKS)
def test_a_time_that_the_clock_skipped_and_one_that_it_shows_twice_are_told(
    timezone: str | None, moment: datetime, time_of_day: time | None, words: str
) -> None:
    assert in_words(moment, timezone, time_of_day) == words
