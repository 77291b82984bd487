"""What becomes of the occurrences that a queue had, once a change of its schedule gives it a new series of them."""

from datetime import datetime
from itertools import takewhile

from perennial.core.states import Cadence, QueueStatus
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
    """The old slots that have passed, and that no tick finds, besides those before the one that is pending from now on.

    They have fallen due after that one, and are none of the new series; where occurrences are counted from the last
    execution, none has. Or it is one that was moved to a time ahead, and its own time has passed.
    """
    old = change.old
    if _is_passed_over(change, series):
        return [old.pending]
    kept = goes_on_with(change, series)
    if kept is None or not change.settles or series.time(series.pending) > change.now:
        return []
    last = old.latest(change.now) if change.after.cadence == Cadence.FIXED else kept
    due = takewhile(lambda slot: slot <= last, old.from_slot(kept))
    return [slot for slot in due if not series.has(change.carried(slot))]


def given_up(change: Rescheduling, series: Series, *, is_given: bool) -> datetime | None:
    """When the occurrence was to run that the queue had pending, and that does not run any more; None: there is none.

    It had fallen due, and the next tick would have run it. Or it lies ahead, and cannot keep its time beside other
    settings; an owner who gives a time, or asks for other days, knows of that.
    """
    old, due = change.old, due_run(change.before, change.now)
    if due is not None:
        kept = goes_on_with(change, series)
        return None if kept is not None and kept <= due else old.time(due)
    if is_given or change.before.status != QueueStatus.ACTIVE:
        return None
    if _is_passed_over(change, series):
        return old.time(old.pending) if old.reason_against(old.pending) is None else None
    is_other_zone = change.before.timezone != change.after.timezone
    first = old.first_running() if is_other_zone else None
    if first is None or old.time(first) <= change.now:
        return None
    slot = change.carried(first)
    stays = slot >= series.pending and series.has(slot) and (slot in series.changed or change.was(slot) == first)
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


def _is_passed_over(change: Rescheduling, series: Series) -> bool:
    """Whether the pending occurrence was moved to a time ahead, and the queue goes on after its own, which is past."""
    old = change.old
    is_waiting = old.calendar.instant(old.pending) <= change.now < old.time(old.pending)
    return is_waiting and series.pending > change.carried(old.pending)
