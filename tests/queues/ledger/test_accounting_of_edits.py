"""Whatever an owner changes of a queue's days, the ledger has the occurrences that there were: pure functions."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice, takewhile
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.laws.stepping import DAY, HOUR, MINUTE, RULES, START, ZONES, Steps, queues
from support.queues import Queue

from perennial.core.errors import InvalidInput
from perennial.core.states import Cadence, ExecutionOutcome, MissedRuns, QueueStatus
from perennial.queues.ledger.explanation import occurrences
from perennial.queues.recurrence.columns import changed_text, dates_text, read_dates, slot_text
from perennial.queues.recurrence.passing import passed_without_running
from perennial.queues.recurrence.reasons import EXCLUDED_DATE, PAUSED, SCHEDULE_CHANGED, SKIPPED_BY_OWNER
from perennial.queues.recurrence.series import Series
from perennial.queues.settings.rescheduling import Rescheduling
from perennial.queues.settings.schedules import Schedule, changed_schedule, with_columns

Edit = dict[str, Any]
NOON = datetime.combine(START, time(12), UTC)

some_dates = st.lists(st.integers(0, 30), max_size=9).map(lambda days: dates_text(START + DAY * day for day in days))
edits_of_days = st.sampled_from([1, 1, 1, 2, 3, 7]).map(lambda days: Edit(interval=days, rule=None))
edits_of_dates = some_dates.map(lambda dates: Edit(excluded_dates=dates))
edits_of_ends = st.integers(1, 90).map(lambda days: Edit(ends_at=days * DAY))  # after now
edits = st.one_of(
    *(edits_of_days, edits_of_dates, edits_of_ends),
    st.sampled_from(RULES[1:]).map(lambda rule: Edit(interval=None, rule=rule)),
    st.sampled_from(ZONES).map(lambda zone: Edit(timezone=zone)),
)
some_edits = st.lists(edits, min_size=1, max_size=2).map(lambda some: {**some[0], **some[-1]})


def edited(before: Queue, edit: Edit, now: datetime) -> Schedule:
    """The schedule after the edit. Such a case is left out if the edit is refused."""
    if "ends_at" in edit:
        edit = edit | {"ends_at": now + edit["ends_at"]}
    after = replace(before, **{name: one for name, one in edit.items() if name != "next_scheduled_time"})
    try:
        return changed_schedule(before, after, edit, now)
    except InvalidInput:  # one was moved to a date that would be excluded, or nothing is left before the end
        assume(False)
        raise


def until(series: Series, now: datetime) -> list[datetime]:
    """The slots whose occurrences have fallen due."""
    return list(takewhile(lambda slot: series.time(slot) <= now, series.from_pending()))


def willed(reason: str | None) -> str | None:
    """The reason, if an occurrence did not run by its owner's will."""
    return reason if reason in {EXCLUDED_DATE, SKIPPED_BY_OWNER} else None


def told(worker: Steps) -> Counter[str | None]:
    """How many occurrences its ledger has, by their owner's will about them."""
    found = Counter[str | None]()
    for row in worker.rows:
        found[willed(row.reason)] += occurrences(row)
    return found


def names(change: Rescheduling, series: Series) -> Callable[[datetime], datetime]:
    """By what an old slot and a new one are known to be the same: the wall time, or without a zone the instant."""
    is_wall_time = bool(change.before.timezone) == bool(change.after.timezone)
    return (lambda slot: slot) if is_wall_time else series.calendar.instant


def waiting(change: Rescheduling, new: Series) -> list[str | None]:
    """The owner's will about old occurrences whose own time had passed, and that were moved to a time ahead.

    It is the new will about one that is pending at its own time again. Those that are ahead still are not among them.
    """
    old, now, found = change.old, change.now, list[str | None]()
    had_passed = takewhile(lambda slot: old.calendar.instant(slot) <= now, old.from_pending())
    near = takewhile(lambda slot: new.calendar.instant(slot) <= now + 3 * DAY, new.from_pending())
    still = {names(change, new)(slot): slot for slot in near}
    for slot in had_passed:
        if old.time(slot) > now:
            one = still.get(names(change, old)(slot))
            if one is None:
                found.append(old.reason_against(slot))
            elif new.time(one) <= now:
                found.append(new.reason_against(one))
    return found


