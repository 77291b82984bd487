"""What an owner does with single occurrences: skips, moves and restores them, and runs a queue once more, at once."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from perennial.core.errors import Conflict, InvalidInput
from perennial.idempotency.keys import Key

from ..noted.queue import COMPLETED, PAUSED, NotedQueue
from ..noted.runs import run_now
from ..scene import Scene, numbers, pick
from ..ticking import check_clone_of

places = st.sampled_from([0, 0, 1, 2])
hours = st.sampled_from([-25, -2, 0, 1, 30]).map(lambda number: timedelta(hours=number))

Refusal = type[Conflict] | type[InvalidInput] | None


class SteeringRules(Scene):
    """Occurrences: skipped, moved, restored, and made."""

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, place=places)
    def skip(self, number: int, place: int) -> None:
        """It falls due at its own time then."""
        queue, slot = self.occurrence(number, place)
        name = queue.pattern.instant(slot)
        refused = self.ask(self.world.process.steering.skip(queue.owner, queue.id, name, self.now))
        possible = self.lies_between(queue, slot, name) and not self._another_would_run(queue, slot)
        assert refused is (self.unknown(queue, slot) or (None if possible else Conflict))
        if not refused:
            self._change(queue, queue.will.changed | {slot: None})

    def _another_would_run(self, queue: NotedQueue, slot: datetime) -> bool:
        """Whether the next is counted from this one, if it does not run, and has fallen due too."""
        following = queue.pattern.next(slot)
        is_new = not queue.fixed and not queue.will.reason_against(slot)
        return is_new and not queue.is_over(following) and queue.pattern.instant(following) <= self.now

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, place=places, distance=hours)
    def move(self, number: int, place: int, distance: timedelta) -> None:
        """Away from its own time, or back to it."""
        queue, slot = self.occurrence(number, place)
        name = queue.pattern.instant(slot)
        time = name + distance
        refused = self.ask(self.world.process.steering.move(queue.owner, queue.id, name, time, self.now))
        assert refused is self._refusal_of_move(queue, slot, time)
        if not refused:
            self._change(queue, queue.will.changed | {slot: time if time != name else name})

    def _refusal_of_move(self, queue: NotedQueue, slot: datetime, time: datetime) -> Refusal:
        name, on = queue.pattern.instant(slot), queue.pattern.slot(time).date()
        if unknown := self.unknown(queue, slot):
            return unknown
        is_late = queue.ends_at is not None and time > queue.ends_at
        if time <= self.now or is_late or not self.lies_between(queue, slot, time):
            return InvalidInput
        if time != name and on in queue.will.excluded:
            return InvalidInput
        return Conflict if name in queue.ledger else None

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, place=places)
    def restore(self, number: int, place: int) -> None:
        queue, slot = self.occurrence(number, place)
        name = queue.pattern.instant(slot)
        refused = self.ask(self.world.process.steering.restore(queue.owner, queue.id, name, self.now))
        can_be_had = name > self.now and self.lies_between(queue, slot, name) and name not in queue.ledger
        possible = slot in queue.will.changed and can_be_had
        assert refused is (self.unknown(queue, slot) or (None if possible else Conflict))
        if not refused:
            self._change(queue, {one: time for one, time in queue.will.changed.items() if one != slot})

    def occurrence(self, number: int, place: int) -> tuple[NotedQueue, datetime]:
        """One of the queues, and one of its next slots; where it has none ahead, the pending one."""
        queue = self.queue(number)
        slot = self._first(queue) or queue.pending
        for _ in range(place if queue.fixed else 0):
            slot = queue.pattern.next(slot)
        return queue, slot

    def unknown(self, queue: NotedQueue, slot: datetime) -> Refusal:
        """Whether the queue has no such occurrence ahead."""
        first = self._first(queue)
        if queue.status == COMPLETED:
            return Conflict
        is_ahead = first is not None and not queue.is_over(slot) and (queue.fixed or first == queue.pending)
        return None if is_ahead and slot.date() not in queue.will.excluded else InvalidInput

    def _change(self, queue: NotedQueue, changed: dict[datetime, datetime | None]) -> None:
        """What is at its own time is not changed."""
        kept = {slot: time for slot, time in changed.items() if time != queue.pattern.instant(slot)}
        queue.will = replace(queue.will, changed=kept)
        queue.go_on(queue.pending)

    def _first(self, queue: NotedQueue) -> datetime | None:
        """The pending slot, unless the queue is paused and it has passed."""
        return queue.first_after(self.now) if queue.status == PAUSED else queue.pending

    def lies_between(self, queue: NotedQueue, slot: datetime, time: datetime) -> bool:
        """Whether the time is between those of the neighbours."""
        if not queue.fixed:
            return time > queue.pattern.instant(slot - queue.pattern.step)
        before = self._first(queue) or slot
        while before != slot and queue.pattern.next(before) != slot:
            before = queue.pattern.next(before)
        following = queue.pattern.next(slot)
        is_later = before == slot or queue.time(before) < time
        return is_later and (queue.is_over(following) or time < queue.time(following))

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
        check_clone_of(before, self.seen, self.notebook, queue.id, run_now(queue, self.now, problems), self.now)
