"""Queues that are paused and resumed, one or all of an owner's, until a time or until further notice."""

from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from perennial.core.errors import Conflict, InvalidInput
from perennial.queues.pausing.all_queues import AllQueues
from perennial.queues.pausing.pauses import Pause
from perennial.queues.recurrence.changes import ResumeFrom
from perennial.queues.resuming import Start

from ..noted.queue import ACTIVE, COMPLETED, ENDED, PAUSED, PAUSED_WITH_ALL, POST_DELETED, NotedQueue
from ..noted.rescheduling import from_now, keeps_slots, pass_over, resume_at, shown, slot_by_default, slot_given
from ..scene import Scene, delays, numbers, owners, pick
from ..weather_rules import AHEAD

STARTS = (None, ResumeFrom.NEXT_SLOT, ResumeFrom.NOW)
starts = st.sampled_from(STARTS)
BATCH_SECONDS = 60.0


class PauseRules(Scene):
    """Queues: paused, resumed."""

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, delay=st.none() | delays)
    def pause(self, number: int, delay: timedelta | None) -> None:
        """Until a time, or for good; once more is another pause."""
        self._pause(self.queue(number), self.now + delay if delay else None)

    def _pause(self, queue: NotedQueue, until: datetime | None) -> None:
        refused = self.ask(self.world.process.queues.pause(queue.owner, queue.id, Pause(until), self.now))
        assert refused is (Conflict if queue.status == COMPLETED else None)
        if not refused:
            queue.status, queue.reason, queue.paused_until = PAUSED, None, until

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, delay=delays)
    def resume_at(self, number: int, delay: timedelta) -> None:
        queue, time = self.queue(number), self.now + delay
        as_shown = time == shown(queue)
        slot = queue.first_after(self.now) if as_shown else slot_given(queue, time)
        is_known = slot is not None and as_shown and self._has_run(queue)
        refused = self.ask(self.world.process.queues.resume(queue.owner, queue.id, Start(time), self.now))
        if queue.status == ACTIVE:
            assert refused is None
        elif queue.original is None or queue.used_up or (as_shown and slot is None):
            assert refused is Conflict
        elif slot is None or is_known:
            assert refused is InvalidInput
        else:
            assert refused is None
            resume_at(queue, slot, None if as_shown else time, self.now)

    def _has_run(self, queue: NotedQueue) -> bool:
        first = queue.first_running()
        return first is not None and queue.pattern.instant(first) in queue.ledger

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, start=starts)
    def resume(self, number: int, start: ResumeFrom | None) -> None:
        self._resume(self.queue(number), start)

    def _resume(self, queue: NotedQueue, start: ResumeFrom | None) -> None:
        refused = self.ask(self.world.process.queues.resume(queue.owner, queue.id, Start(None, start), self.now))
        if start is ResumeFrom.NOW:
            slot = None if queue.is_over(from_now(queue, self.now)) else from_now(queue, self.now)
        else:
            slot = queue.first_after(self.now) if start else slot_by_default(queue, self.now)
        if queue.status == ACTIVE:
            assert refused is None
        elif queue.original is None or queue.used_up:
            assert refused is Conflict
        elif start is ResumeFrom.NOW and keeps_slots(queue):
            assert refused is InvalidInput
        elif slot is None:
            assert refused is Conflict
        else:
            assert refused is None
            resume_at(queue, slot, None, self.now)
            self.world.reached[f"resumed from {start}"] += 1

    @rule(owner=owners, delay=st.none() | delays)
    def pause_all(self, owner: str, delay: timedelta | None) -> None:
        """Those that are active, and those that were paused so before; the others stay as they are."""
        until = self.now + delay if delay else None
        together = [queue for queue in self._all_of(owner) if queue.status == ACTIVE or queue.reason == PAUSED_WITH_ALL]
        active = [queue for queue in together if queue.status == ACTIVE]
        done = self.world.run(self._all(owner).pause(Pause(until), self.now, hold_scheduled=False))
        self.seen = self.world.look()
        assert done.count == len(active)
        for queue in together:
            queue.status, queue.reason, queue.paused_until = PAUSED, PAUSED_WITH_ALL, until
            self.world.reached["paused with all" + (" until a time" if until else "")] += 1

    @precondition(lambda self: self.that_run())
    @rule(number=numbers, delay=st.none() | delays, step=st.sampled_from(AHEAD), start=st.sampled_from(STARTS[:2]))
    def rest(self, number: int, delay: timedelta | None, step: timedelta, start: ResumeFrom | None) -> None:
        """A queue is paused for a while, perhaps together with all of its owner's; then they go on."""
        queue = pick(self.that_run(), number)
        if delay:
            self.pause_all(queue.owner, delay)
        else:
            self._pause(queue, None)
        self._go_on_later(queue, step, start, together=bool(delay))

    @precondition(lambda self: [queue for queue in self.that_run() if not keeps_slots(queue)])
    @rule(number=numbers, step=st.sampled_from(AHEAD), together=st.booleans())
    def rest_and_go_on_from_now(self, number: int, step: timedelta, together: bool) -> None:
        """Those of its owner's that cannot are paused by themselves then, and stay so."""
        queue = pick([queue for queue in self.that_run() if not keeps_slots(queue)], number)
        self.pause_all(queue.owner, None)
        for one in self._all_of(queue.owner):
            if one.status == PAUSED and (keeps_slots(one) or (one is queue and not together)):
                self._pause(one, None)
        self._go_on_later(queue, step, ResumeFrom.NOW, together=together)

    def _go_on_later(self, queue: NotedQueue, step: timedelta, start: ResumeFrom | None, *, together: bool) -> None:
        self.world.clock.now += step
        if together:
            self.resume_all(queue.owner, start)
        else:
            self._resume(self.notebook.come_to(queue, self.now), start)

    def that_run(self) -> list[NotedQueue]:
        """The queues that are active, and have a post."""
        return [one for one in self.notebook.queues.values() if one.status == ACTIVE and one.original is not None]

    @rule(owner=owners, start=starts)
    def resume_all(self, owner: str, start: ResumeFrom | None) -> None:
        """Those that were paused with all, and not by themselves since; one that cannot go on is completed."""
        paused = [queue for queue in self._all_of(owner) if queue.reason == PAUSED_WITH_ALL]
        refused = start is ResumeFrom.NOW and any(map(keeps_slots, paused))
        work = self._all(owner).resume(start, self.now)
        if refused:
            assert self.ask(work) is InvalidInput
            return
        done = self.world.run(work)
        self.seen = self.world.look()
        for queue in paused:
            self._resume_with_all(queue, start)
        assert done.count == sum(queue.status == ACTIVE for queue in paused)
        self.world.reached[f"resumed with all from {start}"] += sum(queue.status == ACTIVE for queue in paused)

    def _resume_with_all(self, queue: NotedQueue, start: ResumeFrom | None) -> None:
        slot = queue.first_after(self.now)
        if start is not ResumeFrom.NEXT_SLOT and not keeps_slots(queue):
            from_then = from_now(queue, self.now)
            ahead = [one for one in queue.slots() if slot and one >= slot] if queue.is_over(from_then) else []
            runs = any(not queue.will.reason_against(one) for one in ahead)
            if queue.original and start is ResumeFrom.NOW and queue.is_over(from_then) and runs:
                self.world.reached["stays paused, as it ends sooner"] += 1
                return
            if not queue.is_over(from_then) or start is ResumeFrom.NOW:
                slot = from_then
        queue.note_not_run(queue.due(self.now), "PAUSED", self.now)
        if queue.original is None:
            queue.complete(POST_DELETED)
            return
        if slot is not None:
            pass_over(queue, slot, None, self.now)
        queue.activate()
        if slot is None or queue.is_over(slot):
            queue.complete(ENDED)

    def _all_of(self, owner: str) -> list[NotedQueue]:
        """The owner's queues, as they find them."""
        own = [queue for queue in self.notebook.queues.values() if queue.owner == owner]
        return [self.notebook.come_to(queue, self.now) for queue in own]

    def _all(self, owner: str) -> AllQueues:
        process = self.world.process
        return AllQueues(process.alarms, process.events, owner, BATCH_SECONDS)
