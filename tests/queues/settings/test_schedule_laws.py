"""Whatever rule, interval or zone takes the place of another: where the pending occurrence is afterwards."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

from hypothesis import given
from hypothesis import strategies as st
from support.queues import Queue

from perennial.core.errors import InvalidInput
from perennial.queues.recurrence.columns import changed_text, slot_text
from perennial.queues.recurrence.forecast import upcoming
from perennial.queues.recurrence.series import Series, calendar_of, next_run
from perennial.queues.settings.schedules import changed_schedule, with_columns

RULES = [None, "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=WEEKLY"]
ZONES = [None, "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"]
DAY, MISSED_AFTER = timedelta(days=1), timedelta(minutes=5)


@st.composite
def queues(draw: st.DrawFn) -> Queue:
    """Queues whose next few occurrences may be skipped, or moved a little."""
    rule, zone = draw(st.sampled_from(RULES)), draw(st.sampled_from(ZONES))
    calendar = calendar_of(None if rule else draw(st.integers(1, 9)), rule, zone)
    wall = datetime(2011, 1, 1) + draw(st.integers(0, 7_000)) * DAY  # noqa: DTZ001 - slots are naive
    wall += draw(st.sampled_from([0, 1, 2, 9, 23])) * timedelta(hours=1) + timedelta(minutes=30)
    slot = wall if calendar.contains(wall) else calendar.nearest(wall)[1]
    assert slot
    changed, one = {}, slot
    for _ in range(4):
        if draw(st.booleans()):
            moved = calendar.instant(one) + draw(st.integers(-60, 60)) * timedelta(minutes=1)
            changed[one] = draw(st.sampled_from([None, moved]))
        one = calendar.next(one) or one
    series = Series(calendar, slot, frozenset(), changed, None)
    return Queue(
        interval=None if rule else calendar.rule.interval,
        rule=rule,
        timezone=zone,
        next_local_time=slot_text(slot) if zone or changed.get(slot) else None,
        next_scheduled_time=series.time(slot),
        changed_occurrences=changed_text(changed),
    )


@given(queues(), st.sampled_from(RULES), st.sampled_from(ZONES), st.integers(-40, 40))
def test_the_pending_occurrence_is_one_by_the_new_settings_and_lies_ahead(
    before: Queue, rule: str | None, zone: str | None, days: int
) -> None:
    now = before.next_scheduled_time + days * DAY
    after = replace(before, rule=rule, interval=None if rule else before.interval or 2, timezone=zone)
    schedule = changed_schedule(before, after, {"rule": rule, "interval": after.interval, "timezone": zone}, now)
    changed = with_columns(after, schedule.columns)
    old, new = Series.of(before), Series.of(changed)
    assert new.time(new.pending) == changed.next_scheduled_time
    assert new.calendar.contains(new.pending)
    if zone == before.timezone:
        assert new.pending.time() == old.pending.time()
    only_interval = (rule, zone) == (None, before.timezone) and before.rule is None
    due = [slot for slot in _until(old, now) if old.reason_against(slot) is None]
    if schedule.change.is_same or (only_interval and old.time(old.pending) > now):
        assert new.pending == old.pending
    elif due and new.calendar.contains(carried := schedule.change.carried(due[-1])) and _is_alone(new, carried, now):
        assert new.pending == carried, "what a tick was to run is the next tick's still"
    elif due and new.time(new.pending) <= now:
        assert new.pending == carried, "with others that are skipped, as they were"
    else:
        assert changed.next_scheduled_time > now
    if old.pending == new.pending and zone == before.timezone:
        assert schedule.moves == (changed.next_scheduled_time != before.next_scheduled_time)


def _is_alone(series: Series, slot: datetime, now: datetime) -> bool:
    """Whether no other has passed since this one."""
    following = series.calendar.next(slot)
    return following is None or series.calendar.instant(following) > now


def _until(series: Series, now: datetime) -> list[datetime]:
    """The slots that have fallen due."""
    return list(takewhile(lambda slot: series.time(slot) <= now, series.from_pending()))


@given(queues(), st.sampled_from(RULES), st.sampled_from(ZONES))
def test_what_was_changed_and_is_kept_is_an_occurrence_and_times_stay_in_order(
    before: Queue, rule: str | None, zone: str | None
) -> None:
    after = replace(before, rule=rule, interval=None if rule else before.interval or 2, timezone=zone)
    now = before.next_scheduled_time - DAY
    schedule = changed_schedule(before, after, {"rule": rule, "timezone": zone}, now)
    series = Series.of(with_columns(after, schedule.columns))
    assert all(series.has(slot) for slot in series.changed)
    slot, time = series.pending, series.time(series.pending)
    for _ in range(6):
        slot = series.calendar.next(slot) or slot
        assert series.time(slot) > time
        time = series.time(slot)
    assert len(series.changed) + sum("more" not in one.message for one in schedule.notices) <= 5


@given(queues(), st.integers(-40, 0))
def test_the_time_that_is_shown_changes_nothing(before: Queue, days: int) -> None:
    shown, now = next_run(before).time, before.next_scheduled_time + days * DAY
    if shown <= now:
        return
    schedule = changed_schedule(before, before, {"next_scheduled_time": shown}, now)
    assert with_columns(before, schedule.columns) == before
    assert not schedule.moves


@given(queues(), st.sampled_from(RULES), st.sampled_from(ZONES), st.integers(-9, 3), st.integers(0, 4))
def test_it_runs_at_the_time_that_is_given_or_that_is_refused(
    before: Queue, rule: str | None, zone: str | None, days: int, place: int
) -> None:
    """Any time that `upcoming` shows, together with other settings; and the first is no wish for a time of day."""
    now = before.next_scheduled_time + days * DAY
    foreseen = [
        one for one in islice(upcoming(before.stored(), now, MISSED_AFTER), 8) if one.run is not None and one.time > now
    ]
    if place >= len(foreseen):
        return
    after = replace(before, rule=rule, interval=None if rule else before.interval or 2, timezone=zone)
    given_settings = {"rule": rule, "timezone": zone, "next_scheduled_time": foreseen[place].time}
    try:
        schedule = changed_schedule(before, after, given_settings, now)
    except InvalidInput:
        return
    changed = with_columns(after, schedule.columns)
    assert next_run(changed).time == foreseen[place].time
    if foreseen[place].time == next_run(before).time and zone == before.timezone:
        assert Series.of(changed).pending.time() == Series.of(before).pending.time()


def test_a_given_instant_in_another_zone_is_the_wall_time_there() -> None:
    before = Queue(next_scheduled_time=datetime(2027, 3, 22, 8, tzinfo=UTC))
    after = replace(before, timezone="Asia/Kathmandu")
    given_time = datetime(2027, 3, 23, 8, tzinfo=UTC)
    schedule = changed_schedule(before, after, {"next_scheduled_time": given_time}, before.next_scheduled_time - DAY)
    assert schedule.columns["next_local_time"] == "2027-03-23T13:45:00"
