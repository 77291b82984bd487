"""Where a queue goes on when its owner says so: at a time, or with what it has ahead."""

from dataclasses import replace
from datetime import datetime

from .patterns import Pattern
from .queue import ACTIVE, COMPLETED, PAUSED, NotedQueue


def slot_given(queue: NotedQueue, time: datetime) -> datetime | None:
    """The slot that an owner means by the time; None if the queue cannot run then, or has done so already."""
    slot, pattern = queue.pending, queue.pattern
    while queue.is_skipped(slot):
        slot = queue.after(slot)
    if queue.time(slot) == time:  # it runs then anyway
        return None if pattern.instant(slot) in queue.ledger else queue.pending
    moved = [one for one, to in queue.changed.items() if to == time]
    slot = moved[0] if moved else queue.pending
    while not moved and pattern.instant(slot) < time:
        slot = pattern.next(slot)
    if not moved and pattern.instant(slot) != time:
        slot = pattern.slot(time)
        if not pattern.fits(time):
            return None
    return None if pattern.instant(slot) in queue.ledger else slot


def begin_at(queue: NotedQueue, slot: datetime, time: datetime | None, now: datetime) -> None:
    """The queue goes on with this slot, which runs at the time if one was given, and has no occurrence twice.

    One that was moved to a time ahead has its row, if it is passed over and its own time is past.
    """
    runs_then_anyway = slot == queue.pending and queue.pattern.instant(slot) != time
    if time and queue.changed.get(slot) != time and not runs_then_anyway:
        queue.changed.pop(slot, None)
    before = replace(queue)  # with the same ledger
    queue.go_on(slot)
    for one, to in before.changed.items() if queue.status != COMPLETED else ():
        if to and queue.pattern.instant(one) <= now < to and not queue.has(one):
            before.note_not_run([one], [one], now, "SCHEDULE_CHANGED")
    skip_recorded(queue)


def change_pattern(queue: NotedQueue, pattern: Pattern, now: datetime) -> None:
    """It has other slots from now on. What has fallen due is settled by those that it had, but for what a tick runs.

    That is the last that may run; where the next is counted from the run, the first. It does not run where others would
    have fallen due after it that are none of those that it had.
    """
    due = queue.due(now) if pattern != queue.pattern else []
    runs = _left(queue, due, pattern, now)
    if runs:
        place = due.index(runs)
        queue.note_not_run(due[:place], due, now, "SCHEDULE_CHANGED")
        queue.pattern, queue.pending = pattern, runs
        for slot in due[place + 1 :] if queue.fixed else []:
            if not queue.has(slot):  # the tick finds the others
                queue.note_not_run([slot], due, now, "SCHEDULE_CHANGED")
    elif due:
        if queue.status != COMPLETED:
            queue.pass_by(now, "PAUSED" if queue.status == PAUSED else "SCHEDULE_CHANGED", now)
            queue.pending = due[-1]
        queue.pattern = pattern
        queue.pending = queue.first_after(now)
    queue.pattern = pattern
    queue.go_on(queue.pending)
    skip_recorded(queue)


def _left(queue: NotedQueue, due: list[datetime], pattern: Pattern, now: datetime) -> datetime | None:
    """The slot that the next tick runs although the queue has this pattern by then; None: there is none."""
    may_run = [slot for slot in due if not queue.is_skipped(slot)] if queue.status == ACTIVE else []
    if not may_run:
        return None
    runs = due[0] if not queue.fixed and due[0] in may_run else may_run[-1]
    slot = pattern.next(runs)
    while pattern.instant(slot) <= now:
        if slot not in due:
            return None
        slot = pattern.next(slot)
    return runs


def skip_recorded(queue: NotedQueue) -> None:
    """What the ledger has already, since it ran before its time, does not run a second time."""
    for name in queue.ledger:
        slot = queue.pending
        while queue.fixed and queue.pattern.instant(slot) < name:
            slot = queue.pattern.next(slot)
        if queue.pattern.instant(slot) == name:
            queue.changed[slot] = None


def slot_by_default(queue: NotedQueue, now: datetime) -> datetime:
    """A step from now, where there are no slots to keep; otherwise the pending one, or the next one ahead."""
    if queue.pattern.interval and not queue.pattern.zone:
        return queue.pattern.slot(now + queue.pattern.step)
    return queue.first_after(now)
