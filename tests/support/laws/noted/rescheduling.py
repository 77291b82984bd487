"""Where a queue goes on when its owner says so: at a time, or with what it has ahead."""

from dataclasses import replace
from datetime import datetime

from .queue import COMPLETED, PAUSED, NotedQueue
from .will import SCHEDULE_CHANGED


def slot_given(queue: NotedQueue, time: datetime) -> datetime | None:
    """The slot that an owner means by the time; None if the queue cannot run then, or has done so already."""
    first = queue.first_running()
    if first is not None and queue.time(first) == time:  # it runs then anyway
        return None if queue.pattern.instant(first) in queue.ledger else queue.pending
    slot, pattern = slot_meant(queue, time), queue.pattern
    refused = slot is None or slot.date() in queue.will.excluded or queue.is_over(slot)
    return None if slot is None or refused or pattern.instant(slot) in queue.ledger else slot


def shown(queue: NotedQueue) -> datetime:
    """The time at which it runs next, as it shows it."""
    return queue.time(queue.first_running() or queue.pending)


def slot_meant(queue: NotedQueue, time: datetime) -> datetime | None:
    """The slot of the occurrence that was moved to the time, or has it as its own, else the wall time, if it is one."""
    for slot, to in queue.will.changed.items():
        if to == time:
            return slot
    slot, pattern = queue.pending, queue.pattern
    while pattern.instant(slot) < time:
        slot = pattern.next(slot)
    if pattern.instant(slot) == time and not queue.is_over(slot):
        return slot
    return pattern.slot(time) if pattern.fits(time) else None


def resume_at(queue: NotedQueue, slot: datetime, time: datetime | None, now: datetime) -> None:
    """The queue is active again, from this slot on. What fell due of a paused queue did not run."""
    if queue.status == PAUSED:
        queue.note_not_run(queue.due(now), "PAUSED", now)
    begin_at(queue, slot, time, now)
    queue.activate()


def begin_at(queue: NotedQueue, slot: datetime, time: datetime | None, now: datetime) -> None:
    """The queue goes on with this slot, which runs at the time if one was given, and has no occurrence twice.

    One that was moved to a time ahead has its row, if it is passed over and its own time is past.
    """
    pass_over(queue, slot, time, now)
    skip_recorded(queue)


def pass_over(queue: NotedQueue, slot: datetime, time: datetime | None, now: datetime) -> None:
    """The queue goes on with this slot; what the ledger has already may come again."""
    runs_then_anyway = slot == queue.pending and queue.pattern.instant(slot) != time
    before = replace(queue)  # with the same ledger
    if time and queue.will.changed.get(slot) != time and not runs_then_anyway:
        others = {one: to for one, to in queue.will.changed.items() if one != slot}
        queue.will = replace(queue.will, changed=others)
    queue.go_on(slot)
    if before.status != COMPLETED:
        note_waiting(before, [one for one in waiting(before, now) if not queue.has(one)], now)


def waiting(queue: NotedQueue, now: datetime) -> list[datetime]:
    """The slots whose own times have passed, and that were moved to a time ahead."""
    moved = sorted((slot, to) for slot, to in queue.will.changed.items() if to)
    return [slot for slot, to in moved if queue.pattern.instant(slot) <= now < to]


def note_waiting(queue: NotedQueue, slots: list[datetime], now: datetime) -> None:
    """The rows of occurrences that no tick finds any more: each has its own."""
    for slot in slots:
        queue.note_not_run([slot], SCHEDULE_CHANGED, now)


def skip_recorded(queue: NotedQueue) -> None:
    """What the ledger has already, since it ran before its time, does not run a second time."""
    changed = dict(queue.will.changed)
    for name in queue.ledger:
        slot = queue.pending
        while queue.fixed and queue.pattern.instant(slot) < name:
            slot = queue.pattern.next(slot)
        if queue.pattern.instant(slot) == name and not queue.is_over(slot):
            changed[slot] = None
    queue.will = replace(queue.will, changed=changed)


def keeps_slots(queue: NotedQueue) -> bool:
    """Whether it has a rule or a zone."""
    return queue.pattern.interval is None or queue.pattern.zone is not None


def from_now(queue: NotedQueue, now: datetime) -> datetime:
    """A step from now."""
    return queue.pattern.slot(now + queue.pattern.step)


def slot_by_default(queue: NotedQueue, now: datetime) -> datetime | None:
    """A step from now, where there are no slots to keep, unless it has ended by then; otherwise the next one ahead."""
    if not keeps_slots(queue) and not queue.is_over(slot := from_now(queue, now)):
        return slot
    return queue.first_after(now)