def went_on(change: Rescheduling, new: Series, due: list[datetime]) -> datetime | None:
    """The one that had fallen due, and is pending from now on. What fell due of a paused queue has passed.

    But for one that was moved to an earlier time in the pause, and has its own time again.
    """
    name, days = (
        names(change, new)(new.pending),
        [(one.interval, one.rule, one.timezone) for one in (change.before, change.after)],
    )
    if change.before.status == QueueStatus.PAUSED and days[0] != days[1]:
        return None
    return next((slot for slot in due if names(change, change.old)(slot) == name), None)


def expected(schedule: Schedule, due: list[datetime], end: datetime) -> Counter[str | None]:
    """How many occurrences there were by `end`, by their owner's will about them: those that were due, and those after.

    One that was due may lie ahead again in another zone, where its date may be excluded.
    """
    change, new = schedule.change, schedule.series
    ahead = [slot for slot in until(new, end) if new.time(slot) > change.now]
    again = went_on(change, new, due) if new.pending in ahead else None
    were_due = [slot for slot in due if slot != again]
    there_were = Counter([*map(change.old.reason_against, were_due), *waiting(change, new)])
    there_were.update(map(new.reason_against, ahead))
    return there_were


def ticked_after(schedule: Schedule, ticks: Sequence[int]) -> Steps:
    """A worker that comes to the changed queue after so many minutes each, and once more two days later."""
    worker = Steps(with_columns(schedule.change.after, schedule.columns))
    worker.clock = schedule.change.now
    for minutes in [*ticks, 3_000]:
        worker.clock += minutes * MINUTE
        worker.resume()
        worker.tick()
    return worker


@settings(max_examples=300)
@given(
    queues(),
    st.sampled_from([None, None, 1, 9]),
    some_edits,
    st.sampled_from([QueueStatus.ACTIVE, QueueStatus.PAUSED]),
    st.integers(-2_000, 40_000),
    st.booleans(),
    st.lists(st.integers(0, 30_000), max_size=4),
)
def test_the_ledger_has_the_old_occurrences_before_an_edit_and_the_new_ones_after_it(
    before: Queue, ends: int | None, edit: Edit, status: QueueStatus, late: int, is_waiting: bool, ticks: list[int]
) -> None:
    series, before.status = Series.of(before), status
    since = before.next_scheduled_time
    if is_waiting and (moved := [slot for slot, to in series.changed.items() if to]):  # one of these is to run soon
        since, late = series.calendar.instant(moved[late % len(moved)]), late % 600
    now = since + late * MINUTE
    before.ends_at = series.calendar.instant(series.pending) + ends * DAY if ends else None
    schedule = edited(before, edit, now)
    old, new = schedule.change.old, schedule.series
    due = until(old, now)
    reason = PAUSED if status == QueueStatus.PAUSED else SCHEDULE_CHANGED
    at_the_edit = passed_without_running(before, now, reason, schedule.goes_on_with, schedule.gone)
    worker = ticked_after(schedule, ticks)
    worker.write(at_the_edit)
    assert told(worker) == expected(schedule, due, worker.clock)
    assert all(one.reason != PAUSED for one in at_the_edit if one.moved_to and one.moved_to > now)
    times = Counter(row.scheduled_time for row in worker.rows)
    assert all(number == 1 for number in times.values())
    assert times.keys() <= {
        *map(old.calendar.instant, [*old.changed, *due]),
        *map(new.calendar.instant, until(new, worker.clock)),
    }
    if schedule.change.settles and new.time(new.pending) <= now:
        assert schedule.goes_on_with == max(slot for slot in due if old.reason_against(slot) is None)


