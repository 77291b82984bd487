"""Where the next occurrence is counted from the last run, the pending one runs however late. If it does not, all that
has fallen due by then is accounted for, as with slots that are fixed.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.api import MOVE_OCCURRENCE, PAUSE_QUEUE, RESUME_QUEUE, SKIP_OCCURRENCE, User
from support.clock import FakeClock
from support.queues import NINE, Queue
from support.rows import set_queue
from support.ticks import HOUR, Tick, due_queue

from perennial.core.states import Cadence, MissedRuns
from perennial.db.models import QueueExecution
from perennial.queues.recurrence.columns import changed_text, dates_text
from perennial.queues.recurrence.forecast import upcoming
from perennial.queues.recurrence.passing import Passed, passed, passed_without_running
from perennial.queues.recurrence.reasons import EXCLUDED_DATE, MISSED, PAUSED, SKIPPED_BY_OWNER

DAY, MISSED_AFTER = timedelta(days=1), timedelta(minutes=5)
FIRST = NINE.replace(tzinfo=None)
LATE = NINE + 3 * DAY + HOUR


def queue(**columns: Any) -> Queue:
    return Queue(interval=1, cadence=Cadence.AFTER_EXECUTION, **columns)


def rows(found: Passed) -> list[tuple[datetime, datetime, int, str]]:
    return [(one.first, one.last, one.count, one.reason) for one in found.not_run]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"changed_occurrences": changed_text({FIRST: None})}, SKIPPED_BY_OWNER),
        ({"excluded_dates": dates_text([FIRST.date()])}, EXCLUDED_DATE),
    ],
)
def test_where_the_pending_one_does_not_run_the_latest_does_and_stands_for_the_others(
    columns: Any, reason: str
) -> None:
    found = passed(queue(**columns), LATE, MISSED_AFTER)
    assert rows(found) == [(NINE, NINE, 1, reason)]
    assert found.occurrence == (NINE + 3 * DAY, NINE + 3 * DAY, 2)


def test_where_none_may_run_this_late_all_are_missed_in_one_row() -> None:
    found = passed(queue(missed_runs=MissedRuns.SKIP), LATE, MISSED_AFTER)
    assert (found.occurrence, rows(found)) == (None, [(NINE, NINE + 3 * DAY, 4, MISSED)])


def test_where_the_latest_is_not_missed_yet_it_runs() -> None:
    found = passed(queue(missed_runs=MissedRuns.SKIP), NINE + 3 * DAY, MISSED_AFTER)
    assert found.occurrence == (NINE + 3 * DAY, NINE + 3 * DAY, 3)


def test_what_falls_due_during_a_pause_is_accounted_for() -> None:
    (row,) = passed_without_running(queue(), LATE, PAUSED)
    assert (row.first, row.last, row.count) == (NINE, NINE + 3 * DAY, 4)


def test_one_that_was_moved_past_others_makes_them_void_whether_it_runs_or_not() -> None:
    to = NINE + 2 * DAY + HOUR
    moved = queue(
        changed_occurrences=changed_text({FIRST: to}), next_scheduled_time=to, next_local_time=FIRST.isoformat()
    )
    for now, later in ((to, 0), (to + 2 * DAY, 2)):
        found = passed(moved, now, MISSED_AFTER)
        assert found.occurrence == (NINE, to, 0)
        not_run = passed_without_running(moved, now, PAUSED)
        others = [(NINE + 3 * DAY, later, None)] if later else []
        assert [(one.first, one.count, one.moved_to) for one in not_run] == [(NINE, 1, to), *others]


@given(
    st.integers(0, 400),
    st.lists(st.integers(0, 15), max_size=8),
    st.booleans(),
    st.sampled_from(MissedRuns),
    st.integers(1, 3_000),
)
def test_what_does_not_run_is_told_as_of_a_fixed_cadence(
    hours: int, excluded: list[int], skipped: bool, policy: MissedRuns, within: int
) -> None:
    one = queue(
        missed_runs=policy,
        missed_within_minutes=within,
        excluded_dates=dates_text((FIRST + number * DAY).date() for number in excluded),
        changed_occurrences=changed_text({FIRST: None}) if skipped else None,
    )
    now = NINE + hours * HOUR
    found, fixed = passed(one, now, MISSED_AFTER), passed(replace(one, cadence=Cadence.FIXED), now, MISSED_AFTER)
    if found.occurrence and found.occurrence.scheduled_time == NINE:
        assert (found.not_run, found.otherwise or fixed) == ((), fixed)
    else:
        assert found == fixed


def test_what_is_foreseen_is_what_runs_late() -> None:
    skipped = queue(changed_occurrences=changed_text({FIRST: None}))
    ahead = upcoming(skipped.stored(), LATE, MISSED_AFTER)
    assert [next(ahead).time for _ in range(2)] == [NINE + 3 * DAY, LATE + DAY]


async def told(one: Any) -> list[tuple[datetime, datetime | None, int, str | None]]:
    found = await QueueExecution.filter(queue_id=one["id"]).order_by("scheduled_time")
    return [(row.scheduled_time, row.until, row.missed_count, row.reason) for row in found]


@pytest.fixture
async def daily(alice: User, clock: FakeClock) -> Any:
    """Alice's queue: a day after each run, from an hour hence."""
    return await due_queue(alice, clock.now + HOUR, {"x": "Hello"}, interval=1, cadence="AFTER_EXECUTION")


