"""What ticks make of a queue, and its owner who runs it by hand: what runs, and what does not, with its reason."""

from datetime import datetime

from .entries import EXECUTED, SKIPPED, Entry, Problems, words
from .queue import ACTIVE, COMPLETED, LEAST, PAUSED, POST_DELETED, NotedQueue
from .will import MISSED


def tick(queue: NotedQueue, now: datetime, problems: Problems | None) -> datetime | None:
    """What a tick makes of it; returns the name of the occurrence that it ran.

    `problems`: the platforms of the post whose turn it is, with what is wrong there; None where all are gone.
    """
    can_run = problems is not None and not all(problems.values())
    due = queue.due(now)
    if can_run and _runs_alone(queue, due[0], now):
        due = due[:1]
    may_run = [slot for slot in due if not queue.will.reason_against(slot)]
    runs = bool(may_run) and queue.will.lets_run(now - queue.time(may_run[-1]))
    is_known = runs and queue.is_known(may_run[-1])
    queue.note_not_run(due, None if runs else MISSED, now)
    if not runs or is_known:
        queue.go_on(queue.first_after(now))
        return None
    slot, missed = may_run[-1], len(may_run) - 1
    name, moved_to = queue.pattern.instant(slot), queue.will.changed.get(slot)
    if problems is not None and can_run:
        good = frozenset(platform for platform, problem in problems.items() if not problem)
        queue.ledger[name] = Entry(EXECUTED, missed, now, words(problems), good, queue.original, None, moved_to)
        queue.last = queue.time(slot) if queue.fixed else now
        following = queue.pattern.next(due[-1])
        queue.go_on(following if queue.fixed else queue.pattern.slot(now + queue.pattern.step))
        queue.use()
        return name
    why = frozenset({POST_DELETED}) if problems is None else words(problems)
    queue.ledger[name] = Entry(SKIPPED, missed, now, why, moved_to=moved_to)
    queue.go_on(queue.first_after(now))
    if problems is None and queue.status == ACTIVE:
        queue.complete(POST_DELETED)
    return None


def _runs_alone(queue: NotedQueue, slot: datetime, now: datetime) -> bool:
    """Whether the pending occurrence runs, however late, and there were no others, as they are counted from its run."""
    is_free = not queue.fixed and not queue.will.reason_against(slot) and not queue.is_known(slot)
    return is_free and queue.will.lets_run(now - queue.time(slot))


def run_now(queue: NotedQueue, now: datetime, problems: Problems) -> datetime:
    """An extra run; returns its name: the first millisecond that is nothing else's."""
    name = now
    while name in queue.ledger or _is_slots(queue, name):
        name += LEAST
    good = frozenset(platform for platform, problem in problems.items() if not problem)
    queue.ledger[name] = Entry(EXECUTED, 0, now, words(problems), good, queue.original, extra=True)
    reason = "PAUSED" if queue.status == PAUSED else "MAX_EXECUTIONS_REACHED"
    due = queue.due(now)
    queue.use()
    if queue.status == COMPLETED and due:
        queue.note_not_run(due, reason, now)
        queue.go_on(queue.first_after(now))
        queue.complete("MAX_EXECUTIONS_REACHED")
    return name


def _is_slots(queue: NotedQueue, name: datetime) -> bool:
    """Whether it is the name of an occurrence."""
    slot = queue.pending
    while queue.pattern.instant(slot) < name:
        slot = queue.pattern.next(slot)
    return queue.pattern.instant(slot) == name and not queue.is_over(slot)


def end_pause(queue: NotedQueue, now: datetime) -> None:
    """What a tick makes of a pause that is over: it ends at its time, however late the tick comes."""
    assert queue.paused_until is not None
    go_on_after(queue, queue.paused_until - LEAST, now)


def go_on_after(queue: NotedQueue, moment: datetime, now: datetime) -> None:
    """The pause ends at that moment: the queue keeps its slots."""
    queue.note_not_run(queue.due(moment), "PAUSED", now)
    queue.activate()
    if queue.original is None:
        queue.complete(POST_DELETED)
    else:
        queue.go_on(queue.first_after(moment))
