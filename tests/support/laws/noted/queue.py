"""A queue as it should be: its occurrences, its turns and its ledger, by the arithmetic of a person with a calendar."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

from .entries import EXECUTED, SKIPPED, Entry
from .patterns import Pattern
from .will import Judged, Will, rows_of

ACTIVE, PAUSED, COMPLETED = "active", "paused", "completed"
ENDED, POST_DELETED, PAUSED_WITH_ALL = "ENDED", "ORIGINAL_POST_DELETED", "PAUSED_WITH_ALL"
LEAST = timedelta(milliseconds=1)


@dataclass
class NotedQueue:
    """A queue: its slots from the pending one on, what its owner wants of them, its posts, and its ledger."""

    id: UUID
    owner: str
    posts: list[UUID]
    pattern: Pattern
    fixed: bool
    pending: datetime
    maximum: int | None
    will: Will = field(default_factory=Will)
    ends_at: datetime | None = None
    status: str = ACTIVE
    reason: str | None = None
    paused_until: datetime | None = None
    last: datetime | None = None
    count: int = 0
    uses: dict[UUID, int] = field(default_factory=dict)  # the number of the last use
    ledger: dict[datetime, Entry] = field(default_factory=dict)

    @property
    def original(self) -> UUID | None:
        """The post whose turn it is: the least recently used, and of those never used the first."""
        return min(self.posts, key=lambda one: self.uses.get(one, 0), default=None)

    @property
    def next(self) -> datetime:
        """When the pending occurrence falls due."""
        return self.time(self.pending)

    @property
    def used_up(self) -> bool:
        """Whether it has run as often as it may."""
        return self.maximum is not None and self.count >= self.maximum

    def time(self, slot: datetime) -> datetime:
        """When the occurrence of this slot falls due."""
        return self.will.changed.get(slot) or self.pattern.instant(slot)

    def is_over(self, slot: datetime) -> bool:
        """Whether the queue has ended before it."""
        return self.ends_at is not None and self.pattern.instant(slot) > self.ends_at

    def slots(self) -> Iterator[datetime]:
        """Those from the pending one on, until the queue ends.

        Where the next is counted from the run, none comes before the pending one has its time.
        """
        slot, moved = self.pending, self.will.changed.get(self.pending)
        while not self.is_over(slot):
            yield slot
            slot = self.pattern.next(slot)
            while not self.fixed and moved and self.pattern.instant(slot) <= moved:
                slot = self.pattern.next(slot)

    def due(self, now: datetime) -> list[datetime]:
        """The slots whose occurrences have fallen due."""
        return list(takewhile(lambda slot: self.time(slot) <= now, self.slots()))

    def first_after(self, now: datetime) -> datetime | None:
        """The first slot from the pending one on whose occurrence falls due later; None: it has ended by then."""
        return next((slot for slot in self.slots() if self.time(slot) > now), None)

    def first_running(self) -> datetime | None:
        """The slot that runs first, by its owner's will; None if none does before the queue ends."""
        return next((slot for slot in self.slots() if not self.will.reason_against(slot)), None)

    def has(self, slot: datetime) -> bool:
        """Whether it is the pending slot, or a later one, of which none is known that is counted from a run."""
        if not self.fixed:
            return slot == self.pending
        return next((one for one in self.slots() if one >= slot), None) == slot

    def is_due(self, now: datetime) -> bool:
        """Whether a tick has to do something about its occurrences."""
        return self.status == ACTIVE and self.next <= now

    def pause_is_over(self, now: datetime) -> bool:
        """Whether a tick has to end its pause."""
        return self.status == PAUSED and self.paused_until is not None and self.paused_until <= now

    def go_on(self, slot: datetime | None) -> None:
        """The slot is pending; what its owner did with others stays where they are ahead. Without one it has ended."""
        if slot is None:
            self.complete(ENDED)
            return
        self.pending = slot
        if self.will.changed:
            ahead = {one: time for one, time in self.will.changed.items() if self.has(one)}
            self.will = replace(self.will, changed=ahead)
        if self.is_over(slot):
            self.complete(ENDED)

    def complete(self, reason: str) -> None:
        """It has ended."""
        self.status, self.reason, self.paused_until = COMPLETED, reason, None

    def activate(self) -> None:
        """It is paused no more."""
        self.status, self.reason, self.paused_until = ACTIVE, None, None

    def use(self) -> None:
        """It runs once more."""
        self.count += 1
        assert self.original is not None
        self.uses[self.original] = self.count
        if self.used_up:
            self.complete("MAX_EXECUTIONS_REACHED")

    def is_known(self, slot: datetime) -> bool:
        """Whether the ledger has it; or a version that knows no moves has run it, at the time to which it was moved."""
        at_its_time = self.ledger.get(self.time(slot))
        ran = at_its_time and at_its_time.outcome == EXECUTED and not at_its_time.extra and not at_its_time.moved_to
        return self.pattern.instant(slot) in self.ledger or bool(ran)

    def note_not_run(self, slots: Iterable[datetime], reason: str | None, now: datetime) -> None:
        """The rows of these neighbours, as they did not run for this reason, or by their owner's will.

        Without a reason those have none that might have run. What the ledger has already has its row.
        """
        for row in rows_of(self._judged(slot, reason) for slot in slots):
            until = row.last if row.count > 1 else None
            reasons = frozenset({row.reason})
            entry = Entry(SKIPPED, row.count, now, reasons, until=until, moved_to=row.moved_to)
            self.ledger.setdefault(row.first, entry)

    def _judged(self, slot: datetime, reason: str | None) -> Judged:
        name = self.pattern.instant(slot)
        why = None if name in self.ledger else self.will.reason_against(slot) or reason
        return Judged(name, why, self.will.changed.get(slot))
