"""Every occurrence is in the ledger exactly once, whatever becomes of the queue: a law of the pure functions."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import takewhile
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.queues import Queue

from perennial.core.errors import InvalidInput
from perennial.core.states import ExecutionOutcome, MissedRuns, QueueStatus
from perennial.queues.ledger.explanation import occurrences
from perennial.queues.recurrence.changes import ResumeFrom, after_execution, after_not_executed, after_resuming
from perennial.queues.recurrence.columns import dates_text, slot_text
from perennial.queues.recurrence.passing import NotRun, Occurrence, is_due, passed, passed_without_running
from perennial.queues.recurrence.reasons import PAUSED
from perennial.queues.recurrence.recorded import without_recorded
from perennial.queues.recurrence.series import Series
from perennial.queues.settings.schedules import changed_schedule, with_columns

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
START = date(2026, 9, 20)  # before clocks are put back, and a lost Sunday or two
ZONES = [None, "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]
RULES = [None, "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYDAY=1SU,3TH"]
HOURS = [(0, 0), (1, 30), (2, 30), (9, 0), (23, 59)]


@st.composite
def queues(draw: st.DrawFn) -> Queue:
    """Queues of all kinds; each has dates that are excluded, and slots ahead that are skipped or moved a little."""
    rule, interval = draw(st.sampled_from(RULES)), draw(st.integers(1, 9))
    hour, minute = draw(st.sampled_from(HOURS))
    queue = Queue(
        rule=rule,
        interval=None if rule else interval,
        timezone=draw(st.sampled_from(ZONES)),
        missed_runs=draw(st.sampled_from(MissedRuns)),
        missed_within_minutes=draw(st.integers(1, 3_000)),
        excluded_dates=dates_text(START + DAY * day for day in draw(st.lists(st.integers(0, 200), max_size=20))),
    )
    wanted = datetime.combine(START, datetime.min.time()).replace(hour=hour, minute=minute)
    queue.next_local_time = slot_text(wanted)  # only its time of day counts
    first = Series.of(queue).calendar.nearest(wanted)[1]
    assert first is not None
    queue.next_local_time = slot_text(first)
    series, changed = Series.of(queue), {}
    slots = [slot for slot, _ in zip(series.from_pending(), range(40), strict=False)]
    for place in draw(st.lists(st.integers(1, 38), max_size=6, unique=True)):
        later = draw(st.none() | st.integers(1, 11))
        changed[slot_text(slots[place])] = (
            None if later is None else (series.calendar.instant(slots[place]) + later * timedelta(hours=1)).isoformat()
        )
    queue.changed_occurrences = json.dumps(changed) if changed else None
    queue.next_scheduled_time = Series.of(queue).time(first)
    return queue


class Steps:
    """A queue that is ticked, paused and resumed, with what its ledger gets."""

    def __init__(self, queue: Queue) -> None:
        self.queue, self.rows, self.clock = queue, list[Any](), queue.next_scheduled_time - MINUTE

    def tick(self) -> None:
        if self.queue.status != QueueStatus.ACTIVE or self.queue.next_scheduled_time > self.clock:
            return
        found = passed(self.queue, self.clock, 5 * MINUTE)
        self.write(found.not_run)
        if found.occurrence is None:
            self.change(after_not_executed(self.queue, self.clock))
        else:
            self.rows.append(_executed(found.occurrence))
            self.change(after_execution(self.queue, found, found.occurrence, self.clock))

    def resume(self) -> None:
        if self.queue.status == QueueStatus.PAUSED:
            self.write(passed_without_running(self.queue, self.clock, PAUSED))
            self.change(after_resuming(self.queue, self.clock, ResumeFrom.NEXT_SLOT))

    def pause(self) -> None:
        if self.queue.status == QueueStatus.ACTIVE:
            self.queue.status = QueueStatus.PAUSED

    def write(self, all_not_run: tuple[NotRun, ...]) -> None:
        self.rows += [_skipped(one) for one in all_not_run]

    def change(self, changes: Any) -> None:
        vars(self.queue).update({name: value for name, value in changes.items() if hasattr(self.queue, name)})
        assert self.queue.next_scheduled_time > self.clock


def _executed(one: Occurrence) -> Any:
    return _row(one.scheduled_time, ExecutionOutcome.EXECUTED, None, one.missed_count)


def _skipped(one: NotRun) -> Any:
    return _row(one.first, ExecutionOutcome.SKIPPED, one.reason, one.count)


def _row(time: datetime, outcome: ExecutionOutcome, reason: str | None, count: int) -> Any:
    return SimpleNamespace(scheduled_time=time, outcome=outcome, reason=reason, missed_count=count, extra=False)


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


EDITS = [
    *({"interval": days, "rule": None} for days in (1, 2, 5)),
    *({"interval": None, "rule": rule} for rule in RULES[1:]),
    {"excluded_dates": None},
    {"excluded_dates": dates_text(START + DAY * day for day in range(0, 200, 3))},
]


@given(queues(), st.sampled_from(EDITS), st.sampled_from([QueueStatus.ACTIVE, QueueStatus.PAUSED]), st.integers(0, 60))
def test_what_has_fallen_due_before_an_edit_is_in_the_ledger_once_whatever_comes_next(
    before: Queue, edit: dict[str, Any], status: QueueStatus, days: int
) -> None:
    """Its rows are those of the edit and of the tick after it, which finds nothing else than what it was to find."""
    before.status, now = status, before.next_scheduled_time + days * DAY
    old, after = Series.of(before), replace(before, **edit)
    due = list(takewhile(lambda slot: old.time(slot) <= now, old.from_pending()))
    try:
        schedule = changed_schedule(before, after, edit, now)
    except InvalidInput:  # one was moved to a date that would be excluded
        return
    if not schedule.change.settles:
        return
    rows = passed_without_running(before, now, PAUSED, schedule.goes_on_with, schedule.gone)
    names = [slot for row in rows for slot in due if row.first <= old.calendar.instant(slot) <= row.last]
    assert sum(row.count for row in rows) == len(names)
    runs = next((slot for slot in reversed(due) if old.reason_against(slot) is None), None)
    changed = with_columns(after, schedule.columns)
    if not is_due(changed, now):
        assert sorted(names) == due
        return
    new, found = Series.of(changed), passed(changed, now, 5 * MINUTE)
    assert new.pending == runs
    names += takewhile(lambda slot: new.time(slot) <= now, new.from_pending())
    assert len(set(names)) == len(names), "none of what the tick finds has a row already"
    assert set(names) >= set(due)
    assert found.following is None or new.time(found.following) > now
