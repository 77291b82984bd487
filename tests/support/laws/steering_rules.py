"""What an owner does with single occurrences: skips, moves and restores them, and runs a queue once more, at once."""

from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from perennial.core.errors import Conflict, InvalidInput
from perennial.idempotency.keys import Key

from .noted.queue import COMPLETED, PAUSED, NotedQueue
from .scene import Scene, numbers, pick
from .ticking import check_clone_of

places = st.sampled_from([0, 0, 1, 2])
hours = st.sampled_from([-25, -2, 0, 1, 30]).map(lambda number: timedelta(hours=number))


class SteeringRules(Scene):
    """Occurrences: skipped, moved, restored, and made."""

    @precondition(lambda self: self.steered())
    @rule(number=numbers, place=places)
    def skip(self, number: int, place: int) -> None:
        """It falls due at its own time then. Where the next is counted from that, this has not come yet."""
        queue, slot = self.occurrence(number, place)
        name = queue.pattern.instant(slot)
        refused = self.ask(self.world.process.steering.skip(queue.owner, queue.id, name, self.now))
        next_lies_ahead = (
            queue.fixed or queue.is_skipped(slot) or queue.pattern.instant(queue.pattern.next(slot)) > self.now
        )
        assert refused is (None if self.lies_between(queue, slot, name) and next_lies_ahead else Conflict)
        if not refused:
            queue.changed[slot] = None
            queue.go_on(queue.pending)

    @precondition(lambda self: self.steered())
    @rule(number=numbers, place=places, distance=hours)
    def move(self, number: int, place: int, distance: timedelta) -> None:
        """Away from its own time, or back to it."""
        queue, slot = self.occurrence(number, place)
        name = queue.pattern.instant(slot)
        time = name + distance
        refused = self.ask(self.world.process.steering.move(queue.owner, queue.id, name, time, self.now))
        if time <= self.now or not self.lies_between(queue, slot, time):
            assert refused is InvalidInput
        elif name in queue.ledger:
            assert refused is Conflict
        else:
            assert refused is None
            queue.changed[slot] = time
            if time == name:
                del queue.changed[slot]
            queue.go_on(queue.pending)

    @precondition(lambda self: self.steered())
    @rule(number=numbers, place=places)
    def restore(self, number: int, place: int) -> None:
        queue, slot = self.occurrence(number, place)
        name = queue.pattern.instant(slot)
        refused = self.ask(self.world.process.steering.restore(queue.owner, queue.id, name, self.now))
        can_be_had = name > self.now and self.lies_between(queue, slot, name) and name not in queue.ledger
        assert refused is (None if slot in queue.changed and can_be_had else Conflict)
        if not refused:
            del queue.changed[slot]
            queue.go_on(queue.pending)

    def steered(self) -> list[NotedQueue]:
        """The queues that have an occurrence ahead which can be named."""
        ahead = [queue for queue in self.notebook.queues.values() if queue.status != COMPLETED]
        ahead = [queue for queue in ahead if queue.original is not None or not queue.pause_is_over(self.now)]
        return [queue for queue in ahead if queue.fixed or self._first(queue) == queue.pending]

    def occurrence(self, number: int, place: int) -> tuple[NotedQueue, datetime]:
        """One of those queues, and one of its next slots."""
        queue = self.notebook.come_to(pick(self.steered(), number), self.now)
        slot = self._first(queue)
        for _ in range(place if queue.fixed else 0):
            slot = queue.pattern.next(slot)
        return queue, slot

    def _first(self, queue: NotedQueue) -> datetime:
        """The pending slot, unless the queue is paused and it has passed."""
        return queue.first_after(self.now) if queue.status == PAUSED else queue.pending

    def lies_between(self, queue: NotedQueue, slot: datetime, time: datetime) -> bool:
        """Whether the time is between those of the neighbours."""
        if not queue.fixed:
            return time > queue.pattern.instant(slot - queue.pattern.step)
        before = self._first(queue)
        while before != slot and queue.pattern.next(before) != slot:
            before = queue.pattern.next(before)
        is_later = before == slot or queue.time(before) < time
        return is_later and time < queue.time(queue.pattern.next(slot))

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers)
    def run_now(self, number: int) -> None:
        """It is nothing to the occurrences: it counts, and takes a turn."""
        queue = self.notebook.come_to(pick(list(self.notebook.queues.values()), number), self.now)
        problems = self.notebook.problems(queue, self.seen, self.now)
        key = Key.of(queue.owner, f"{queue.id} {queue.count} {self.now}", "runQueueNow", {}, self.now)
        before = self.seen
        refused = self.ask(self.world.process.run_now.run(queue.owner, queue.id, key))
        if queue.status == COMPLETED or queue.used_up or problems is None or all(problems.values()):
            assert refused is Conflict
            return
        assert refused is None
        check_clone_of(before, self.seen, self.notebook, queue.id, queue.run_now(self.now, problems), self.now)
