"""What an owner does with queues; the notebook says what should come of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from perennial.core.errors import Conflict, InvalidInput
from perennial.core.states import Cadence
from perennial.queues.pausing.pauses import Pause
from perennial.queues.queues import QueueInput
from perennial.queues.resuming import Start
from support.rows import set_queue

from .noted.patterns import PATTERNS, Pattern, every
from .noted.queue import ACTIVE, COMPLETED, PAUSED, NotedQueue
from .noted.rescheduling import begin_at, change_pattern, slot_by_default, slot_given
from .scene import Scene, delays, numbers, pick

days = st.sampled_from([1, 1, 2, 3, 7, 30])
patterns = st.one_of(days.map(every), st.sampled_from(PATTERNS))
sizes = st.sampled_from([1, 1, 2, 3])  # of rotations
maxima = st.sampled_from([None, None, 1, 3, 6])


class QueueRules(Scene):
    """Queues: made, changed, paused, resumed, deleted."""

    @precondition(lambda self: self.notebook.posts)
    @rule(number=numbers, pattern=patterns, size=sizes, delay=delays, maximum=maxima, cadence=st.sampled_from(Cadence))
    def create_queue(
        self, number: int, pattern: Pattern, size: int, delay: timedelta, maximum: int | None, cadence: Cadence
    ) -> None:
        owner = pick(list(self.notebook.posts.values()), number).owner
        posts, time = self.some_posts(owner, number, size), self.now + delay
        new = QueueInput(posts, pattern.interval, time, maximum, cadence, pattern.rule, pattern.zone)
        fixed = cadence == Cadence.FIXED
        if not pattern.fits(time) or (not fixed and (pattern.rule or pattern.zone)):
            assert self.ask(self.world.process.queues.create(owner, new, self.now)) is InvalidInput
            return
        queue = self.world.run(self.world.process.queues.create(owner, new, self.now))
        noted = NotedQueue(queue.id, owner, posts, pattern, fixed, pattern.slot(time), maximum)
        self.notebook.queues[queue.id] = noted
        self.seen = self.world.look()

    @precondition(lambda self: self.notebook.posts)
    @rule(number=numbers, pattern=patterns, size=sizes, maximum=maxima, cadence=st.sampled_from(Cadence))
    def create_queues_for_one_instant(
        self, number: int, pattern: Pattern, size: int, maximum: int | None, cadence: Cadence
    ) -> None:
        for more in range(3):
            self.create_queue(number + more, pattern, size, timedelta(minutes=5), maximum, cadence)

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

    @precondition(lambda self: self.counting_days())
    @rule(number=numbers, interval=days)
    def change_interval(self, number: int, interval: int) -> None:
        """The pending occurrence stays, if it lies ahead."""
        queue = pick(self.counting_days(), number)
        assert self.update(queue, interval=interval) is None
        change_pattern(queue, every(interval), self.now)

    def counting_days(self) -> list[NotedQueue]:
        """The queues of so many days, of which no occurrence was moved: its neighbours would be others."""
        plain = [one for one in self.notebook.queues.values() if one.pattern == every(one.pattern.interval or 0)]
        return [queue for queue in plain if not any(queue.changed.values())]

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, delay=delays)
    def change_next_time(self, number: int, delay: timedelta) -> None:
        queue, time = self.queue(number), self.now + delay
        slot = slot_given(queue, time)
        refused = self.update(queue, next_scheduled_time=time)
        assert refused is (InvalidInput if slot is None else None)
        if slot is None:
            return
        if slot != queue.pending and queue.status != COMPLETED:
            queue.pass_by(self.now, "PAUSED" if queue.status == PAUSED else "SCHEDULE_CHANGED", self.now)
        begin_at(queue, slot, time, self.now)

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, maximum=maxima)
    def change_maximum(self, number: int, maximum: int | None) -> None:
        queue = self.queue(number)
        reached = maximum is not None and maximum <= queue.count
        assert self.update(queue, max_executions=maximum) is (InvalidInput if reached else None)
        if not reached:
            queue.maximum = maximum

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
        queue.pending, queue.changed = queue.pattern.slot(time), {}
        self.seen = self.world.look()

    def that_ran(self) -> list[NotedQueue]:
        """The queues of so many days that have a ledger."""
        return [
            one for one in self.notebook.queues.values() if one.ledger and one.pattern.interval and not one.pattern.zone
        ]

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, delay=st.none() | delays)
    def pause(self, number: int, delay: timedelta | None) -> None:
        """Until a time, or for good; once more is another pause."""
        queue, until = self.queue(number), self.now + delay if delay else None
        refused = self.ask(self.world.process.queues.pause(queue.owner, queue.id, Pause(until), self.now))
        assert refused is (Conflict if queue.status == COMPLETED else None)
        if not refused:
            queue.status, queue.paused_until = PAUSED, until

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, delay=st.none() | delays)
    def resume(self, number: int, delay: timedelta | None) -> None:
        queue = self.queue(number)
        time = self.now + delay if delay else None
        slot = slot_given(queue, time) if time else slot_by_default(queue, self.now)
        refused = self.ask(self.world.process.queues.resume(queue.owner, queue.id, Start(time), self.now))
        if queue.status == ACTIVE:
            assert refused is None
        elif queue.original is None or queue.used_up:
            assert refused is Conflict
        elif slot is None:
            assert refused is InvalidInput
        else:
            assert refused is None
            if queue.status == PAUSED and slot != queue.pending:
                queue.pass_by(self.now, "PAUSED", self.now)
            begin_at(queue, slot, time, self.now)
            queue.status, queue.reason, queue.paused_until = ACTIVE, None, None

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers)
    def delete_queue(self, number: int) -> None:
        queue = self.queue(number)
        assert self.ask(self.world.process.queues.delete(queue.owner, queue.id)) is None
        del self.notebook.queues[queue.id]

    def queue(self, number: int) -> NotedQueue:
        """One of the queues, as its owner finds it."""
        return self.notebook.come_to(pick(list(self.notebook.queues.values()), number), self.now)

    def update(self, queue: NotedQueue, **changes: Any) -> type[Exception] | None:
        """Asks for the changes."""
        self.notebook.come_to(queue, self.now)
        return self.ask(self.world.process.queues.update(queue.owner, queue.id, changes, self.now))
