"""What an owner excludes and skips costs nothing for each date: many days are taken out of a year at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from support.laws.calls import calls
from support.queues import Queue

from perennial.core.states import QueueStatus
from perennial.queues.recurrence.ahead import Ahead
from perennial.queues.recurrence.columns import changed_text, dates_text, slot_text
from perennial.queues.recurrence.forecast import upcoming
from perennial.queues.recurrence.passing import passed_without_running
from perennial.queues.recurrence.series import next_run

DAY = timedelta(days=1)
FIRST = datetime(2027, 1, 1, 9)  # noqa: DTZ001 - slots are naive
NOW = datetime(2026, 12, 1, tzinfo=UTC)
LATER = datetime(2029, 6, 1, tzinfo=UTC)


def queue(*, excluded: int = 0, skipped: int = 0, every: int = 1) -> Queue:
    """A daily queue whose first occurrences do not run, or each second of them."""
    return Queue(
        status=QueueStatus.ACTIVE,
        interval=1,
        timezone="UTC",
        next_local_time=slot_text(FIRST),
        next_scheduled_time=FIRST.replace(tzinfo=UTC),
        excluded_dates=dates_text((FIRST + number * every * DAY).date() for number in range(excluded)),
        changed_occurrences=changed_text({FIRST + number * DAY: None for number in range(skipped)}),
    )


def run_next(one: Queue) -> object:
    return next_run(one)


def come_first(one: Queue) -> object:
    return list(islice(upcoming(one.stored(), NOW, DAY), 3))


def come_later(one: Queue) -> object:
    return list(islice(upcoming(one.stored(), NOW, DAY, LATER), 3))


def have_passed(one: Queue) -> object:
    return passed_without_running(one, LATER, "PAUSED")


def are_nearest(one: Queue) -> object:
    end = NOW + 36_525 * DAY
    return [Ahead.of(one, NOW, end).nearest(time) for time in (NOW, FIRST.replace(tzinfo=UTC) + 365 * DAY)]


@pytest.mark.parametrize("work", [run_next, come_first, come_later, have_passed, are_nearest])
def test_a_year_of_excluded_dates_costs_what_three_cost(work: Callable[[Queue], object]) -> None:
    many, few = queue(excluded=366), queue(excluded=3)
    assert calls(lambda: work(many)) <= 2 * calls(lambda: work(few))


@pytest.mark.parametrize("work", [run_next, come_later, have_passed])
def test_a_hundred_skipped_occurrences_cost_few_calls_each(work: Callable[[Queue], object]) -> None:
    """Their days are put together as a set, and none is looked up in the calendar."""
    many, few = queue(skipped=100), queue(skipped=3)
    assert calls(lambda: work(many)) <= calls(lambda: work(few)) + 97 * 8


def test_a_row_of_what_has_passed_costs_few_calls() -> None:
    alternate = queue(excluded=366, every=2)
    rows = passed_without_running(alternate, LATER, "PAUSED")
    assert len(rows) == 732
    assert sum(row.count for row in rows) == (LATER - alternate.next_scheduled_time).days + 1
    assert calls(lambda: have_passed(alternate)) <= 40 * len(rows)
