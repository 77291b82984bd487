"""Why did it post, or why not: what came of the occurrences of a row of the ledger, in sentences for their owner."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, time, timedelta
from functools import partial
from typing import Protocol

from perennial.core.publication_codes import ACCOUNT_MISSING, DUPLICATE_CONTENT, RECONNECT_REQUIRED
from perennial.core.states import ExecutionOutcome, Platform
from perennial.queues.ledger.local_times import in_words
from perennial.queues.ledger.published import Sent, sentence
from perennial.queues.recurrence.reasons import (
    EXCLUDED_DATE,
    INTERNAL_ERROR,
    MAX_EXECUTIONS_REACHED,
    MISSED,
    OF_SEVERAL,
    ORIGINAL_POST_DELETED,
    PAUSED,
    REPEATED_FAILURES,
    RESTORED,
    SCHEDULE_CHANGED,
    SKIPPED_BY_OWNER,
)

_PUNCTUAL = timedelta(minutes=1)

Words = Callable[[datetime], str]  # writes a time

# Why an occurrence did not run, as it was then, and what helps with that: whenever it is read, it is true.
REASONS = {
    MISSED: "the service could not run it in time, and the queue's missedRuns let nothing run that late",
    PAUSED: "the queue was paused",
    SCHEDULE_CHANGED: "no worker had come to it by the time at which its owner changed the queue's schedule",
    EXCLUDED_DATE: "the date was among the queue's excludedDates",
    SKIPPED_BY_OWNER: "it was skipped by skipOccurrence",
    MAX_EXECUTIONS_REACHED: (
        "the queue had run as often as maxExecutions allowed, and was completed; "
        "updateQueue with a higher maxExecutions, and then resumeQueue, let such a queue run again"
    ),
    RESTORED: (
        "the database was restored from a backup, and it may have run before that; "
        "the platforms show whether it did, and runQueueNow publishes what is missing"
    ),
    REPEATED_FAILURES: (
        "whatever the queue had published last had failed, so it was paused; "
        "the rows before say why, and once that is mended, resumeQueue lets such a queue run again"
    ),
    DUPLICATE_CONTENT: (
        "a platform had refused the queue's last text as a duplicate, so the queue was paused; "
        "once the text or its days are others, resumeQueue lets such a queue run again"
    ),
    ORIGINAL_POST_DELETED: "the queue's post had been deleted, so the queue was completed",
    ACCOUNT_MISSING: "no account was connected on any platform of the post; connectAccount connects one",
    RECONNECT_REQUIRED: "no account's tokens were accepted any more; connectAccount connects an account again",
}
# The same of several that one row stands for.
REASONS_OF_SEVERAL = {
    MISSED: "the service could not run them in time, and the queue's missedRuns let nothing run that late",
    PAUSED: REASONS[PAUSED],
    SCHEDULE_CHANGED: "no worker had come to them by the time at which their owner changed the queue's schedule",
    EXCLUDED_DATE: "the dates were among the queue's excludedDates",
    SKIPPED_BY_OWNER: "they were skipped by skipOccurrence",
    MAX_EXECUTIONS_REACHED: REASONS[MAX_EXECUTIONS_REACHED],
    RESTORED: (
        "the database was restored from a backup, and they may have run before that; "
        "the platforms show which did, and runQueueNow publishes what is missing, one post at a time"
    ),
}

_LEFT_OUT = {
    ACCOUNT_MISSING: "no account was connected there; connectAccount connects one",
    RECONNECT_REQUIRED: "the account's tokens were not accepted any more; connectAccount connects it again",
}
_FAULT = f"{INTERNAL_ERROR}:"


class Row(Protocol):
    """The columns of a row of the ledger that are explained."""

    @property
    def scheduled_time(self) -> datetime:
        """Its occurrence's time, or the first one's."""

    @property
    def executed_time(self) -> datetime:
        """When it ran, or was found not to run."""

    @property
    def outcome(self) -> ExecutionOutcome:
        """Whether it ran."""

    @property
    def reason(self) -> str | None:
        """Why not, or not everywhere."""

    @property
    def missed_count(self) -> int:
        """How many occurrences it stands for, if its reason is one of OF_SEVERAL; otherwise how many earlier ones."""

    @property
    def until(self) -> datetime | None:
        """The time of the last of several occurrences."""

    @property
    def moved_to(self) -> datetime | None:
        """Where the occurrence was moved to."""

    @property
    def extra(self) -> bool:
        """Whether it is no occurrence, but was asked for."""


def occurrences(row: Row) -> int:
    """How many occurrences of the queue the row accounts for."""
    if row.extra:
        return 0
    return max(row.missed_count, 1) if row.reason in OF_SEVERAL else 1 + row.missed_count


def explain(
    row: Row, timezone: str | None, sent: Sequence[Sent] | None, now: datetime, time_of_day: time | None = None
) -> str:
    """What was planned, what came of it, why, and what is to be done.

    `timezone` and `time_of_day` (of its slots; None without a zone) are the queue's; `sent` is what became of the
    clone, None where there is no clone any more.
    """
    words = partial(in_words, timezone=timezone)
    parts = [_planned(row, words, partial(words, time_of_day=time_of_day))]
    if row.outcome == ExecutionOutcome.EXECUTED:
        parts += [*_ran(row, words), *_missed_before(row)]
        parts += [_left_out(platform, reason) for platform, reason in _platforms(row.reason)]
        parts += [sentence(one, now, words) for one in sent] if sent else [_GONE]
    else:
        parts += [_did_not_run(row), *_missed_before(row)]
    return " ".join(parts)


_GONE = "Its post was deleted since, so what became of it is not known any more."


def _planned(row: Row, words: Words, of_slot: Words) -> str:
    if row.extra:
        return f"This was an extra run, asked for by runQueueNow on {words(row.scheduled_time)}."
    planned = of_slot(row.scheduled_time)
    if row.reason in OF_SEVERAL and row.until is not None:
        return f"These were {occurrences(row):,} occurrences, from {planned} to {of_slot(row.until)}."
    if row.moved_to is not None:
        return f"It was planned for {planned}, and moved to {words(row.moved_to)}."
    return f"It was planned for {planned}."


def _ran(row: Row, words: Words) -> Iterable[str]:
    """When it ran, if that was later than planned."""
    if not row.extra and row.executed_time - (row.moved_to or row.scheduled_time) >= _PUNCTUAL:
        yield f"It ran later, on {words(row.executed_time)}, as the service could not run it in time."


def _missed_before(row: Row) -> Iterable[str]:
    """The earlier ones for which the row stands."""
    if row.missed_count and row.reason not in OF_SEVERAL:
        earlier = "an earlier occurrence" if row.missed_count == 1 else f"{row.missed_count:,} earlier occurrences"
        yield f"It also stands for {earlier} that the service missed."


def _did_not_run(row: Row) -> str:
    reason = row.reason or "UNKNOWN"
    if reason.startswith(_FAULT):
        return (
            f"It failed by a fault of the service ({reason.removeprefix(_FAULT)}), and the queue went on after it. "
            "Whoever operates Perennial finds the fault in the log."
        )
    if reason in REASONS_OF_SEVERAL and row.until is not None:
        return f"They did not run: {REASONS_OF_SEVERAL[reason]}."
    if reason == SCHEDULE_CHANGED and row.moved_to and row.moved_to > row.executed_time:
        return "It did not run: the queue's schedule was changed before that time came."
    if reason in REASONS:
        return f"It did not run: {REASONS[reason]}."
    if left_out := [_left_out(platform, why) for platform, why in _platforms(reason)]:
        return " ".join(["It did not run.", *left_out])
    return f"It did not run: {reason}."


def _platforms(reason: str | None) -> Iterable[tuple[Platform, str]]:
    """The platforms that a reason names, such as ACCOUNT_MISSING:X,RECONNECT_REQUIRED:LINKEDIN."""
    for part in (reason or "").split(","):
        why, _, name = part.partition(":")
        if name in Platform.__members__:
            yield Platform[name], why


def _left_out(platform: Platform, reason: str) -> str:
    return f"{platform.label} was left out: {_LEFT_OUT.get(reason, reason)}."
