"""Every occurrence is in the ledger exactly once, whatever becomes of the queue: a law of the pure functions."""

from itertools import takewhile

from hypothesis import given
from hypothesis import strategies as st
from support.laws.stepping import MINUTE, Steps, queues
from support.queues import Queue

from perennial.queues.ledger.explanation import occurrences
from perennial.queues.recurrence.passing import passed_without_running
from perennial.queues.recurrence.reasons import PAUSED
from perennial.queues.recurrence.recorded import without_recorded
from perennial.queues.recurrence.series import Series


@given(queues(), st.lists(st.tuples(st.sampled_from(["tick", "pause", "resume"]), st.integers(0, 30_000)), max_size=25))
def test_the_rows_of_any_ticks_pauses_and_resumptions_cover_each_slot_once(
    queue: Queue, steps: list[tuple[str, int]]
) -> None:
    first, calendar = Series.of(queue).pending, Series.of(queue).calendar
    worker = Steps(queue)
    for name, minutes in [*steps, ("resume", 0), ("tick", 60 * 24 * 40)]:
        worker.clock += minutes * MINUTE
        getattr(worker, name)()
    pending = Series.of(queue).pending
    covered = calendar.count(first, pending) - 1
    assert sum(map(occurrences, worker.rows)) == covered > 0
    times = [row.scheduled_time for row in worker.rows]
    assert len(set(times)) == len(times)
    assert all(time < calendar.instant(pending) for time in times)


@given(queues(), st.integers(0, 60 * 24 * 60), st.data())
def test_what_the_ledger_has_already_is_left_out_and_all_else_stays_once(
    queue: Queue, minutes: int, data: st.DataObject
) -> None:
    """The ledger may also have other rows in between: of runs by hand, or of an earlier schedule."""
    all_not_run = passed_without_running(queue, queue.next_scheduled_time + minutes * MINUTE, PAUSED)
    last, calendar = max(one.last for one in all_not_run), Series.of(queue).calendar
    names = list(takewhile(lambda name: name <= last, map(calendar.instant, Series.of(queue).from_pending())))
    recorded = set(data.draw(st.lists(st.sampled_from(names))))
    left = without_recorded(queue, all_not_run, recorded | {name + MINUTE for name in names})
    covered = [[name for name in names if one.first <= name <= one.last] for one in left]
    assert sorted(name for some in covered for name in some) == sorted(set(names) - recorded)
    assert [len(some) for some in covered] == [one.count for one in left]
    assert without_recorded(queue, all_not_run, set()) == all_not_run