async def test_a_late_tick_that_finds_no_account_tells_of_all_that_was_due(
    alice: User, clock: FakeClock, daily: Any, tick: Tick
) -> None:
    first = clock.now + HOUR
    clock.now = first + 3 * DAY + HOUR
    await tick()
    assert await told(daily) == [(first + 3 * DAY, None, 3, "ACCOUNT_MISSING")]
    await alice.connect("X")
    clock.now = first + 4 * DAY
    assert (await tick()).executed == 1
    assert (await told(daily))[1:] == [(first + 4 * DAY, None, 0, None)]


async def test_a_late_tick_behind_a_skipped_one_runs_the_latest(
    alice: User, clock: FakeClock, daily: Any, tick: Tick
) -> None:
    await alice.connect("X")
    first = clock.now + HOUR
    await alice.do(SKIP_OCCURRENCE, queueId=daily["id"], scheduledTime=first)
    clock.now = first + 2 * DAY + HOUR
    assert (await tick()).executed == 1
    assert await told(daily) == [(first, None, 1, SKIPPED_BY_OWNER), (first + 2 * DAY, None, 1, None)]


async def test_one_that_ran_already_does_not_hide_those_after_it(
    alice: User, clock: FakeClock, daily: Any, tick: Tick
) -> None:
    """The queue's row is older than its ledger, as after a restore."""
    await alice.connect("X")
    first = clock.now + HOUR
    clock.now = first
    await tick()
    await set_queue(daily, next_scheduled_time=first, execution_count=0)
    clock.now = first + 2 * DAY + HOUR
    assert (await tick()).executed == 1
    assert [time for time, *_ in await told(daily)] == [first, first + 2 * DAY]


async def test_one_that_was_moved_and_paused_over_says_where_it_was_moved(
    alice: User, clock: FakeClock, tick: Tick
) -> None:
    first = clock.now + HOUR
    plain = await due_queue(alice, first, {"x": "Hello"}, interval=1)
    await alice.do(MOVE_OCCURRENCE, queueId=plain["id"], scheduledTime=first + DAY, to=first + DAY + HOUR)
    await alice.do(PAUSE_QUEUE, id=plain["id"])
    clock.now = first + 4 * DAY + HOUR
    await alice.do(RESUME_QUEUE, id=plain["id"])
    found = await QueueExecution.filter(queue_id=plain["id"]).order_by("scheduled_time")
    assert [(row.scheduled_time, row.moved_to, row.missed_count) for row in found] == [
        (first, None, 1),
        (first + DAY, first + DAY + HOUR, 1),
        (first + 2 * DAY, None, 3),
    ]
    words = [row["explanation"] for row in (await explained(alice, plain))]
    assert "and moved to" in words[1]
    assert words[1].endswith("It did not run: the queue was paused.")


async def explained(user: User, one: Any) -> list[Any]:
    query = "query ($id: ID!) { queue(id: $id) { executions(first: 9) { nodes { explanation scheduledTime } } } }"
    nodes: list[Any] = (await user.do(query, id=one["id"]))["executions"]["nodes"]
    return sorted(nodes, key=lambda node: node["scheduledTime"])
