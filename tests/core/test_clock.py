"""Times are kept, and written, in UTC and whole milliseconds."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.core.instants import instant, whole_milliseconds

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
ages = st.timedeltas(timedelta(), timedelta(days=70_000))
times = st.builds(lambda age, zone: (datetime(2000, 1, 1, tzinfo=UTC) + age).astimezone(zone), ages, zones)


@pytest.mark.parametrize(
    ("time", "written"),
    [
        (datetime(2026, 11, 23, 9, tzinfo=UTC), "2026-11-23T09:00:00.000Z"),
        (datetime(2026, 11, 23, 9, 0, 0, 120_000, tzinfo=UTC), "2026-11-23T09:00:00.120Z"),
        (datetime(2026, 11, 23, 9, 0, 0, 999_999, tzinfo=UTC), "2026-11-23T09:00:00.999Z"),
        (datetime(2026, 11, 23, 1, tzinfo=timezone(timedelta(hours=2))), "2026-11-22T23:00:00.000Z"),
    ],
)
def test_an_instant_is_written_in_utc_with_three_digits(time: datetime, written: str) -> None:
    assert instant(time) == written


@given(times)
def test_a_time_is_cut_to_the_millisecond_before_it(time: datetime) -> None:
    kept = whole_milliseconds(time)
    assert kept.tzinfo is UTC
    assert kept.microsecond % 1000 == 0
    assert timedelta() <= time - kept < timedelta(milliseconds=1)


@given(times)
def test_what_is_kept_is_written_without_loss(time: datetime) -> None:
    kept = whole_milliseconds(time)
    assert datetime.fromisoformat(instant(kept)) == kept


async def test_the_clock_tells_whole_milliseconds_in_utc(database: str) -> None:
    from perennial.core import clock

    earlier, later = await clock.now(), await clock.now()
    assert earlier == whole_milliseconds(earlier)
    assert earlier.tzinfo is not None
    assert earlier.utcoffset() == timedelta()
    assert earlier <= later
