"""The days of queues: another time, other days, another zone, excluded dates and ends, also of what is overdue."""

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from perennial.core.errors import InvalidInput

from ..noted.edits import Edit, change_days
from ..noted.patterns import RULES, ZONES, Pattern
from ..noted.queue import ACTIVE, COMPLETED, PAUSED, NotedQueue
from ..noted.rescheduling import begin_at, slot_given
from ..scene import Scene, delays, numbers, pick
from ..standing import changed_of
from .making import Wishes, days, wishes

lateness = st.sampled_from([None, None, timedelta(), timedelta(hours=3), timedelta(days=2), timedelta(days=9)])

EDITED = ("time", "interval", "rule", "zone", "dates", "end")


class EditRules(Scene):
    """Queues that get other days."""

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, delay=delays, late=lateness)
    def change_next_time(self, number: int, delay: timedelta, late: timedelta | None) -> None:
        queue = self.late_queue(number, late)
        time, is_overdue = self.now + delay, queue.is_due(self.now)
        slot = slot_given(queue, time)
        refused = self.update(queue, next_scheduled_time=time)
        assert refused is (InvalidInput if slot is None else None)
        if slot is None:
            return
        if slot != queue.pending and queue.status != COMPLETED:
            reason = "PAUSED" if queue.status == PAUSED else "SCHEDULE_CHANGED"
            queue.note_not_run(queue.due(self.now), reason, self.now)
        begin_at(queue, slot, time, self.now)
        self.note_edit("time", is_overdue=is_overdue)

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, interval=days, late=lateness)
    def change_interval(self, number: int, interval: int, late: timedelta | None) -> None:
        """It counts from the pending occurrence on."""
        queue = self.late_queue(number, late)
        if queue.fixed or not any(queue.will.changed.values()):  # one that was moved past others is none of the laws'
            self._edit(queue, "interval", Pattern(interval, None, queue.pattern.zone))

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, rule=st.sampled_from(RULES), late=lateness)
    def change_rule(self, number: int, rule: str, late: timedelta | None) -> None:
        """It goes on with the first day that satisfies it."""
        queue = self.late_queue(number, late)
        self._edit(queue, "rule", Pattern(None, rule, queue.pattern.zone))

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, zone=st.sampled_from([None, *ZONES]), late=lateness)
    def change_zone(self, number: int, zone: str | None, late: timedelta | None) -> None:
        """Its wall times stay, or its instants where it had no zone, or has none any more."""
        queue = self.late_queue(number, late)
        self._edit(queue, "zone", Pattern(queue.pattern.interval, queue.pattern.rule, zone))

    @precondition(lambda self: self.notebook.queues)
    @rule(number=numbers, wishes=wishes, late=lateness)
    def change_dates_and_end(self, number: int, wishes: Wishes, late: timedelta | None) -> None:
        """On which of its days it does not run, and when it ends."""
        queue = self.late_queue(number, late)
        if queue.fixed or not any(queue.will.changed.values()):
            excluded = wishes.excluded(self.now)
            self._edit(queue, "dates" if excluded != queue.will.excluded else "end", queue.pattern, excluded, wishes)

    def _edit(
        self,
        queue: NotedQueue,
        kind: str,
        pattern: Pattern,
        excluded: frozenset[date] | None = None,
        wishes: Wishes | None = None,
    ) -> None:
        """Asks for the other days, and judges what came of it. A refusal leaves all as it is."""
        edit = Edit(
            pattern,
            queue.will.excluded if excluded is None else excluded,
            wishes.ends_at(self.now) if wishes else queue.ends_at,
        )
        changes = {
            "interval": {"interval": pattern.interval},
            "rule": {"rule": pattern.rule},
            "zone": {"timezone": pattern.zone},
        }.get(kind, {"excluded_dates": edit.excluded, "ends_at": edit.ends_at})
        is_overdue = queue.is_due(self.now)
        refused = self.update(queue, **changes)
        if not queue.fixed and (pattern.rule or pattern.zone):
            assert refused is InvalidInput
        elif refused:
            assert refused is InvalidInput
            assert edit.ends_at or any(queue.will.changed.values()), "nothing ends, and nothing was moved"
        else:
            change_days(queue, edit, changed_of(self.seen.queues[queue.id]), self.now)
            self.note_edit(kind, is_overdue=is_overdue)
            if is_overdue:
                self.world.reached["left to a tick" if queue.is_due(self.now) else "given up by an edit"] += 1

    def late_queue(self, number: int, late: timedelta | None) -> NotedQueue:
        """One of the queues; if `late`, one that is active, and has been overdue for as long."""
        queues = list(self.notebook.queues.values())
        active = [queue for queue in queues if queue.status == ACTIVE]
        if late is not None and active:
            queue = pick(active, number)
            self.world.clock.now = max(self.now, queue.next + late)
            return self.notebook.come_to(queue, self.now)
        return self.queue(number)

    def note_edit(self, kind: str, *, is_overdue: bool) -> None:
        """Counts it."""
        self.world.reached[f"edit of the {kind}"] += 1
        if is_overdue:
            self.world.reached[f"edit of the {kind}, overdue"] += 1
