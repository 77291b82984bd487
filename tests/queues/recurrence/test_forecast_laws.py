"""What is foreseen of a queue is what its ticks run, whatever its rule, its zone and its owner's will."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from support.queues import Queue

from perennial.core.states import Cadence, MissedRuns, QueueStatus
from perennial.queues.recurrence.changes import after_execution, after_not_executed, has_reached_maximum
from perennial.queues.recurrence.columns import changed_text, dates_text, slot_text
from perennial.queues.recurrence.forecast import Upcoming, post_of, upcoming
from perennial.queues.recurrence.passing import passed
from perennial.queues.recurrence.reasons import SKIPPED_BY_OWNER
from perennial.queues.recurrence.series import Series, calendar_of

MISSED_AFTER = timedelta(minutes=5)
LEAST = timedelta(milliseconds=1)
SHOWN = 25
STEPS_MAX = 200  # of a simulation: excluded dates are steps that show nothing

RULES = [
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=SU",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
]
ZONES = [
    None,
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Kathmandu",
]


@dataclass(frozen=True)
class Case:
    """A queue with what its owner did, and the time at which its future is asked for."""

    queue: Queue
    now: datetime


@st.composite
def slots(draw: st.DrawFn) -> datetime:
    """Wall times from 2009 on, some in the hours that clocks skip or show twice."""
    day = datetime(2009, 1, 1) + timedelta(days=draw(st.integers(0, 7_000)))  # noqa: DTZ001 - slots are naive
    return day + draw(st.sampled_from([0, 1, 2, 9, 23])) * timedelta(hours=1) + timedelta(minutes=30)


@st.composite
def cases(draw: st.DrawFn, *, late: bool = True) -> Case:
    """Any queue: of a rule or an interval, with skipped and moved occurrences, excluded dates, and ends."""
    queue, slot = Queue(max_executions=draw(st.none() | st.integers(1, 40))), draw(slots())
    queue.cadence = draw(st.sampled_from(Cadence))
    is_plain = queue.cadence == Cadence.AFTER_EXECUTION
    queue.timezone = None if is_plain else draw(st.sampled_from(ZONES))
    queue.rule = None if is_plain else draw(st.none() | st.sampled_from(RULES))
    queue.interval = draw(st.sampled_from([1, 2, 7, 30])) if queue.rule is None else None
    calendar = calendar_of(queue.interval, queue.rule, queue.timezone)
    slot = slot if calendar.contains(slot) else calendar.nearest(slot)[1] or slot
    queue.execution_count = draw(st.integers(0, queue.max_executions or 3))
    queue.missed_runs = draw(st.sampled_from(MissedRuns))
    queue.missed_within_minutes = draw(st.integers(1, 3_000))
    ahead = list(islice(_from(calendar, slot), 40))
    queue.excluded_dates = dates_text(one.date() for one in draw(st.lists(st.sampled_from(ahead), max_size=5)))
    queue.ends_at = draw(st.none() | st.sampled_from(ahead).map(calendar.instant))
    last = 0 if is_plain else 38  # counted from the last execution, none but the pending one is known
    _steer(queue, ahead, draw(st.lists(st.tuples(st.integers(0, last), st.floats(-0.9, 0.9)), max_size=6)))
    latest = queue.next_scheduled_time + timedelta(days=20 if late else 0)
    return Case(
        queue,
        draw(
            st.datetimes(_naive(queue.next_scheduled_time - timedelta(days=3)), _naive(latest)).map(
                lambda one: one.replace(tzinfo=UTC, microsecond=0)
            )
        ),
    )


def _naive(time: datetime) -> datetime:
    return time.replace(tzinfo=None)


def _from(calendar, slot: datetime | None) -> Iterator[datetime]:
    while slot is not None:
        yield slot
        slot = calendar.next(slot)


def _steer(queue: Queue, ahead: list[datetime], given: list[tuple[int, float]]) -> None:
    """Moves occurrences towards their neighbours, by that part of the distance, or skips them where it is little."""
    calendar = calendar_of(queue.interval, queue.rule, queue.timezone)
    changed: dict[datetime, datetime | None] = {}
    for index, part in given:
        slot, following = ahead[index], ahead[index + 1]
        if abs(part) < 0.2:
            changed[slot] = None
        elif not {one for one in ahead[max(index - 1, 0) : index + 2] if changed.get(one)}:
            distance = calendar.instant(following) - calendar.instant(slot)
            before = calendar.instant(slot) - calendar.instant(ahead[index - 1]) if index else timedelta(days=1)
            moved = calendar.instant(slot) + part * (distance if part > 0 else before)
            changed[slot] = moved.replace(microsecond=0)
    queue.changed_occurrences = changed_text(changed)
    pending = ahead[0]
    queue.next_scheduled_time = changed.get(pending) or calendar.instant(pending)
    queue.next_local_time = slot_text(pending) if queue.timezone or changed.get(pending) else None


def facts(queue: Queue, now: datetime) -> Iterator[tuple[datetime, datetime, bool]]:
    """What ticks at the right times make of the queue from `now` on: name, time, and whether it ran or was skipped."""
    queue = replace(queue)
    for _ in range(STEPS_MAX):
        if queue.status != QueueStatus.ACTIVE or has_reached_maximum(queue):
            return
        tick = max(now, queue.next_scheduled_time)
        found = passed(queue, tick, MISSED_AFTER)
        if tick > now:  # what its owner skipped until now lies behind
            for one in found.not_run:
                if one.reason == SKIPPED_BY_OWNER:
                    yield one.first, one.first, False
        if found.occurrence:
            yield found.occurrence.scheduled_time, found.occurrence.time, True
            changes = after_execution(queue, found, found.occurrence, tick)
        else:
            changes = after_not_executed(queue, tick)
        queue = replace(queue, **{name: one for name, one in changes.items() if hasattr(queue, name)})


def foreseen(case: Case, since: datetime | None = None) -> list[Upcoming]:
    return list(islice(upcoming(case.queue.stored(), case.now, MISSED_AFTER, since), SHOWN))


@given(cases())
def test_what_is_foreseen_is_what_runs(case: Case) -> None:
    expected = list(islice(facts(case.queue, case.now), SHOWN))
    assert [(one.scheduled_time, one.time, one.run is not None) for one in foreseen(case)] == expected


@given(cases())
def test_times_go_forward_and_runs_are_counted(case: Case) -> None:
    found = foreseen(case)
    assert all(one.time < other.time for one, other in pairwise(found))
    assert [one.run for one in found if one.run is not None] == list(range(sum(one.run is not None for one in found)))


@given(cases(), st.integers(0, SHOWN - 1), st.sampled_from([-LEAST, timedelta(), LEAST, timedelta(days=1)]))
def test_a_forecast_that_begins_later_is_the_rest_of_the_whole(case: Case, index: int, beside: timedelta) -> None:
    whole = foreseen(case)
    since = (whole[index].time if index < len(whole) else case.now) + beside
    rest = [one for one in whole if one.time >= since]
    assert foreseen(case, since)[: len(rest)] == rest


@given(cases())
def test_the_local_time_is_the_wall_time_in_the_queues_zone(case: Case) -> None:
    series = Series.of(case.queue)
    for one in foreseen(case):
        assert (one.local_time is None) is (case.queue.timezone is None)
        if one.local_time is not None:
            assert series.calendar.instant(one.local_time) == one.time or series.calendar.is_second_of_two(one.time)


@given(st.lists(st.uuids(), min_size=1, max_size=4, unique=True), cases())
def test_posts_take_turns_and_a_skipped_occurrence_uses_none(posts: list[UUID], case: Case) -> None:
    found = [post_of(posts, one) for one in foreseen(case) if one.run is not None]
    assert found == [posts[index % len(posts)] for index in range(len(found))]
    assert all(post_of(posts, one) is None for one in foreseen(case) if one.run is None)
