"""Whatever an owner changes of a queue's days, the ledger has the occurrences that there were: pure functions."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.laws.stepping import DAY, HOUR, MINUTE, RULES, START, ZONES, Steps, queues
from support.queues import Queue

from perennial.core.errors import InvalidInput
from perennial.core.states import Cadence, MissedRuns, QueueStatus
from perennial.queues.ledger.explanation import occurrences
from perennial.queues.recurrence.columns import changed_text, dates_text, read_dates, slot_text
from perennial.queues.recurrence.passing import passed_without_running
from perennial.queues.recurrence.reasons import EXCLUDED_DATE, PAUSED, SCHEDULE_CHANGED, SKIPPED_BY_OWNER
from perennial.queues.recurrence.series import Series
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
    after = replace(before, **edit)
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


def has_only_its_own_time(schedule: Schedule, due: list[datetime]) -> bool:
    """Whether the pending one was moved away from a date that is excluded since, and its own time has passed."""
    change, new = schedule.change, schedule.series
    is_excluded = new.reason_against(new.pending) == EXCLUDED_DATE and change.old.changed.get(change.old.pending)
    return bool(is_excluded) and schedule.goes_on_with not in due and new.time(new.pending) <= change.now


def passed_over(schedule: Schedule) -> list[str | None]:
    """The owner's will about the pending one that was moved to a time ahead, if its own is past, and it is none now."""
    change, pending = schedule.change, schedule.change.old.pending
    is_waiting = change.old.calendar.instant(pending) <= change.now < change.old.time(pending)
    is_left = schedule.series.pending <= change.carried(pending)
    return [change.old.reason_against(pending)] if is_waiting and not is_left else []


def expected(schedule: Schedule, due: list[datetime], end: datetime) -> Counter[str | None]:
    """How many occurrences there were by `end`, by their owner's will about them: those that were due, and those after.

    One that was due may lie ahead again in another zone, where its date may be excluded.
    """
    change, new = schedule.change, schedule.series
    ahead = [slot for slot in until(new, end) if new.time(slot) > change.now]
    were_due = [slot for slot in due if slot != schedule.goes_on_with or new.pending not in ahead]
    there_were = Counter([*map(change.old.reason_against, were_due), *passed_over(schedule)])
    there_were.update(map(new.reason_against, ahead))
    there_were[EXCLUDED_DATE] += has_only_its_own_time(schedule, due)
    return there_were


@settings(max_examples=300)
@given(
    queues(),
    st.sampled_from([None, None, 1, 9]),
    some_edits,
    st.sampled_from([QueueStatus.ACTIVE, QueueStatus.PAUSED]),
    st.integers(-2_000, 40_000),
    st.lists(st.integers(0, 30_000), max_size=4),
)
def test_the_ledger_has_the_old_occurrences_before_an_edit_and_the_new_ones_after_it(
    before: Queue, ends: int | None, edit: Edit, status: QueueStatus, late: int, ticks: list[int]
) -> None:
    now, before.status = before.next_scheduled_time + late * MINUTE, status
    before.ends_at = Series.of(before).calendar.instant(Series.of(before).pending) + ends * DAY if ends else None
    schedule = edited(before, edit, now)
    old, new = schedule.change.old, schedule.series
    due = until(old, now)
    reason = PAUSED if status == QueueStatus.PAUSED else SCHEDULE_CHANGED
    at_the_edit = passed_without_running(before, now, reason, schedule.goes_on_with, schedule.gone)
    worker = Steps(with_columns(schedule.change.after, schedule.columns))
    worker.clock = now
    for minutes in [*ticks, 3_000]:
        worker.clock += minutes * MINUTE
        worker.resume()
        worker.tick()
    worker.write(at_the_edit)
    assert told(worker) == expected(schedule, due, worker.clock)
    names = Counter(row.scheduled_time for row in worker.rows)
    assert all(number == 1 for number in names.values())
    assert names.keys() <= {
        *map(old.calendar.instant, [old.pending, *due]),
        *map(new.calendar.instant, until(new, worker.clock)),
    }
    if schedule.change.settles and new.time(new.pending) <= now:
        assert schedule.goes_on_with == max(slot for slot in due if old.reason_against(slot) is None)


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
    there_were = Counter([*map(old.reason_against, due), *passed_over(schedule)])
    there_were[EXCLUDED_DATE] += has_only_its_own_time(schedule, due)
    assert told(worker) <= there_were
