"""A queue as it should be, and what becomes of it, by the arithmetic of a person with a calendar."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from .entries import EXECUTED, SKIPPED, Entry, Problems, words
from .patterns import Pattern

ACTIVE, PAUSED, COMPLETED = "active", "paused", "completed"
SKIPPED_BY_OWNER = "SKIPPED_BY_OWNER"
LEAST = timedelta(milliseconds=1)


@dataclass
class NotedQueue:
    """A queue: its slots from the pending one on, what its owner did with some of them, its posts, and its ledger."""

    id: UUID
    owner: str
    posts: list[UUID]
    pattern: Pattern
    fixed: bool
    pending: datetime
    maximum: int | None
    status: str = ACTIVE
    reason: str | None = None
    paused_until: datetime | None = None
    last: datetime | None = None
    count: int = 0
    uses: dict[UUID, int] = field(default_factory=dict)  # the number of the last use
    changed: dict[datetime, datetime | None] = field(default_factory=dict)  # moved to a time, or skipped
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
        return self.changed.get(slot) or self.pattern.instant(slot)

    def is_skipped(self, slot: datetime) -> bool:
        """Whether its owner does not want it to run."""
        return slot in self.changed and self.changed[slot] is None

    def after(self, slot: datetime) -> datetime:
        """The slot after this one. Where it is counted from the run, none comes before the pending one has its time."""
        following, moved = self.pattern.next(slot), self.changed.get(slot)
        while not self.fixed and moved and self.pattern.instant(following) <= moved:
            following = self.pattern.next(following)
        return following

    def is_due(self, now: datetime) -> bool:
        """Whether a tick has to do something about its occurrences."""
        return self.status == ACTIVE and self.next <= now

    def pause_is_over(self, now: datetime) -> bool:
        """Whether a tick has to end its pause."""
        return self.status == PAUSED and self.paused_until is not None and self.paused_until <= now

    def tick(self, now: datetime, problems: Problems | None) -> datetime | None:
        """What a tick makes of it; returns the name of the occurrence that it ran.

        `problems`: the platforms of the post whose turn it is, with what is wrong there; None where all are gone.
        """
        due = self.due(now)
        runs = problems is not None and not all(problems.values())
        slot, missed = self._running(due, can_run=runs)
        if not (runs and slot and not self.fixed and slot == due[0]):
            self.note_not_run([one for one in due if self.is_skipped(one)], due, now, SKIPPED_BY_OWNER)
        if slot is None:
            self.go_on(self.first_after(now))
            return None
        name, moved_to = self.pattern.instant(slot), self.changed.get(slot)
        if runs and problems is not None:
            good = frozenset(platform for platform, problem in problems.items() if not problem)
            self.ledger[name] = Entry(EXECUTED, missed, now, words(problems), good, self.original, None, moved_to)
            self._execute(self.time(slot), now)
            return name
        why = frozenset({"ORIGINAL_POST_DELETED"}) if problems is None else words(problems)
        self.ledger[name] = Entry(SKIPPED, missed, now, why, moved_to=moved_to)
        self.go_on(self.first_after(now))
        if problems is None:
            self.status, self.reason = COMPLETED, "ORIGINAL_POST_DELETED"
        return None

    def run_now(self, now: datetime, problems: Problems) -> datetime:
        """An extra run; returns its name: the first millisecond that is nothing else's."""
        name, slot = now, self.pending
        while self.pattern.instant(slot) < now:
            slot = self.pattern.next(slot)
        while name in self.ledger or name == self.pattern.instant(slot):
            slot = self.pattern.next(slot) if name == self.pattern.instant(slot) else slot
            name += LEAST
        good = frozenset(platform for platform, problem in problems.items() if not problem)
        self.ledger[name] = Entry(EXECUTED, 0, now, words(problems), good, self.original, extra=True)
        reason = "PAUSED" if self.status == PAUSED else "MAX_EXECUTIONS_REACHED"
        self._use()
        if self.status == COMPLETED:
            self.pass_by(now, reason, now)
            self.go_on(self.first_after(now))
        return name

    def end_pause(self, now: datetime) -> None:
        """What a tick makes of a pause that is over: it ends at its time, however late the tick comes."""
        assert self.paused_until is not None
        moment = self.paused_until - LEAST
        self.pass_by(moment, "PAUSED", now)
        self.paused_until, self.reason, self.status = None, None, ACTIVE
        if self.original is None:
            self.status, self.reason = COMPLETED, "ORIGINAL_POST_DELETED"
        elif self.next <= moment:
            self.go_on(self.first_after(moment))

    def pass_by(self, moment: datetime, reason: str, now: datetime) -> None:
        """What has fallen due by that moment, and does not run any more."""
        due = self.due(moment)
        self.note_not_run(due, due, now, reason)

    def due(self, now: datetime) -> list[datetime]:
        """The slots whose occurrences have fallen due."""
        found, slot = [], self.pending
        while self.time(slot) <= now:
            found.append(slot)
            slot = self.after(slot)
        return found

    def go_on(self, slot: datetime) -> None:
        """The slot is pending; what its owner did with others stays where they are ahead."""
        self.pending = slot
        self.changed = {one: time for one, time in self.changed.items() if self.has(one)}

    def has(self, slot: datetime) -> bool:
        """Whether it is the pending slot, or a later one, of which none is known that is counted from a run."""
        one = self.pending
        while self.fixed and one < slot:
            one = self.pattern.next(one)
        return one == slot

    def _running(self, due: list[datetime], *, can_run: bool) -> tuple[datetime | None, int]:
        """The slot that runs, or does not for want of something, and how many others it stands for."""
        if not self.fixed and can_run and not (self.is_skipped(due[0]) or self._is_known(due[0])):
            return due[0], 0
        may_run = [slot for slot in due if not self.is_skipped(slot)]
        if not may_run or self._is_known(may_run[-1]):
            return None, 0
        return may_run[-1], len(may_run) - 1

    def _is_known(self, slot: datetime) -> bool:
        """Whether the ledger has it; or a version that knows no moves has run it, at the time to which it was moved."""
        at_its_time = self.ledger.get(self.time(slot))
        ran = at_its_time and at_its_time.outcome == EXECUTED and not at_its_time.extra and not at_its_time.moved_to
        return self.pattern.instant(slot) in self.ledger or bool(ran)

    def note_not_run(self, slots: Collection[datetime], due: list[datetime], now: datetime, reason: str) -> None:
        """A row for neighbours, among those due, with one reason; one that was moved has a row of its own."""
        places = [(due.index(slot), slot) for slot in slots if self.pattern.instant(slot) not in self.ledger]

        def kind(one: tuple[int, datetime]) -> tuple[int, bool, datetime | None]:
            return one[0] - places.index(one), self.is_skipped(one[1]), one[1] if self.changed.get(one[1]) else None

        for (_, skipped, _), group in groupby(places, kind):
            found = [slot for _, slot in group]
            why, moved_to = frozenset({SKIPPED_BY_OWNER if skipped else reason}), self.changed.get(found[0])
            until = self.pattern.instant(found[-1]) if len(found) > 1 else None
            entry = Entry(SKIPPED, len(found), now, why, until=until, moved_to=moved_to)
            self.ledger[self.pattern.instant(found[0])] = entry

    def _execute(self, time: datetime, now: datetime) -> None:
        self.last = time if self.fixed else now
        self.go_on(self.first_after(now) if self.fixed else self.pattern.slot(now + self.pattern.step))
        self._use()

    def _use(self) -> None:
        self.count += 1
        assert self.original is not None
        self.uses[self.original] = self.count
        if self.used_up:
            self.status, self.reason, self.paused_until = COMPLETED, "MAX_EXECUTIONS_REACHED", None

    def first_after(self, now: datetime) -> datetime:
        """The first slot from the pending one on whose occurrence falls due later."""
        slot = self.pending
        while self.time(slot) <= now:
            slot = self.after(slot)
        return slot
