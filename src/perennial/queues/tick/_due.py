"""A due queue, as a tick reads it, with what it has to run."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, Self
from uuid import UUID

from perennial.queues._batches import read_batch
from perennial.queues._rows import RawRow
from perennial.queues.ledger.known import Known, Span
from perennial.queues.recurrence.changes import has_reached_maximum
from perennial.queues.recurrence.columns import StoredQueue
from perennial.queues.recurrence.passing import Passed, passed, runs_no_more
from perennial.queues.recurrence.reasons import MAX_EXECUTIONS_REACHED
from perennial.queues.recurrence.recorded import without_recorded
from perennial.queues.rotation import Turn


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
        if has_reached_maximum(queue):
            found = runs_no_more(queue, now, MAX_EXECUTIONS_REACHED)
        lies_ahead = queue.timezone is not None and found.series.time(found.series.pending) > now
        return cls(queue, None if lies_ahead else found, now)

    @property
    def row_count(self) -> int:
        """How many rows this adds to the ledger."""
        return len(self.passed.not_run) + (self.passed.occurrence is not None) if self.passed else 0

    def span(self) -> Span | None:
        """Where the ledger may have something of this, as `unless_recorded` looks for it; None: nowhere."""
        times = list[datetime]()
        for found in (self.passed, self.passed and self.passed.otherwise):
            if found and found.occurrence:
                times += [found.occurrence.scheduled_time, found.occurrence.time]
            if found and found.not_run:
                times += [found.not_run[0].first, found.not_run[-1].last]
        return Span.of(self.queue.id, times) if times else None

    def with_turn(self, turn: Turn | None) -> Self:
        """The same, where it is this post's turn: whatever the queue's row says, what runs is read from the rows."""
        queue = self.queue
        return self._replace(queue=queue._replace(original_post_id=turn.post_id), turn=turn) if turn else self

    def if_it_does_not_run(self) -> Self:
        """The same, where what would run does not: with AFTER_EXECUTION that is true of all that is due by now."""
        if self.passed is None or self.passed.otherwise is None:
            return self
        return self._replace(passed=self.passed.otherwise)

    def unless_recorded(self, ledgers: Mapping[UUID, Known]) -> Self:
        """The same, without what the ledger has a row for.

        A version that knows no moves records an occurrence as of the time to which it was moved.
        """
        known = ledgers.get(self.queue.id)
        if self.passed is None or not known:  # as nearly always
            return self
        return self._replace(passed=_unless_recorded(self.passed, self.queue, known))


def _unless_recorded(found: Passed, queue: StoredQueue, known: Known) -> Passed:
    one, otherwise = found.occurrence, found.otherwise and _unless_recorded(found.otherwise, queue, known)
    if one and (one.scheduled_time in known or known.get(one.time, False)):
        if otherwise:
            return otherwise
        one = None
    return replace(found, occurrence=one, not_run=without_recorded(queue, found.not_run, known), otherwise=otherwise)


def read_all_due(rows: Iterable[RawRow], now: datetime, missed_after: timedelta) -> tuple[list[Due], set[UUID]]:
    """What is due by these rows, as far as a batch goes; and the ids of queues that this version cannot read."""
    return read_batch(rows, lambda queue: Due.of(queue, now, missed_after), lambda due: due.row_count)
