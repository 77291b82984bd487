"""A due queue, as a tick reads it, with what it has to run."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, Self
from uuid import UUID

from perennial.queues._batches import read_batch
from perennial.queues._rows import RawRow
from perennial.queues.recurrence.columns import StoredQueue
from perennial.queues.recurrence.passing import Passed, passed
from perennial.queues.rotation import Turn

# The rows by queue and scheduled time: whether an occurrence ran there at its own time, as far as that row knows.
Ledger = Mapping[tuple[UUID, datetime], bool]


class Due(NamedTuple):
    """A due queue, what has passed of it, and the time of the decision.

    Nothing has passed where its time zone has got new rules, by which the pending slot lies ahead.
    """

    queue: StoredQueue
    passed: Passed | None
    now: datetime
    turn: Turn | None = None  # in the rotation of the queue's posts; None: it has a single post

    @classmethod
    def of(cls, queue: StoredQueue, now: datetime, missed_after: timedelta) -> Self:
        """Computes what the queue has to run at `now`; what is later than `missed_after` is missed."""
        found = passed(queue, now, missed_after)
        lies_ahead = queue.timezone is not None and found.series.time(found.series.pending) > now
        return cls(queue, None if lies_ahead else found, now)

    def scheduled_times(self) -> list[datetime]:
        """The keys of the rows that this adds to the ledger."""
        if self.passed is None:
            return []
        occurrence = [self.passed.occurrence.scheduled_time] if self.passed.occurrence else []
        return occurrence + [one.first for one in self.passed.not_run]

    def earliest_key(self) -> datetime | None:
        """The first time at which the ledger may have something of this, as `unless_recorded` looks for it."""
        moved_to = [self.passed.occurrence.time] if self.passed and self.passed.occurrence else []
        return min(self.scheduled_times() + moved_to, default=None)

    def with_turn(self, turn: Turn | None) -> Self:
        """The same, where it is this post's turn: whatever the queue's row says, what runs is read from the rows."""
        queue = self.queue
        return self._replace(queue=queue._replace(original_post_id=turn.post_id), turn=turn) if turn else self

    def if_it_does_not_run(self) -> Self:
        """The same, where what would run does not: with AFTER_EXECUTION that is true of all that is due by now."""
        if self.passed is None or self.passed.otherwise is None:
            return self
        return self._replace(passed=self.passed.otherwise)

    def unless_recorded(self, ledger: Ledger) -> Self:
        """The same, without what the ledger has a row for.

        A version that knows no moves records an occurrence as of the time to which it was moved.
        """
        if self.passed is None:
            return self
        return self._replace(passed=_unless_recorded(self.passed, self.queue.id, ledger))


def _unless_recorded(found: Passed, queue_id: UUID, ledger: Ledger) -> Passed:
    one, otherwise = found.occurrence, found.otherwise and _unless_recorded(found.otherwise, queue_id, ledger)
    if one and ((queue_id, one.scheduled_time) in ledger or ledger.get((queue_id, one.time), False)):
        if otherwise:
            return otherwise
        one = None
    not_run = tuple(each for each in found.not_run if (queue_id, each.first) not in ledger)
    if one is found.occurrence and otherwise is found.otherwise and len(not_run) == len(found.not_run):
        return found  # as nearly always
    return replace(found, occurrence=one, not_run=not_run, otherwise=otherwise)


def read_all_due(rows: Iterable[RawRow], now: datetime, missed_after: timedelta) -> tuple[list[Due], set[UUID]]:
    """What is due by these rows, as far as a batch goes; and the ids of queues that this version cannot read."""
    return read_batch(rows, lambda queue: Due.of(queue, now, missed_after), lambda due: len(due.scheduled_times()))