@settings(max_examples=300)
@given(
    queues(),
    st.just(Edit()) | edits,
    st.sampled_from([QueueStatus.ACTIVE, QueueStatus.PAUSED]),
    st.integers(-2_000, 20_000),
    st.tuples(st.integers(0, 8), st.sampled_from(["its own", "the moved one", "another"])),
    st.lists(st.integers(0, 30_000), max_size=3),
)
def test_so_it_has_where_the_owner_gives_the_time_at_which_the_queue_runs_next(
    before: Queue, edit: Edit, status: QueueStatus, late: int, chosen: tuple[int, str], ticks: list[int]
) -> None:
    """The time of an occurrence ahead, to which it may have been moved, or one that is none's. No name comes twice."""
    series, before.status = Series.of(before), status
    now = before.next_scheduled_time + late * MINUTE
    place, which = chosen
    slot = next(islice((one for one in series.from_pending() if series.calendar.instant(one) > now), place, None))
    time = series.time(slot) if which == "the moved one" else series.calendar.instant(slot)
    assume((time := time + 37 * MINUTE * (which == "another")) > now)
    schedule = edited(before, edit | {"next_scheduled_time": time}, now)
    due = until(schedule.change.old, now)
    reason = PAUSED if status == QueueStatus.PAUSED else SCHEDULE_CHANGED
    at_the_edit = passed_without_running(before, now, reason, schedule.goes_on_with, schedule.gone)
    passed = [
        name for one in at_the_edit for name in map(series.calendar.instant, due) if one.first <= name <= one.last
    ]
    try:
        schedule = schedule.without({again for name in passed if (again := schedule.series.slot_at(name))})
    except InvalidInput:  # the time is that of one that the ledger has by now
        assume(False)
    worker = ticked_after(schedule, ticks)
    worker.write(at_the_edit)
    assert told(worker) == expected(schedule, due, worker.clock)


@given(
    st.integers(1, 9),
    st.none() | st.integers(-20, 300).map(lambda hours: hours * HOUR),
    some_dates,
    st.sampled_from(MissedRuns),
    st.one_of(edits_of_days, edits_of_dates, edits_of_ends),
    st.integers(0, 300),
    st.booleans(),
)
def test_where_the_next_is_counted_from_the_run_an_edit_adds_none_to_what_there_was(
    days: int, moved: timedelta | None, dates: str | None, policy: MissedRuns, edit: Edit, late: int, can_run: bool
) -> None:
    """If the pending one runs there were no others. If it does not, for want of an account, none but the old."""
    before = Queue(
        interval=days,
        cadence=Cadence.AFTER_EXECUTION,
        missed_runs=policy,
        excluded_dates=dates,
        next_scheduled_time=NOON,
    )
    first = Series.of(before).pending
    if moved:
        assume(not {first.date(), (first + moved).date()} & read_dates(dates))  # as whoever moves one is told
        before.next_scheduled_time, before.next_local_time = NOON + moved, slot_text(first)
        before.changed_occurrences = changed_text({first: NOON + moved})
    now = NOON + late * HOUR
    schedule = edited(before, edit, now)
    old, worker = schedule.change.old, Steps(with_columns(schedule.change.after, schedule.columns))
    worker.clock = now
    worker.write(passed_without_running(before, now, SCHEDULE_CHANGED, schedule.goes_on_with, schedule.gone))
    worker.tick(can_run=can_run)
    due = [slot for slot in until(old, now) if slot == first or old.time(slot) > old.time(first)]
    assert told(worker) <= Counter([*map(old.reason_against, due), *waiting(schedule.change, schedule.series)])
    if can_run and (NOON, ExecutionOutcome.EXECUTED) in [(row.scheduled_time, row.outcome) for row in worker.rows]:
        assert len(worker.rows) == 1
