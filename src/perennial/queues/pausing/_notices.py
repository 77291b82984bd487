"""What an owner is told who has paused or resumed all queues, in sentences."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from perennial.core.errors import WarningCode
from perennial.core.instants import instant
from perennial.queues.pausing import held
from perennial.queues.pausing._forgotten import Forgotten
from perennial.queues.pausing._overdue import Overdue
from perennial.queues.settings.notices import Notice, named


def about_waiting(count: int, *, hold_scheduled: bool) -> list[Notice]:
    """This many posts of queues go out although the queues are paused."""
    if not count:
        return []
    goes, it, they = ("goes", "it", "it is") if count == 1 else ("go", "them", "they are")
    how = f"to hold {it} back" if hold_scheduled else f"and holdScheduled to stop {it}"
    message = (
        f"{_posts(count)} of queues still {goes} out, as {they} scheduled. Call this again with the same pause {how}."
    )
    return [Notice(WarningCode.STILL_SCHEDULED, message, None if hold_scheduled else "holdScheduled")]


def about_other_pauses(count: int, first_end: datetime | None) -> list[Notice]:
    """This many queues were paused already, until times of their own, of which this is the first."""
    if not count or first_end is None:
        return []
    if count == 1:
        message = f"1 queue was paused before, and goes on by itself at {instant(first_end)}"
    else:
        message = f"{count:,} queues were paused before, and go on by themselves, the first at {instant(first_end)}"
    return [Notice(WarningCode.PAUSES_THAT_END, f"{message}. Call pauseQueue or pauseQueues to change that.", "until")]


def about_ended(count: int) -> list[Notice]:
    """This many of the queues that are paused until a time end before that."""
    queues, are = ("queue ends", "it is") if count == 1 else ("queues end", "they are")
    message = f"{count:,} {queues} before the pause does: {are} completed once the pause ends."
    return [Notice(WarningCode.ENDS_WITH_PAUSE, message, "until")] if count else []


def about_all_overdue(overdue: Overdue | None) -> list[Notice]:
    """These queues were paused although they had to run already."""
    if overdue is None:
        return []
    number = f"at least {overdue.number:,}" if overdue.is_least else f"{overdue.number:,}"
    one = f"that of queue {overdue.queue_id}, {instant(overdue.time)}"
    message = (
        f"The pending time of {number} queue is given up: it had come, and the queue was paused before it ran. "
        f"It was {one}. Call runQueueNow to run it nevertheless."
    )
    if overdue.number > 1:
        which = "One" if overdue.is_least else "The first"
        message = (
            f"The pending times of {number} queues are given up: they had come, and the queues were paused before they "
            f"ran. {which} was {one}. Call runQueueNow to run one nevertheless."
        )
    return [Notice(WarningCode.PENDING_TIME_GIVEN_UP, message)]


def about_all_given_up(all_forgotten: Sequence[Forgotten]) -> list[Notice]:
    """These queues give up pending times that lay ahead; those that give up none are left out."""
    found = [(one.queue_id, one.given_up, one.next_time) for one in all_forgotten if one.given_up]
    if not found:
        return []
    queue_id, pending, time = found[0]
    first = f"queue {queue_id} does not run at {instant(pending)}, and no occurrence is left that runs before it ends"
    if time is not None:
        first = f"queue {queue_id} runs at {instant(time)} and not at {instant(pending)}"
    message = f"The pending time of 1 queue is given up: {first}."
    if len(found) > 1:
        message = f"The pending times of {len(found):,} queues are given up, the first of which: {first}."
    return [Notice(WarningCode.PENDING_TIME_GIVEN_UP, message)]


def about_all_dropped(all_forgotten: Sequence[Forgotten]) -> list[Notice]:
    """Of these queues what was skipped or moved is forgotten; those of which nothing was are left out."""
    found = [(one.queue_id, one.dropped) for one in all_forgotten if one.dropped]
    if not found:
        return []
    queue_id, names = found[0]
    queues, goes = ("1 queue", "it goes") if len(found) == 1 else (f"{len(found):,} queues", "they go")
    first = f"queue {queue_id}, {named(names)}"
    which = first if len(found) == 1 else f"the first is {first}"
    message = f"What was skipped or moved of {queues} is forgotten, as {goes} on without it: {which}."
    return [Notice(WarningCode.CHANGES_DROPPED, message)]


def about_left(count: int) -> list[Notice]:
    """There was no time to resume this many queues; none, if fewer are paused than were to stay so."""
    are, them = ("queue is", "it") if count == 1 else ("queues are", "them")
    message = f"{count:,} more {are} paused: there was no time for {them}. Call this again."
    return [Notice(WarningCode.NOT_ALL_RESUMED, message)] if count > 0 else []


def about_failed(count: int) -> list[Notice]:
    """This many queues could not be resumed."""
    queues, stay = ("queue", "stays") if count == 1 else ("queues", "stay")
    message = f"{count:,} {queues} could not be resumed, by a fault of the service, and {stay} paused."
    return [Notice(WarningCode.NOT_ALL_RESUMED, message)] if count else []


def about_ending_sooner(count: int) -> list[Notice]:
    """This many queues end sooner than an interval from now, from which they were to go on."""
    queues, it, runs = ("queue stays", "it ends", "it runs") if count == 1 else ("queues stay", "they end", "they run")
    message = (
        f"{count:,} {queues} paused, as {it} sooner than an interval from now. Call this again with from: NEXT_SLOT, "
        f"and {runs} before that."
    )
    return [Notice(WarningCode.NOT_ALL_RESUMED, message, "from")] if count else []


def about_completed(queue_ids: Sequence[UUID]) -> list[Notice]:
    """These queues were completed in place of being resumed."""
    if not queue_ids:
        return []
    count = len(queue_ids)
    queues, could = ("1 queue is", "it could") if count == 1 else (f"{count:,} queues are", "they could")
    which = "It is" if count == 1 else "The first is"
    message = (
        f"{queues} completed, as nothing is left that {could} run: statusReason says why. {which} queue {queue_ids[0]}."
    )
    return [Notice(WarningCode.ENDS_WITH_PAUSE, message)]


def about_held(count: int) -> list[Notice]:
    """This many posts of queues are drafts, and stay so."""
    stay, they, them = ("stays", "It is a draft", "it") if count == 1 else ("stay", "They are drafts", "them")
    message = (
        f"{_posts(count)} of queues {stay} unscheduled. {they}: schedulePost sends {them}, deletePost deletes {them}."
    )
    return [Notice(WarningCode.HELD_BACK, message)] if count else []


def _posts(count: int) -> str:
    """The number; no further than is counted."""
    if count > held.COUNT_MAX:
        return f"More than {held.COUNT_MAX:,} posts"
    return "1 post" if count == 1 else f"{count:,} posts"
