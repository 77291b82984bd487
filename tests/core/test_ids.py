"""The ids of rows sort by the time at which they were made."""

from datetime import UTC, datetime, timedelta

from perennial.core.ids import first_id_of, new_id


def test_what_is_made_later_is_larger_than_the_first_id_of_a_time() -> None:
    now = datetime.now(UTC)
    assert first_id_of(now - timedelta(minutes=1)) < new_id() < first_id_of(now + timedelta(minutes=1))


def test_nothing_was_made_before_1970() -> None:
    """Whoever keeps rows for a hundred years prunes nothing."""
    assert first_id_of(datetime.now(UTC) - timedelta(days=36_500)) < new_id()
