"""What becomes of the occurrences that a queue had, once a change of its schedule gives it a new series of them."""

from datetime import datetime, timedelta
from itertools import takewhile

from perennial.core.states import Cadence, QueueStatus
from perennial.queues.recurrence.passing import runs_so_late
from perennial.queues.recurrence.series import Series, due_run
from perennial.queues.settings.rescheduling import Rescheduling


def goes_on_with(change: Rescheduling, series: Series) -> datetime | None:
    """The old slot whose occurrence is the new series' pending one; None: that is another occurrence.

    What fell due of a paused queue has passed, unless its owner gives it another time.
    """
    if not change.is_same and change.before.status != QueueStatus.ACTIVE:
        return None
    slot = change.was(series.pending)
    return slot if change.old.has(slot) else None


def gone(change: Rescheduling, series: Series) -> list[datetime]:
    """The old slots, in order, of occurrences that have passed, and that no tick finds: the new series lacks them.

    Some had fallen due after the occurrence that is left to a tick. Others were moved to a time ahead, and their own
    time has passed.
    """
    return [*_due_after_the_one_left(change, series), *_moved_ahead(change, series)]


def given_up(change: Rescheduling, series: Series, missed_after: timedelta, *, is_given: bool) -> datetime | None:
    """When the occurrence was to run that the queue had pending, and that does not run any more; None: there is none.

    It had fallen due, and the next tick would have run it: by the queue's policy, if that is later than `missed_after`,
    and it is missed. Or it lies ahead, and another zone does not have its time.
    Or it was moved to a time ahead, and is `gone`. An owner who gives the time at which the queue runs knows of that.
    """
    old, due = change.old, due_run(change.before, change.now)
    if due is not None:
        kept, time = goes_on_with(change, series), old.time(due)
        has_passed = kept is None or kept > due
        return time if has_passed and runs_so_late(change.before, change.now - time, missed_after) else None
    first = old.first_running()
    if is_given or change.before.status == QueueStatus.COMPLETED or first is None or old.time(first) <= change.now:
        return None
    if change.before.timezone == change.after.timezone:
        # Who resumes a queue hears of its pending time anyway.
        stays = change.before.status != QueueStatus.ACTIVE or first not in _moved_ahead(change, series)
    else:
        slot = change.carried(first)
        stays = series.has(slot) and (slot in series.changed or change.was(slot) == first)
    return None if stays else old.time(first)


def dropped(change: Rescheduling, series: Series, *, is_given: bool) -> list[datetime]:
    """The names, as they were, of the occurrences ahead that were skipped or moved and no longer are.

    Where the owner has `given` the time at which the queue runs next, they know of the one that was to run next,
    and of the one that runs then.
    """
    old, shown = change.old, change.old.first_running() if is_given else None
    return [
        old.calendar.instant(slot)
        for slot in sorted(old.changed)
        if old.time(slot) > change.now
        and (one := change.carried(slot)) not in series.changed
        and not (is_given and (slot == shown or one == series.pending))
    ]


def _due_after_the_one_left(change: Rescheduling, series: Series) -> list[datetime]:
    """The old slots after the one that is left to a tick that had fallen due, and that the new series does not have."""
    old, kept = change.old, goes_on_with(change, series)
    if kept is None or not change.settles or series.time(series.pending) > change.now:
        return []
    if change.after.cadence == Cadence.AFTER_EXECUTION:  # there are no others: the next is counted from its run
        return []
    last = old.latest(change.now)
    due = takewhile(lambda slot: slot <= last, old.from_slot(kept))
    return [slot for slot in due if not series.has(change.carried(slot))]


def _moved_ahead(change: Rescheduling, series: Series) -> list[datetime]:
    """The old slots that have passed, were moved to a time ahead, and that the new series does not have."""
    old, now = change.old, change.now
    moved = [slot for slot in sorted(old.changed) if old.calendar.instant(slot) <= now < old.time(slot)]
    return [slot for slot in moved if old.has(slot) and not series.has(change.carried(slot))]
