"""What an edit of a queue's days has to keep: the old occurrences until then, the new ones after it, none twice.

Which of its owner's skips and moves stay is the queue's own word, `found`, and held to be possible.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import dropwhile, islice, takewhile

from .patterns import Pattern
from .queue import ACTIVE, COMPLETED, PAUSED, NotedQueue
from .rescheduling import note_waiting, waiting
from .will import PAUSED as PAUSED_THEN
from .will import SCHEDULE_CHANGED

Changed = Mapping[datetime, datetime | None]


@dataclass(frozen=True)
class Edit:
    """The settings from now on."""

    pattern: Pattern
    excluded: frozenset[date]
    ends_at: datetime | None


def change_days(queue: NotedQueue, edit: Edit, found: Changed, now: datetime) -> None:
    """The queue has other occurrences. What fell due of those that it had is settled, but for what a tick runs."""
    before = replace(queue)  # with the same ledger
    due = before.due(now) if before.status != COMPLETED else []
    carried, was = _carriers(before.pattern, edit.pattern)
    is_same = edit.pattern.has_days_of(before.pattern) and edit.excluded == before.will.excluded
    has_others = not is_same or _goes_on(before, edit, now)
    queue.pattern, queue.ends_at = edit.pattern, edit.ends_at
    queue.will = replace(queue.will, excluded=edit.excluded, changed=dict(found))
    if left := _left(before, queue, due if has_others else [], now, carried, was):
        queue.pending = left
    elif has_others:
        queue.pending = _first_ahead(before, queue, carried(due[-1] if due else before.pending), due, now)
    if before.status != COMPLETED:
        _note_passed(before, queue, due, now, carried)
    check_kept({carried(slot): to for slot, to in before.will.changed.items()}, queue)


def _carriers(old: Pattern, new: Pattern) -> tuple[Callable[[datetime], datetime], Callable[[datetime], datetime]]:
    """What a slot becomes, and was: its wall time stays in another zone, its instant where there is or was none."""
    if bool(old.zone) == bool(new.zone):
        return (lambda slot: slot), (lambda slot: slot)
    return (lambda slot: new.slot(old.instant(slot))), (lambda slot: old.slot(new.instant(slot)))


def _goes_on(before: NotedQueue, edit: Edit, now: datetime) -> bool:
    """Whether it had ended, and does not any more."""
    return before.ends_at is not None and before.ends_at <= now and edit.ends_at != before.ends_at


def _left(
    before: NotedQueue,
    queue: NotedQueue,
    due: list[datetime],
    now: datetime,
    carried: Callable[[datetime], datetime],
    was: Callable[[datetime], datetime],
) -> datetime | None:
    """What the next tick runs of all that was due: the latest that may, or the pending one if others count from it.

    It has to be an occurrence still, and those after it by now to have been due, and to run or not, as before.
    """
    may_run = [slot for slot in due if not before.will.reason_against(slot)] if before.status == ACTIVE else []
    if not may_run:
        return None
    runs = due[0] if not queue.fixed and due[0] in may_run else may_run[-1]
    slot = carried(runs)
    if not queue.pattern.has_day(slot) or slot.date() in queue.will.excluded:
        return None
    ahead = replace(queue, pending=slot)
    after = [one for one in ahead.due(now) if one != slot]
    were = [one for one in after if was(one) in due]
    same = all(queue.will.reason_against(one) == before.will.reason_against(was(one)) for one in were)
    return slot if were == after and same else None


def _first_ahead(before: NotedQueue, queue: NotedQueue, slot: datetime, due: list[datetime], now: datetime) -> datetime:
    """It goes on from this slot, the last that fell due or else the pending one, and after now."""
    start = slot if queue.pattern.has_day(slot) else queue.pattern.next(slot)
    ahead = replace(queue, pending=start, ends_at=None)
    stays = queue.pattern.has_days_of(before.pattern)
    if stays and before.will.changed.get(slot) and slot.date() in queue.will.excluded:  # it was moved away from it
        stays = queue.is_over(following := queue.pattern.next(slot)) or queue.time(following) > now
    if stays and not due:
        return slot
    first, following = islice(dropwhile(lambda one: ahead.time(one) <= now, ahead.slots()), 2)
    had_come = [before.pattern.instant(one) for one in due]  # where it was moved to an earlier time
    return following if queue.pattern.instant(first) in had_come else first


def _note_passed(
    before: NotedQueue, queue: NotedQueue, due: list[datetime], now: datetime, carried: Callable[[datetime], datetime]
) -> None:
    """The rows of what is no occurrence any more: what comes before all that is left is told together."""
    has_passed = before.status == PAUSED and not queue.pattern.has_days_of(before.pattern)
    left = [] if has_passed else [slot for slot in due if queue.has(carried(slot))]
    reason = PAUSED_THEN if before.status == PAUSED else SCHEDULE_CHANGED
    before.note_not_run(takewhile(lambda slot: slot not in left, due), reason, now)
    if queue.fixed and left and queue.next <= now:
        later = dropwhile(lambda slot: slot not in left, due)
        note_waiting(before, [slot for slot in later if slot not in left], now)
    note_waiting(before, [slot for slot in waiting(before, now) if not queue.has(carried(slot))], now)


def check_kept(before: Changed, queue: NotedQueue) -> None:
    """What is skipped or moved now was so before, or the ledger has it; what is not any more could not stay so."""
    found = queue.will.changed
    for slot, to in found.items():
        assert queue.has(slot)
        assert to is None or _lies_between(queue, slot, to)
        is_recorded = queue.pattern.instant(slot) in queue.ledger
        assert (slot in before and before[slot] == to) or (to is None and is_recorded)
    for slot, to in before.items():
        if slot not in found and queue.has(slot):
            away = slot.date() in queue.will.excluded and to is not None
            assert away or (to is not None and not _lies_between(queue, slot, to))


def _lies_between(queue: NotedQueue, slot: datetime, time: datetime) -> bool:
    """Whether the time is between those of the neighbours."""
    following = queue.pattern.next(slot)
    before = list(takewhile(lambda one: one < slot, queue.slots()))[-1:]
    is_later = all(queue.time(one) < time for one in before)
    return is_later and (not queue.fixed or queue.is_over(following) or time < queue.time(following))
