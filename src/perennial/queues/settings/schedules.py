"""When a queue runs by its new settings, and what its owner should know about them."""

from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from perennial.core.errors import InvalidInput
from perennial.core.instants import instant
from perennial.posts.scheduling import validated_time
from perennial.queues.ledger.recording import RUN_BESIDE, RUNS_ONCE
from perennial.queues.recurrence.changes import at_slot
from perennial.queues.recurrence.columns import Changes, Queue, read_dates
from perennial.queues.recurrence.series import Series
from perennial.queues.settings import settling
from perennial.queues.settings.checks import checked_columns
from perennial.queues.settings.notices import Notice, about_dropped, about_given_up, about_recorded
from perennial.queues.settings.rescheduling import Rescheduling
from perennial.queues.settings.slots_given import (
    START,
    check_cadence,
    check_end,
    check_goes_on,
    check_moves_dates,
    check_moves_end,
    checked_calendar,
    slot_given,
)

# The columns that say when a queue runs, with their fields.
FIELDS = {
    "ends_at": "endsAt",
    "next_scheduled_time": START,
    "rule": "rule",
    "timezone": "timezone",
    "interval": "interval",
    "excluded_dates": "excludedDates",
}

Q = TypeVar("Q", bound=Queue)


@dataclass(frozen=True)
class Schedule:
    """When a queue runs from now on: the occurrences of `series`, the first of which is pending.

    `time` is when its owner said that it runs next; None: nobody did. `recorded` are the slots that are skipped because
    the ledger has their occurrences already.
    """

    change: Rescheduling
    series: Series
    time: datetime | None = None
    recorded: tuple[datetime, ...] = ()

    @property
    def columns(self) -> Changes:
        """The columns that say so."""
        return at_slot(self.change.after, self.series, self.series.pending)

    @property
    def moves(self) -> bool:
        """Whether another occurrence is pending than before, or at another time."""
        is_other = self.series.pending != self.change.old.pending
        return is_other or self.series.time(self.series.pending) != self.change.before.next_scheduled_time

    @property
    def goes_on_with(self) -> datetime | None:
        """The slot that the pending occurrence had before the change; None: it is another one than the queue had."""
        return settling.goes_on_with(self.change, self.series)

    @property
    def gone(self) -> list[datetime]:
        """What else has passed, by its old slots: occurrences that no tick finds by the new settings."""
        return settling.gone(self.change, self.series)

    @property
    def notices(self) -> list[Notice]:
        """What the owner should know of occurrences ahead: what was undone, and what has a row."""
        dropped = settling.dropped(self.change, self.series, is_given=self.time is not None)
        return [*about_dropped(dropped), *about_recorded([*map(self.series.calendar.instant, self.recorded)])]

    def notices_of_time(self, missed_after: timedelta) -> list[Notice]:
        """What the owner should know of the time at which the queue was to run, if it does not run then.

        What is later than `missed_after` is missed.
        """
        given_up = settling.given_up(self.change, self.series, missed_after, is_given=self.time is not None)
        return about_given_up(given_up, self.series) if given_up else []

    def without(self, recorded: Collection[datetime]) -> "Schedule":
        """The same, where these slots, whose occurrences the ledger has already, are skipped.

        Raises InvalidInput if the owner gave the time of one of them: it does not run a second time.
        """
        first = self.series.first_running()
        if self.time is not None and first is not None and first in recorded:
            name = instant(self.series.calendar.instant(first))
            raise InvalidInput(START, f"The occurrence of {name} {RUNS_ONCE}: choose another time, or {RUN_BESIDE}.")
        running = [slot for slot in recorded if self.series.changed.get(slot, slot) is not None]
        changed = {**self.series.changed, **dict.fromkeys(running)}
        return replace(self, series=replace(self.series, changed=changed), recorded=tuple(sorted(running)))


def with_one_pattern(given: Mapping[str, Any], queue: Queue | None = None) -> dict[str, Any]:
    """The settings, in which a new interval takes the place of the queue's rule, and a new rule that of its interval.

    Raises InvalidInput if that leaves both, or neither.
    """
    interval, rule = given.get("interval"), given.get("rule")
    if interval is not None and rule is not None:
        raise InvalidInput("rule", "A queue has an interval or a rule: leave out one of them.")
    if interval is not None or rule is not None:
        return {**given, "interval": interval, "rule": rule}
    if queue is None:
        raise InvalidInput("interval", "A queue needs an interval, in days, or a rule.")
    for column in ("interval", "rule"):
        if column in given and getattr(queue, column) is not None:
            raise InvalidInput(column, "A queue needs an interval or a rule: give the other, or leave this one out.")
    return dict(given)


def new_schedule(queue: Queue, now: datetime) -> Changes:
    """The columns of a new queue, whose `next_scheduled_time` is as its owner gave it. Raises InvalidInput."""
    check_cadence(queue, "cadence")
    calendar = checked_calendar(queue)
    slot = slot_given(calendar, validated_time(START, queue.next_scheduled_time, now), now)
    check_goes_on(calendar, slot, "rule")
    series = Series(calendar, slot, read_dates(queue.excluded_dates), {}, queue.ends_at)
    check_end(series, "endsAt")
    return at_slot(queue, series, slot)


def changed_columns(queue: Queue, given: Mapping[str, Any], now: datetime) -> tuple[dict[str, Any], Schedule | None]:
    """The columns for settings that an owner changes; and the schedule, which has more of them, if they concern it.

    Raises InvalidInput.
    """
    columns = checked_columns(with_one_pattern(given, queue), queue.execution_count)
    if not FIELDS.keys() & columns.keys():
        return columns, None
    after = with_columns(queue, {**columns, "next_scheduled_time": queue.next_scheduled_time})
    return columns, changed_schedule(queue, after, columns, now)


def with_columns(queue: Q, columns: Mapping[str, Any]) -> Q:
    """A copy of the queue with these columns."""
    changed = copy(queue)
    for name, value in columns.items():
        setattr(changed, name, value)
    return changed


def changed_schedule(before: Queue, after: Queue, given: Mapping[str, Any], now: datetime) -> Schedule:
    """When a queue runs by new settings, those that are `given`. Raises InvalidInput.

    `after` is the queue with these settings, and its pending occurrence as it was before.
    """
    check_cadence(after, "timezone" if given.get("rule") is None else "rule")
    is_new_end = after.ends_at != before.ends_at
    if is_new_end and after.ends_at is not None and after.ends_at <= now:
        raise InvalidInput("endsAt", "The end must be in the future.")
    change, time = Rescheduling.of(before, after, now), given.get("next_scheduled_time")
    if time is not None:
        time = validated_time(START, time, now)
    series = change.kept() if time is None else change.at(time)
    if time is not None or not change.is_same:
        check_goes_on(series.calendar, series.pending, "rule" if given.get("rule") is not None else START)
    if series.pending != change.old.pending or not change.is_same or is_new_end:
        check_end(series, next((field for column, field in FIELDS.items() if given.get(column) is not None), "endsAt"))
    check_moves_end(series)
    if columns := [column for column in ("excluded_dates", "timezone") if column in given]:
        check_moves_dates(series, FIELDS[columns[0]])
    return Schedule(change, series, time)
