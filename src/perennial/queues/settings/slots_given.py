"""The slots that an owner means by a time, a rule and a time zone, or why there are none."""

from datetime import datetime

from perennial.core.errors import InvalidInput
from perennial.core.instants import instant
from perennial.core.states import Cadence
from perennial.queues.calendar.rules import InvalidRule, parse_rule
from perennial.queues.calendar.slots import Calendar
from perennial.queues.calendar.zones import UnknownZone, find_zone
from perennial.queues.recurrence.columns import Queue, slot_text
from perennial.queues.recurrence.series import Series, calendar_of

START = "nextScheduledTime"


def checked_calendar(queue: Queue) -> Calendar:
    """The calendar of a queue's settings. Raises InvalidInput if there is no such rule or zone."""
    try:
        if queue.timezone is not None:
            find_zone(queue.timezone)
        if queue.rule is not None:
            parse_rule(queue.rule)
    except UnknownZone as error:
        raise InvalidInput("timezone", str(error)) from error
    except InvalidRule as error:
        raise InvalidInput("rule", str(error)) from error
    return calendar_of(queue.interval, queue.rule, queue.timezone)


def check_cadence(queue: Queue, field: str) -> None:
    """Raises InvalidInput, for this field, if the queue has a rule or a zone, and a cadence that takes neither."""
    if queue.cadence == Cadence.AFTER_EXECUTION and (queue.rule is not None or queue.timezone is not None):
        raise InvalidInput(
            field,
            "With AFTER_EXECUTION the next occurrence is counted from the moment of the last: such a queue has an "
            "interval, and neither a rule nor a time zone.",
        )


def slot_given(calendar: Calendar, time: datetime, now: datetime, series: Series | None = None) -> datetime:
    """The slot that is meant by this time, a valid one: that of the series whose own time it is, or the wall time.

    Raises InvalidInput if the time is the second one with its wall time, or no slot of the rule; then it names the
    two after `now` that are nearest.
    """
    known = series.slot_at(time) if series is not None else None
    if known is not None and calendar.contains(known):
        return known
    slot = calendar.slot_of(time)
    if calendar.is_second_of_two(time):
        raise InvalidInput(
            START,
            f"The clocks of {calendar.zone} show {slot_text(slot)} twice, and a queue runs the first time, which is "
            f"{instant(calendar.instant(slot))}.",
        )
    if not calendar.contains(slot):
        before, after = calendar.nearest(slot)
        around = (before, after, after and calendar.next(after))
        near = [one for one in around if one and calendar.instant(one) > now][:2]
        those = (
            f"; the nearest {'are' if len(near) > 1 else 'is'} {' and '.join(_named(calendar, one) for one in near)}"
        )
        raise InvalidInput(
            START, f"{slot_text(slot)} in {calendar.zone} is no occurrence of the rule{those if near else ''}."
        )
    return slot


def slot_moved_to(series: Series, time: datetime) -> datetime | None:
    """The slot of the occurrence that was moved to this time; None: none was."""
    return next((slot for slot, to in series.changed.items() if to == time and slot >= series.pending), None)


def check_goes_on(calendar: Calendar, slot: datetime, field: str) -> None:
    """Raises InvalidInput, for this field, if the rule has no slot within 100 years of this one."""
    if calendar.next(slot) is None:
        raise InvalidInput(
            field, f"After {slot.date()} the rule has no day for 100 years: it is an occurrence that does not recur."
        )


def check_end(series: Series, field: str) -> None:
    """Raises InvalidInput, for this field, if the series ends before its pending occurrence.

    That counts by its own time, also where it was moved to an earlier one.
    """
    pending, moved = series.calendar.instant(series.pending), series.changed.get(series.pending)
    if series.ends_at is not None and pending > series.ends_at:
        to = f", which was moved to {instant(moved)} and counts by its own time" if moved else ""
        choose = "choose an earlier time, or" if field == START else "choose"
        raise InvalidInput(
            field,
            f"The queue's endsAt, {instant(series.ends_at)}, is before its next occurrence, {instant(pending)}{to}: "
            f"{choose} an end of {instant(pending)} or later.",
        )


def check_runs(series: Series) -> None:
    """Raises InvalidInput if the pending occurrence, to which its owner gave a time, is on an excluded date."""
    if series.pending.date() in series.excluded:
        raise InvalidInput(START, _excluded(series.pending))


def check_date(series: Series, time: datetime, field: str) -> None:
    """Raises InvalidInput, for this field, if the local date of this time is excluded."""
    if series.excludes(time):
        raise InvalidInput(field, _excluded(series.calendar.slot_of(time)))


def check_moves_dates(series: Series, field: str) -> None:
    """Raises InvalidInput, for this field, if an occurrence was moved to a date that is excluded now."""
    for slot, time in series.changed.items():
        if time is not None and series.excludes(time):
            raise InvalidInput(
                field,
                f"The occurrence of {instant(series.calendar.instant(slot))} was moved to {instant(time)}, which is "
                "on one of the excludedDates then: move or restore it first, or leave that date out.",
            )


def check_moves_end(series: Series) -> None:
    """Raises InvalidInput if an occurrence was moved to a time after the series' end."""
    for slot, time in series.changed.items():
        if series.ends_at is not None and time is not None and time > series.ends_at:
            raise InvalidInput(
                "endsAt",
                f"The occurrence of {instant(series.calendar.instant(slot))} was moved to {instant(time)}, which is "
                "later: move or restore it first, or choose a later end.",
            )


def _named(calendar: Calendar, slot: datetime) -> str:
    return f"{instant(calendar.instant(slot))} ({slot_text(slot)})"


def _excluded(slot: datetime) -> str:
    return f"{slot.date()} is one of the queue's excludedDates: choose another day, or take it out of them."
