"""What an owner said of single occurrences, and of missed ones; the simulation judges by it too."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

RUN_LATEST, SKIP, RUN_IF_WITHIN = "run_latest", "skip", "run_if_within"
MISSED, PAUSED, EXCLUDED_DATE, SKIPPED_BY_OWNER = "MISSED", "PAUSED", "EXCLUDED_DATE", "SKIPPED_BY_OWNER"
USED_UP, SCHEDULE_CHANGED = "MAX_EXECUTIONS_REACHED", "SCHEDULE_CHANGED"
MISSED_AFTER = timedelta(minutes=5)


@dataclass
class Will:
    """What an owner wants of a queue's occurrences."""

    policy: str = RUN_LATEST
    within: timedelta = timedelta()
    excluded: frozenset[date] = frozenset()
    changed: dict[datetime, datetime | None] = field(default_factory=dict)  # moved to, or None: skipped

    def reason_against(self, slot: datetime) -> str | None:
        """Why the occurrence does not run; None: it may."""
        if slot.date() in self.excluded:
            return EXCLUDED_DATE
        return SKIPPED_BY_OWNER if slot in self.changed and self.changed[slot] is None else None

    def lets_run(self, late: timedelta) -> bool:
        """Whether the latest runs that is so late."""
        if late <= MISSED_AFTER or self.policy == RUN_LATEST:
            return True
        return self.policy == RUN_IF_WITHIN and late <= self.within


class Judged(NamedTuple):
    """An occurrence that has passed: why it did not run; None: it did, or has a row already."""

    instant: datetime
    reason: str | None
    moved_to: datetime | None


@dataclass(frozen=True)
class Row:
    """A row of the ledger that stands for occurrences that did not run; one that was moved has a row of its own."""

    first: datetime
    last: datetime
    count: int
    reason: str
    moved_to: datetime | None = None


def rows_of(judged: Iterable[Judged]) -> Iterator[Row]:
    """The rows of these, which are neighbours in their order: one for those together that have one reason."""
    for (reason, _), group in groupby(judged, lambda one: (one.reason, one.instant if one.moved_to else None)):
        found = list(group)
        if reason is not None:
            yield Row(found[0].instant, found[-1].instant, len(found), reason, found[0].moved_to)
