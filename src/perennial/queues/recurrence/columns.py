"""The columns of a queue that the rules of recurrence read and write, and the texts in two of them."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple, Protocol, TypedDict
from uuid import UUID

from perennial.core.states import Cadence, MissedRuns, OnDuplicate, QueueStatus

INTERVAL_DAYS_MIN = 1
INTERVAL_DAYS_MAX = 3_650


class Queue(Protocol):
    """The columns of a queue that these rules read."""

    @property
    def status(self) -> QueueStatus:
        """Only active queues run."""

    @property
    def interval(self) -> int | None:
        """Days between occurrences; None: they follow the rule."""

    @property
    def rule(self) -> str | None:
        """An RRULE of RFC 5545; None: the interval counts."""

    @property
    def timezone(self) -> str | None:
        """The IANA zone of whose days the occurrences are; None: they are of UTC, whose days have 24 hours."""

    @property
    def cadence(self) -> Cadence:
        """Whether the next occurrence is counted from the last occurrence or from its execution."""

    @property
    def next_local_time(self) -> str | None:
        """The pending slot. Without a zone it is here only if the pending occurrence was moved."""

    @property
    def next_scheduled_time(self) -> datetime:
        """When the pending occurrence falls due."""

    @property
    def ends_at(self) -> datetime | None:
        """No occurrence is later; None: there is no such end."""

    @property
    def excluded_dates(self) -> str | None:
        """Local dates whose occurrences do not run."""

    @property
    def changed_occurrences(self) -> str | None:
        """The occurrences ahead that the owner skipped or moved."""

    @property
    def missed_runs(self) -> MissedRuns:
        """What becomes of missed occurrences."""

    @property
    def missed_within_minutes(self) -> int | None:
        """How late the latest may run, with RUN_IF_WITHIN."""

    @property
    def execution_count(self) -> int:
        """How many times the queue has run."""

    @property
    def max_executions(self) -> int | None:
        """How many times the queue may run; None: no limit."""


class StoredQueue(NamedTuple):
    """A queue as it is read where it runs, goes on or is foreseen: columns of recurring_queues."""

    id: UUID
    clerk_user_id: str
    original_post_id: (
        UUID | None
    )  # which runs next; None: all were deleted, and the next occurrence completes the queue
    status: QueueStatus
    status_reason: str | None
    paused_until: datetime | None
    pause_reason: str | None
    resumed_time: datetime | None
    interval: int | None
    rule: str | None
    timezone: str | None
    cadence: Cadence
    next_local_time: str | None
    next_scheduled_time: datetime
    ends_at: datetime | None
    excluded_dates: str | None
    changed_occurrences: str | None
    missed_runs: MissedRuns
    missed_within_minutes: int | None
    on_duplicate: OnDuplicate
    last_executed_time: datetime | None
    execution_count: int
    max_executions: int | None


class Changes(TypedDict, total=False):
    """New values for columns of a queue."""

    status: QueueStatus
    status_reason: str | None
    paused_until: datetime | None
    pause_reason: str | None
    resumed_time: datetime
    next_local_time: str | None
    next_scheduled_time: datetime
    changed_occurrences: str | None
    last_executed_time: datetime
    execution_count: int


# Slots to the times that their occurrences were moved to; None: the occurrence is skipped.
ChangedOccurrences = Mapping[datetime, datetime | None]


def read_slot(text: str) -> datetime:
    """The slot of a column."""
    return datetime.fromisoformat(text)


def slot_text(slot: datetime) -> str:
    """The slot as a column has it: 2027-03-24T09:00:00, with milliseconds where it has any."""
    return slot.isoformat(timespec="milliseconds" if slot.microsecond else "seconds")


@lru_cache(256)
def read_dates(text: str | None) -> frozenset[date]:
    """The dates of `excluded_dates`."""
    return frozenset(map(date.fromisoformat, text.split(","))) if text else frozenset()


def dates_text(dates: Iterable[date]) -> str | None:
    """The dates as `excluded_dates` has them: sorted, each once."""
    return ",".join(one.isoformat() for one in sorted(set(dates))) or None


@lru_cache(256)
def read_changed(text: str | None) -> ChangedOccurrences:
    """The slots and times of `changed_occurrences`."""
    if not text:
        return {}
    given: dict[str, str | None] = json.loads(text)
    return {read_slot(slot): datetime.fromisoformat(time) if time else None for slot, time in given.items()}


def changed_text(changed: ChangedOccurrences) -> str | None:
    """The slots and times as `changed_occurrences` has them, in the order of the slots."""
    given = {slot_text(slot): time.astimezone(UTC).isoformat() if time else None for slot, time in changed.items()}
    return json.dumps(dict(sorted(given.items()))) if given else None
