"""Owners who skip or move an occurrence, and change the days of the queue once its own time is past."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ..noted.patterns import RULES
from ..noted.rescheduling import waiting
from ..scene import numbers
from .editing import EditRules
from .steering import SteeringRules

WAITING = "days changed while one that was moved had yet to run"
BEYOND = "one is told of after that which is left to a tick"
A_LITTLE = timedelta(minutes=10)


class ReplanningRules(EditRules, SteeringRules):
    """Queues that get other days, while one of their occurrences is where its owner put it."""

    @precondition(lambda self: self.notebook.queues)
    @rule(
        number=numbers,
        place=st.sampled_from([0, 1]),
        distance=st.sampled_from([None, timedelta(hours=1), timedelta(hours=20)]),
        days=st.sampled_from([*RULES, 2, 7, None]),
    )
    def replan(self, number: int, place: int, distance: timedelta | None, days: str | int | None) -> None:
        """It is skipped, or else moved; then there is another time, rule or interval."""
        queue, slot = self.occurrence(number, place)
        if distance:
            self.move(number, place, distance)
        else:
            self.skip(number, place)
        self.world.clock.now = max(self.now, queue.pattern.instant(slot) + A_LITTLE)
        self.world.reached[WAITING] += bool(waiting(queue, self.now))
        if isinstance(days, str):
            self.change_rule(number, days, None)
        elif days:
            self.change_interval(number, days, None)
        else:
            self.change_next_time(number, timedelta(minutes=5), None)
        told = [name for name, entry in queue.ledger.items() if entry.executed_time == self.now]
        self.world.reached[BEYOND] += queue.is_due(self.now) and any(name > queue.next for name in told)
