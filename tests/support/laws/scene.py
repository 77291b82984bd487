"""What all rules share: a world, a notebook, what was seen last, and the laws that are looked after at every step."""

import sys
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from perennial.core.states import Platform

from .case import Case
from .far import Delivery
from .notebook import Notebook
from .noted.queue import NotedQueue
from .seen import Seen
from .standing import STANDING
from .world import World

T = TypeVar("T")

OWNERS = ("alice", "bob")
SETTLING_ROUNDS = 30
PROBE = timedelta(seconds=61)

owners = st.sampled_from(OWNERS)
platforms = st.sampled_from(Platform)
numbers = st.integers(0, 29)
# Few and round, so that instants of different origin often coincide.
delays = st.sampled_from(
    [timedelta(milliseconds=1), timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=24), timedelta(days=3)]
)

# What the log may say though nothing is wrong: this the far platform brings about on purpose.
EXPECTED_ERRORS = {"publication.broken", "platform.tripped"}


def pick(things: Sequence[T], number: int) -> T:
    """One of the things; the number says which."""
    return things[number % len(things)]


class Scene(RuleBasedStateMachine):
    """The stage. One world serves all examples, one after the other."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.world.begin_anew()
        self.notebook = Notebook(self.world.reached)
        self.seen: Seen = self.world.look()

    @property
    def now(self) -> datetime:
        """The present."""
        return self.world.clock.now

    def deliveries(self) -> list[Delivery]:
        """All that reached the platforms."""
        return [one for far in self.world.far.values() for one in far.deliveries]

    def act(self, *work: Coroutine[Any, Any, Any]) -> tuple[Seen, list[Delivery]]:
        """Does the work, all of it at once, and looks; returns what was seen before, and what was delivered."""
        for far in self.world.far.values():
            far.turned_away.clear()
        before, known = self.seen, {id(one) for one in self.deliveries()}
        self.world.together(*work)
        self.seen = self.world.look()
        return before, [one for one in self.deliveries() if id(one) not in known]

    def turned_away(self) -> set[tuple[str | None, Platform]]:
        """The accounts whose tokens were not accepted during the last act."""
        return {(account, platform) for platform, far in self.world.far.items() for account in far.turned_away}

    def ask(self, work: Coroutine[Any, Any, Any]) -> type[Exception] | None:
        """Asks for something as a user; which error came back, if any."""
        refused = self.world.refused(work)
        self.seen = self.world.look()
        return refused

    def queue(self, number: int) -> NotedQueue:
        """One of the queues, as its owner finds it."""
        return self.notebook.come_to(pick(list(self.notebook.queues.values()), number), self.now)

    def update(self, queue: NotedQueue, **changes: Any) -> type[Exception] | None:
        """Asks for other settings of the queue, as its owner finds it; which error came back, if any."""
        self.notebook.come_to(queue, self.now)
        return self.ask(self.world.process.queues.update(queue.owner, queue.id, changes, self.now))

    def upcoming(self) -> list[datetime]:
        """The instants ahead at which something falls due or runs out."""
        queues = self.notebook.queues.values()
        times = [queue.next for queue in queues if queue.status == "active"]
        times += [queue.paused_until for queue in queues if queue.paused_until]
        rows = self.seen.publications.values()
        times += [time for row in rows for time in (row.next_attempt_time, row.lease_expires_at) if time]
        times += [account.blocked_until for account in self.seen.accounts.values() if account.blocked_until]
        return [time for time in times if time > self.now]

    @invariant()
    def the_laws_hold(self) -> None:
        """All that has to hold at any moment."""
        case = Case.of(self.seen, self.notebook, self.deliveries())
        for law in STANDING:
            law(case)
        assert not self.world.complaints, self.world.complaints
        errors = [entry for entry in self.world.log if entry["log_level"] in {"error", "critical"}]
        assert not [entry for entry in errors if entry["event"] not in EXPECTED_ERRORS], errors
        self.world.log.clear()

    def teardown(self) -> None:
        """Lets everything come to its end: nothing stays under way, and nothing due stays undone."""
        if sys.exc_info()[0] is None:
            self._settle()

    def _settle(self) -> None:
        for far in self.world.far.values():
            far.be_good()
        for _ in range(SETTLING_ROUNDS):
            pending = [row for row in self.seen.publications.values() if row.status in {"publishing", "scheduled"}]
            if not pending:
                break
            times = [row.lease_expires_at or row.next_attempt_time for row in pending]
            times += [account.blocked_until for account in self.seen.accounts.values()]
            self.world.clock.now = max(self.now + PROBE, *(time for time in times if time))
            self.act(self.world.process.publisher.publish_due())
            self.the_laws_hold()
        rows = self.seen.publications.values()
        left = [(dict(row), self.seen.account_of(row)) for row in rows if row.status in {"publishing", "scheduled"}]
        assert not left, (left, self.seen.breakers)
