"""What an owner does with queues; the notebook says what should come of it."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from perennial.core.errors import Conflict, InvalidInput
from perennial.core.states import Cadence
from perennial.queues.pausing.pauses import Pause
from perennial.queues.queues import QueueInput
from perennial.queues.resuming import Start
from support.rows import set_queue

from .notebook import ACTIVE, COMPLETED, PAUSED, NotedQueue
from .scene import Scene, delays, numbers, pick

intervals = st.sampled_from([1, 1, 2, 3, 7, 30])
maxima = st.sampled_from([None, 1, 2, 3, 4])


class QueueRules(Scene):
    """Queues: made, changed, paused, resumed, deleted."""

    @precondition(lambda self: self.notebook.posts)
    @rule(number=numbers, interval=intervals, delay=delays, maximum=maxima, cadence=st.sampled_from(Cadence))
    def create_queue(self, number: int, interval: int, delay: timedelta, maximum: int | None, cadence: Cadence) -> None:
        post = pick(list(self.notebook.posts.values()), number)
        time = self.now + delay
        new = QueueInput([post.id], interval, time, maximum, cadence)
        queue = self.world.run(self.world.process.queues.create(post.owner, new, self.now))
        fixed = cadence == Cadence.FIXED
        self.notebook.queues[queue.id] = NotedQueue(queue.id, post.owner, post.id, interval, fixed, time, maximum)
        self.seen = self.world.look()

    @precondition(lambda self: self.notebook.posts)
    @rule(number=numbers, interval=intervals, maximum=maxima, cadence=st.sampled_from(Cadence))
    def create_queues_for_one_instant(self, number: int, interval: int, maximum: int | None, cadence: Cadence) -> None:
        for more in range(3):
            self.create_queue(number + more, interval, timedelta(minutes=5), maximum, cadence)

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, interval=intervals)
    def change_interval(self, number: int, interval: int) -> None:
        queue = self.queue(number)
        assert self.update(queue, interval=interval) is None
        queue.interval = interval
        queue.go_on_with(queue.next)

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, delay=delays)
    def change_next_time(self, number: int, delay: timedelta) -> None:
        queue, time = self.queue(number), self.now + delay
        known = time in queue.ledger
        assert self.update(queue, next_scheduled_time=time) is (InvalidInput if known else None)
        if known:
            return
        if time != queue.next and queue.status != COMPLETED:
            queue.pass_by(self.now, "PAUSED" if queue.status == PAUSED else "SCHEDULE_CHANGED")
        queue.go_on_with(time)

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, maximum=maxima)
    def change_maximum(self, number: int, maximum: int | None) -> None:
        queue = self.queue(number)
        reached = maximum is not None and maximum <= queue.count
        assert self.update(queue, max_executions=maximum) is (InvalidInput if reached else None)
        if not reached:
            queue.maximum = maximum

    @precondition(lambda self: any(queue.ledger for queue in self.notebook.queues.values()))
    @rule(number=numbers)
    def an_occurrence_comes_again(self, number: int) -> None:
        """Which takes a clock that steps back: the occurrence is in the ledger already, and may not run again.

        Its owner cannot ask for it; a version that does not look into the ledger would let them.
        """
        queue = pick([queue for queue in self.notebook.queues.values() if queue.ledger], number)
        time = max(queue.ledger)
        self.world.clock.now = time - timedelta(minutes=1)
        assert self.update(queue, next_scheduled_time=time) is InvalidInput
        self.world.run(set_queue({"id": str(queue.id)}, next_scheduled_time=time))
        queue.next = time
        self.seen = self.world.look()

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers)
    def pause(self, number: int) -> None:
        queue = self.queue(number)
        refused = self.ask(self.world.process.queues.pause(queue.owner, queue.id, Pause(), self.now))
        assert refused is (Conflict if queue.status == COMPLETED else None)
        if not refused:
            queue.status = PAUSED

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, delay=st.none() | delays)
    def resume(self, number: int, delay: timedelta | None) -> None:
        queue = self.queue(number)
        time = self.now + delay if delay else None
        refused = self.ask(self.world.process.queues.resume(queue.owner, queue.id, Start(time), self.now))
        if queue.status == ACTIVE:
            assert refused is None
        elif queue.original is None or queue.used_up:
            assert refused is Conflict
        elif time in queue.ledger:
            assert refused is InvalidInput
        else:
            assert refused is None
            if queue.status == PAUSED:
                queue.pass_by(self.now, "PAUSED")
            queue.status, queue.reason = ACTIVE, None
            queue.go_on_with(time or self.now + queue.step)

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers)
    def delete_queue(self, number: int) -> None:
        queue = self.queue(number)
        assert self.ask(self.world.process.queues.delete(queue.owner, queue.id)) is None
        del self.notebook.queues[queue.id]

    def queue(self, number: int) -> NotedQueue:
        """One of the queues."""
        return pick(list(self.notebook.queues.values()), number)

    def update(self, queue: NotedQueue, **changes: Any) -> type[Exception] | None:
        """Asks for the changes."""
        return self.ask(self.world.process.queues.update(queue.owner, queue.id, changes, self.now))
