"""Queues of all kinds that are ticked, paused and resumed by the pure functions, with what their ledgers get."""

import json
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from perennial.core.states import ExecutionOutcome, MissedRuns, QueueStatus
from perennial.queues.recurrence.changes import ResumeFrom, after_execution, after_not_executed, after_resuming
from perennial.queues.recurrence.columns import dates_text, slot_text
from perennial.queues.recurrence.passing import NotRun, Occurrence, passed, passed_without_running
from perennial.queues.recurrence.reasons import PAUSED
from perennial.queues.recurrence.series import Series
from support.queues import Queue

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = date(2026, 9, 20)  # before clocks are put back, and a lost Sunday or two
ZONES = [None, "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]
RULES = [None, "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYDAY=1SU,3TH"]
HOURS = [(0, 0), (1, 30), (2, 30), (9, 0), (23, 59)]


@st.composite
def queues(draw: st.DrawFn) -> Queue:
    """Queues of all kinds, with dates that are excluded, and slots ahead that are skipped, or moved a little."""
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
    for place in draw(st.lists(st.integers(0, 38), max_size=6, unique=True)):
        later = draw(st.none() | st.integers(-11, 11).filter(bool))
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

    def tick(self, *, can_run: bool = True) -> None:
        if self.queue.status != QueueStatus.ACTIVE or self.queue.next_scheduled_time > self.clock:
            return
        found = passed(self.queue, self.clock, 5 * MINUTE)
        found = found if can_run else found.otherwise or found
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
        assert self.queue.next_scheduled_time > self.clock or self.queue.status == QueueStatus.COMPLETED


def _executed(one: Occurrence) -> Any:
    return _row(one.scheduled_time, ExecutionOutcome.EXECUTED, None, one.missed_count)


def _skipped(one: NotRun) -> Any:
    return _row(one.first, ExecutionOutcome.SKIPPED, one.reason, one.count)


def _row(time: datetime, outcome: ExecutionOutcome, reason: str | None, count: int) -> Any:
    return SimpleNamespace(scheduled_time=time, outcome=outcome, reason=reason, missed_count=count, extra=False)
