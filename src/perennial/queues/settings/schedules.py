"""When a queue runs by its new settings, and what its owner should know about them."""

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from perennial.core.errors import InvalidInput
from perennial.queues.calendar.slots import Calendar
from perennial.queues.recurrence.changes import at_slot
from perennial.queues.recurrence.columns import Changed, Changes, Queue, read_dates
from perennial.queues.recurrence.series import Series, next_run
from perennial.queues.settings.checks import checked_columns
from perennial.queues.settings.notices import Notice, about_dropped
from perennial.queues.settings.slots_given import (
    START,
    check_cadence,
    check_end,
    check_goes_on,
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


class Schedule(NamedTuple):
    """When a queue runs from now on: the columns that say so, and what its owner should know.

    `scheduled_time` is the pending occurrence's, and `moves` says whether it is another one than before, or at another
    time.
    """

    columns: Changes
    scheduled_time: datetime
    moves: bool
    notices: list[Notice]


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
    slot = slot_given(calendar, queue.next_scheduled_time, now)
    check_goes_on(calendar, slot)
    series = Series(calendar, slot, read_dates(queue.excluded_dates), {}, queue.ends_at)
    check_end(series, "endsAt")
    return at_slot(queue, series, slot)


def changed_columns(queue: Queue, given: Mapping[str, Any], now: datetime) -> tuple[dict[str, Any], Schedule | None]:
    """The columns for settings that an owner changes; and the schedule, if they concern it. Raises InvalidInput."""
    columns = checked_columns(with_one_pattern(given, queue), queue.execution_count)
    if not FIELDS.keys() & columns.keys():
        return columns, None
    after = with_columns(queue, {**columns, "next_scheduled_time": queue.next_scheduled_time})
    schedule = changed_schedule(queue, after, columns, now)
    return columns | schedule.columns, schedule


def with_columns(queue: Q, columns: Mapping[str, Any]) -> Q:
    """A copy of the queue with these columns."""
    changed = copy(queue)
    for name, value in columns.items():
        setattr(changed, name, value)
    return changed


def changed_schedule(before: Queue, after: Queue, given: Mapping[str, Any], now: datetime) -> Schedule:
    """The columns of a queue with new settings, those that are `given`. Raises InvalidInput.

    `after` is the queue with these settings, and its pending occurrence as it was before.
    """
    check_cadence(after, "timezone" if given.get("rule") is None else "rule")
    ends_at = after.ends_at
    if ends_at != before.ends_at and ends_at is not None and ends_at <= now:
        raise InvalidInput("endsAt", "The end must be in the future.")
    change = _Change(before, after, Series.of(before), checked_calendar(after))
    time = given.get("next_scheduled_time")
    slot = change.kept_slot(now) if time is None else change.slot_at(time, now)
    if time is not None or not change.is_same:
        check_goes_on(change.calendar, slot)
    series = Series(change.calendar, slot, read_dates(after.excluded_dates), {}, after.ends_at)
    if slot != change.old.pending or not change.is_same or after.ends_at != before.ends_at:
        check_end(series, next((field for column, field in FIELDS.items() if given.get(column) is not None), "endsAt"))
    changed = {one: moved for old, moved in change.old.changed.items() if (one := change.carried(old)) >= slot}
    if time is not None and not change.is_shown(time) and changed.get(slot) != time:
        changed.pop(slot, None)
    kept = _kept(series, changed)
    check_moves_end(replace(series, changed=kept))
    dropped = [change.calendar.instant(one) for one in sorted(changed.keys() - kept.keys())]
    columns = at_slot(after, replace(series, changed=kept), slot)
    moves = slot != change.old.pending or columns["next_scheduled_time"] != before.next_scheduled_time
    return Schedule(columns, change.calendar.instant(slot), moves, about_dropped(dropped))


class _Change(NamedTuple):
    """A queue before and after a change of its settings: its occurrences as they were, and its new calendar."""

    before: Queue
    after: Queue
    old: Series
    calendar: Calendar

    @property
    def is_same(self) -> bool:
        """Whether rule, interval and zone stay."""
        return self.calendar == self.old.calendar and self.before.timezone == self.after.timezone

    def is_shown(self, time: datetime) -> bool:
        """Whether it is the time at which the queue runs next anyway, as the API shows it."""
        return self.is_same and time == next_run(self.before).time

    def slot_at(self, time: datetime, now: datetime) -> datetime:
        """The slot that the owner means by this time."""
        if time > now and self.is_shown(time):
            return self.old.pending
        return slot_given(self.calendar, time, now, self.old if self.is_same else None)

    def kept_slot(self, now: datetime) -> datetime:
        """The pending slot where it still is one and lies ahead, otherwise the next that is. An interval moves none."""
        slot = self.carried(self.old.pending)
        has_rule = self.after.rule is not None or self.before.rule is not None
        if self.is_same or not (has_rule or self.before.timezone != self.after.timezone):
            return slot
        start = slot if self.calendar.contains(slot) else self.calendar.nearest(slot)[1]
        moved = self.old.changed.get(self.old.pending)
        changed = {slot: moved} if moved else {}
        following = start and Series(self.calendar, start, frozenset(), changed, None).first_after(now)
        if following is None:
            raise InvalidInput("rule", f"The rule has no day within 100 years of {slot.date()}.")
        return following

    def carried(self, slot: datetime) -> datetime:
        """What a slot has become: its wall time stays in another zone, and its instant where there was or is none."""
        if self.before.timezone == self.after.timezone or (self.before.timezone and self.after.timezone):
            return slot
        return self.calendar.slot_of(self.old.calendar.instant(slot))


def _kept(series: Series, changed: Changed) -> Changed:
    """Those that can still be skipped or moved: they are occurrences, and each move lies between its neighbours."""
    kept = dict(changed)
    while lost := [one for one in kept if not _holds(replace(series, changed=kept), one)]:
        kept = {one: moved for one, moved in kept.items() if one not in lost}
    return kept


def _holds(series: Series, slot: datetime) -> bool:
    """Whether this is an occurrence of the series, between its neighbours if it is moved."""
    if series.changed[slot] is None or not series.has(slot):
        return series.has(slot)
    time = series.time(slot)
    before = series.calendar.previous(slot) if slot != series.pending else None
    after = series.calendar.next(slot)
    return (before is None or series.time(before) < time) and (after is None or time < series.time(after))
