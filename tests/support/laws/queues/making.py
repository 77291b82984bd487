"""Queues: made, with other posts or another maximum, and deleted."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from perennial.core.errors import InvalidInput
from perennial.core.states import Cadence, MissedRuns
from perennial.queues.queues import QueueInput
from perennial.queues.settings.checks import MissedRunsGiven
from support.rows import set_queue

from ..noted.patterns import PATTERNS, Pattern, every
from ..noted.queue import NotedQueue
from ..noted.will import RUN_IF_WITHIN, RUN_LATEST, SKIP, Will
from ..scene import Scene, delays, numbers, pick

days = st.sampled_from([1, 1, 2, 3, 7, 30])
patterns = st.one_of(days.map(every), st.sampled_from(PATTERNS))
sizes = st.sampled_from([1, 1, 2, 3])  # of rotations
maxima = st.sampled_from([None, None, 1, 3, 6])


@dataclass(frozen=True)
class Wishes:
    """What becomes of missed occurrences, on which of the next days none runs, and on which the queue ends."""

    policy: str = RUN_LATEST
    without: tuple[int, ...] = ()
    ends: int | None = None

    @property
    def missed_runs(self) -> MissedRunsGiven:
        """The policy as the API has it."""
        is_within = self.policy == RUN_IF_WITHIN
        return MissedRunsGiven(MissedRuns(self.policy), self.within // timedelta(minutes=1) if is_within else None)

    @property
    def within(self) -> timedelta:
        """How late the latest may run with RUN_IF_WITHIN."""
        return timedelta(hours=50) if self.policy == RUN_IF_WITHIN else timedelta()

    def excluded(self, now: datetime) -> frozenset[date]:
        """The dates without an occurrence."""
        return frozenset((now + timedelta(days=days)).date() for days in self.without)

    def ends_at(self, now: datetime) -> datetime | None:
        """When the queue ends."""
        return now + timedelta(days=self.ends) if self.ends else None


policies = st.sampled_from([RUN_LATEST, SKIP, RUN_IF_WITHIN, RUN_IF_WITHIN])
some_days = st.sampled_from([(), (), (0, 1), (2, 3, 7), tuple(range(2, 40, 3))])
ends = st.sampled_from([None, None, 4, 20])
wishes = st.builds(Wishes, policies, some_days, ends)


class QueueRules(Scene):
    """Queues: made, changed, deleted."""

    @precondition(lambda self: self.notebook.posts)
    @rule(
        number=numbers,
        pattern=patterns,
        size=sizes,
        delay=delays,
        maximum=maxima,
        cadence=st.sampled_from(Cadence),
        wishes=wishes,
    )
    def create_queue(
        self,
        number: int,
        pattern: Pattern,
        size: int,
        delay: timedelta,
        maximum: int | None,
        cadence: Cadence,
        wishes: Wishes,
    ) -> None:
        owner = pick(list(self.notebook.posts.values()), number).owner
        posts, time = self.some_posts(owner, number, size), self.now + delay
        excluded, ends_at, fixed = wishes.excluded(self.now), wishes.ends_at(self.now), cadence == Cadence.FIXED
        new = QueueInput(
            *(posts, pattern.interval, time, maximum, cadence, pattern.rule, pattern.zone, ends_at),
            *(excluded, wishes.missed_runs),
        )
        noted = NotedQueue(UUID(int=0), owner, posts, pattern, fixed, pattern.slot(time), maximum)
        noted.will, noted.ends_at = Will(wishes.policy, wishes.within, excluded), ends_at
        if not pattern.fits(time) or (not fixed and (pattern.rule or pattern.zone)) or noted.is_over(noted.pending):
            assert self.ask(self.world.process.queues.create(owner, new, self.now)) is InvalidInput
            return
        queue = self.world.run(self.world.process.queues.create(owner, new, self.now))
        self.notebook.queues[queue.id] = replace(noted, id=queue.id)
        self.seen = self.world.look()

    @precondition(lambda self: self.notebook.posts)
    @rule(number=numbers, pattern=patterns, size=sizes, maximum=maxima, cadence=st.sampled_from(Cadence), wishes=wishes)
    def create_queues_for_one_instant(
        self, number: int, pattern: Pattern, size: int, maximum: int | None, cadence: Cadence, wishes: Wishes
    ) -> None:
        for more in range(3):
            self.create_queue(number + more, pattern, size, timedelta(minutes=5), maximum, cadence, wishes)

    def some_posts(self, owner: str, number: int, size: int) -> list[UUID]:
        """So many of the owner's posts, or as many as there are."""
        own = [post.id for post in self.notebook.posts.values() if post.owner == owner]
        return [own[(number + place) % len(own)] for place in range(min(size, len(own)))]

    @precondition(lambda self: self.with_posts())
    @rule(number=numbers, first=numbers, size=sizes)
    def change_posts(self, number: int, first: int, size: int) -> None:
        """Those that stay keep their turns; one that comes back is new."""
        queue = pick(self.with_posts(), number)
        posts = self.some_posts(queue.owner, first, size)
        assert self.update(queue, post_ids=posts) is None
        queue.posts, queue.uses = posts, {one: use for one, use in queue.uses.items() if one in posts}

    def with_posts(self) -> list[NotedQueue]:
        """The queues whose owners have a post."""
        owners = {post.owner for post in self.notebook.posts.values()}
        return [queue for queue in self.notebook.queues.values() if queue.owner in owners]

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, maximum=maxima, wishes=wishes)
    def change_limits(self, number: int, maximum: int | None, wishes: Wishes) -> None:
        """How often it runs, and what becomes of what is missed."""
        queue = self.queue(number)
        reached = maximum is not None and maximum <= queue.count
        refused = self.update(queue, max_executions=maximum, missed_runs=wishes.missed_runs)
        assert refused is (InvalidInput if reached else None)
        if not reached:
            queue.maximum = maximum
            queue.will = replace(queue.will, policy=wishes.policy, within=wishes.within)

    @precondition(lambda self: self.that_ran())
    @rule(number=numbers)
    def an_occurrence_comes_again(self, number: int) -> None:
        """Which takes a clock that steps back: the occurrence is in the ledger already, and may not run again.

        Its owner cannot ask for it; a version that does not look into the ledger would let them.
        """
        queue = pick(self.that_ran(), number)
        time = max(queue.ledger)
        self.world.clock.now = time - timedelta(minutes=1)
        assert self.update(queue, next_scheduled_time=time) is InvalidInput
        columns = {"next_scheduled_time": time, "next_local_time": None, "changed_occurrences": None}
        self.world.run(set_queue({"id": str(queue.id)}, **columns))
        queue.pending, queue.will = queue.pattern.slot(time), replace(queue.will, changed={})
        self.seen = self.world.look()

    def that_ran(self) -> list[NotedQueue]:
        """The queues of so many days that have a ledger, and do not end."""
        return [
            one
            for one in self.notebook.queues.values()
            if one.ledger and one.pattern.interval and not one.pattern.zone and not one.ends_at
        ]

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers)
    def delete_queue(self, number: int) -> None:
        queue = self.queue(number)
        assert self.ask(self.world.process.queues.delete(queue.owner, queue.id)) is None
        del self.notebook.queues[queue.id]
