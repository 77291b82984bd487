"""What is foreseen of a queue is what its ticks make of it, as the notebook has it, if each comes on time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from hypothesis.stateful import precondition, rule

from perennial.core.states import Platform
from perennial.queues.upcoming.occurrences import Asked, Foreseen, of_queues

from ..noted.queue import ACTIVE, POST_DELETED, NotedQueue
from ..noted.runs import tick
from ..noted.will import EXCLUDED_DATE, MISSED_AFTER
from ..scene import Scene, numbers

SHOWN = 5
STEPS_MAX = timedelta(days=4000)


class One(NamedTuple):
    """An occurrence ahead: its name, when it falls due, and the post that it runs; None: it is skipped."""

    name: datetime
    time: datetime
    post: UUID | None


class ForesightRules(Scene):
    """Owners ask what comes."""

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers)
    def foresee(self, number: int) -> None:
        queue = list(self.notebook.queues.values())[number % len(self.notebook.queues)]
        asked = Asked(queue.owner, self.now, MISSED_AFTER)
        (found,) = self.world.run(of_queues(asked, [queue.id], SHOWN))
        expected = list(islice(self._expected(queue), SHOWN))
        assert [_of(one) for one in found] == expected
        self.world.reached["foreseen"] += len(expected)

    def _expected(self, noted: NotedQueue) -> Iterator[One]:
        """What comes if all goes well. What the ledger has of times ahead is not foreseen."""
        queue, last = replace(noted, ledger={}, uses=dict(noted.uses)), self.now + STEPS_MAX
        while queue.status == ACTIVE and queue.next <= last:
            is_late, slot, post = queue.next <= self.now, queue.pending, queue.original
            now = max(queue.next, self.now)
            reason = queue.will.reason_against(slot)
            if reason and not is_late:
                name = queue.pattern.instant(slot)
                yield from () if reason == EXCLUDED_DATE else [One(name, name, None)]
            due = queue.due(now)
            ran = tick(queue, now, {Platform.X: None} if post else None)
            times = {queue.pattern.instant(one): noted.time(one) for one in due}
            if ran:
                yield One(ran, times[ran], post)
            elif not post:
                given_up = [name for name, entry in queue.ledger.items() if POST_DELETED in entry.reasons]
                yield from (One(name, times[name], None) for name in given_up)


def _of(one: Foreseen) -> One:
    return One(one.occurrence.scheduled_time, one.occurrence.time, one.post_id)
