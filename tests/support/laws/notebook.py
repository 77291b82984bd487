"""What somebody would keep in a notebook who knew the rules by heart: the queues, and what a tick makes of them.

The arithmetic is that of a person with a calendar, and owes nothing to `perennial.recurrence`.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from perennial.core.states import Platform
from perennial.db.models import ConnectedAccount

from .seen import Seen

ACTIVE, PAUSED, COMPLETED = "active", "paused", "completed"
EXECUTED, SKIPPED = "executed", "skipped"


@dataclass(frozen=True)
class Entry:
    """A row of the ledger."""

    outcome: str
    missed: int
    executed_time: datetime
    reasons: frozenset[str] = frozenset()
    platforms: frozenset[Platform] = frozenset()


@dataclass
class NotedQueue:
    """A queue as it should be."""

    id: UUID
    owner: str
    original: UUID | None
    interval: int
    fixed: bool
    next: datetime
    maximum: int | None
    status: str = ACTIVE
    reason: str | None = None
    last: datetime | None = None
    count: int = 0
    ledger: dict[datetime, Entry] = field(default_factory=dict)
    marked: set[datetime] = field(default_factory=set)  # skipped, as the ledger had them when they came again

    @property
    def step(self) -> timedelta:
        """From one occurrence to the next."""
        return timedelta(hours=24 * self.interval)

    @property
    def used_up(self) -> bool:
        """Whether it has run as often as it may."""
        return self.maximum is not None and self.count >= self.maximum

    def is_due(self, now: datetime) -> bool:
        """Whether a tick has to do something about it."""
        return self.status == ACTIVE and self.next <= now

    def go_on_with(self, time: datetime) -> None:
        """Its owner has changed when it runs: the pending occurrence is this one. What the ledger has runs no more."""
        self.next, self.marked = time, set(self.ledger)
        self._forget()

    def tick(self, now: datetime, platforms: dict[Platform, str | None] | None) -> None:
        """What a tick makes of it. `platforms`: the original's, with what is wrong there; None where it is gone."""
        found = self._latest(now)
        runs = platforms is not None and not all(platforms.values())
        if not self.fixed and runs and self.next not in self.marked | self.ledger.keys():
            found = (self.next, 0)  # it makes those void that have fallen due since
        if found is None or found[0] in self.ledger:
            self._skip(now)
            return
        time, missed = found
        if platforms is None:
            self.ledger[time] = Entry(SKIPPED, missed, now, frozenset({"ORIGINAL_POST_DELETED"}))
            self._skip(now)
            self.status, self.reason = COMPLETED, "ORIGINAL_POST_DELETED"
        elif not runs:
            self.ledger[time] = Entry(SKIPPED, missed, now, _words(platforms))
            self._skip(now)
        else:
            good = frozenset(platform for platform, problem in platforms.items() if not problem)
            self.ledger[time] = Entry(EXECUTED, missed, now, _words(platforms), good)
            self._execute(time, now)

    def pass_by(self, now: datetime, reason: str) -> None:
        """What has fallen due, and does not run any more: an entry for all neighbours, under the first one's time."""
        for is_marked, times in groupby(self._due(now), self.marked.__contains__):
            first, *others = times
            if not is_marked:
                self.ledger.setdefault(first, Entry(SKIPPED, len(others) + 1, now, frozenset({reason})))

    def _due(self, now: datetime) -> list[datetime]:
        """What has fallen due: counted, one interval after the other."""
        times = [self.next] if self.next <= now else []
        while times and times[-1] + self.step <= now:
            times.append(times[-1] + self.step)
        return times

    def _latest(self, now: datetime) -> tuple[datetime, int] | None:
        """The latest that has fallen due, and how many earlier ones it stands for."""
        times = [time for time in self._due(now) if time not in self.marked]
        return (times[-1], len(times) - 1) if times else None

    def _execute(self, time: datetime, now: datetime) -> None:
        self.last = time if self.fixed else now
        if not self.fixed:
            self.next = now + self.step
        self._skip(now)
        self.count += 1
        if self.used_up:
            self.status, self.reason = COMPLETED, "MAX_EXECUTIONS_REACHED"

    def _skip(self, now: datetime) -> None:
        while self.next <= now:
            self.next += self.step
        self._forget()

    def _forget(self) -> None:
        """What is behind, or no occurrence of it, is not skipped any more; of some only the pending one is known."""
        ahead = {time for time in self.marked if time >= self.next and not (time - self.next) % self.step}
        self.marked = ahead if self.fixed else ahead & {self.next}


def _words(platforms: dict[Platform, str | None]) -> frozenset[str]:
    """The reasons; one for all where all platforms have the same."""
    if all(platforms.values()) and len(set(platforms.values())) == 1:
        return frozenset(filter(None, platforms.values()))
    return frozenset(f"{problem}:{platform.name}" for platform, problem in platforms.items() if problem)


@dataclass(frozen=True)
class NotedPost:
    """A post that an owner wrote, or that a queue made."""

    id: UUID
    owner: str
    texts: dict[Platform, str]


@dataclass
class Notebook:
    """All that has happened, as far as it matters."""

    posts: dict[UUID, NotedPost] = field(default_factory=dict)
    queues: dict[UUID, NotedQueue] = field(default_factory=dict)
    retried_in_doubt: Counter[UUID] = field(default_factory=Counter)
    retried: set[UUID] = field(default_factory=set)
    confirmed: dict[UUID, str] = field(default_factory=dict)

    def tick(self, seen: Seen, now: datetime) -> dict[UUID, datetime]:
        """What a tick makes of everything; the occurrences that are executed, by queue."""
        executed: dict[UUID, datetime] = {}
        for queue in self.queues.values():
            if queue.is_due(now):
                count = queue.count
                queue.tick(now, self._platforms(queue, seen, now))
                if queue.count > count:
                    executed[queue.id] = list(queue.ledger)[-1]  # the entry made last
        return executed

    def _platforms(self, queue: NotedQueue, seen: Seen, now: datetime) -> dict[Platform, str | None] | None:
        if queue.original is None:
            return None
        texts = self.posts[queue.original].texts
        return {platform: problem(seen.present.get((queue.owner, platform)), now) for platform in texts}

    def forget_post(self, post_id: UUID) -> None:
        """The post is deleted; its queues have no original any more."""
        del self.posts[post_id]
        for queue in self.queues.values():
            if queue.original == post_id:
                queue.original = None


def problem(account: ConnectedAccount | None, now: datetime) -> str | None:
    """Why an account is of no use, if it is of none."""
    if account is None or account.status.value == "disconnected":
        return "ACCOUNT_MISSING"
    ended = account.token_expires_at is not None and account.token_expires_at <= now
    if account.status.value != ACTIVE or (ended and account.encrypted_refresh_token is None):
        return "RECONNECT_REQUIRED"
    return None
