"""Queues through a century, by the pure functions alone: what has passed, and how each goes on after it."""

from bisect import bisect_left
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from support.laws.noted.will import RUN_IF_WITHIN, RUN_LATEST, SKIP

from perennial.core.states import MissedRuns
from perennial.queues.recurrence.columns import dates_text, slot_text
from simulation.calendar import Slots
from simulation.complaints import Off
from simulation.drawing import Drawn, draw
from simulation.follower import Follower, PureQueue
from simulation.hand import YEAR, Case
from simulation.passing import Steering

STEPS_MAX = 500  # a queue with many more slots runs some years of them one by one, and is late by years in between
EARLIEST, LATEST = datetime(1995, 1, 1), datetime(2027, 1, 1)  # noqa: DTZ001 - wall times
_DAYS_A_YEAR = 365.2425
_AFTERWARDS = timedelta(days=40)  # of which slots are known, so that the last tick may be late as well


def follow(seed: int, number: int, years: int) -> Counter[str]:
    """Follows the queue of this number through the years; how many occurrences there were, and what became of them."""
    lot = Random(f"{seed}:{number}")
    drawn = draw(lot, EARLIEST, LATEST, 0.05)
    until = drawn.first + timedelta(days=int(years * _DAYS_A_YEAR))
    slots = Slots.of(drawn.rule, drawn.interval, drawn.zone, drawn.first, until + _AFTERWARDS)
    follower = Follower(str(drawn), slots, _queue(drawn, slots), _steering(lot, slots), Counter(queues=1))
    _set_steering(follower)
    _set_end(lot, follower)
    check_order(follower)
    while follower.is_before(until):
        if lot.random() < 0.02:
            follower.steer(lot)
        follower.step(_next_tick(lot, follower, until))
    return follower.counts


def follow_case(case: Case) -> Counter[str]:
    """Follows a queue whose numbers were computed by hand through the century, never late; holds its odd slots."""
    drawn, until = case.queue, case.queue.first.replace(year=YEAR + 100, month=1, day=1, hour=0, minute=0)
    slots = Slots.of(drawn.rule, drawn.interval, drawn.zone, drawn.first, until + _AFTERWARDS)
    follower = Follower(f"{drawn}", slots, _queue(drawn, slots), Steering(), Counter(queues=1))
    while follower.is_before(until):
        slot, now = slots.local[follower.pending], follower.queue.next_scheduled_time
        if now != case.odd.get(slot, now):
            raise Off(drawn, slot, f"it falls due at {now}, by hand at {case.odd[slot]}")
        follower.step(now)
    return follower.counts


def check_order(follower: Follower) -> None:
    """What holds of every calendar, whoever computes it: no instant comes twice, and time goes on."""
    for before, after in pairwise(follower.slots.instants):
        if before >= after:
            raise Off(follower.name, before, f"the next instant is {after}")


def _next_tick(lot: Random, follower: Follower, until: datetime) -> datetime:
    """On time mostly, a moment late often, and late by days and years now and then."""
    slots, pending = follower.slots, follower.pending
    due = follower.steering.time(slots, pending)
    chance = lot.random()
    if chance < 0.02:
        jump = max(2, round(50 * (len(slots) / STEPS_MAX - 1)))  # fifty steps between two of them, on the average
        last = min(pending + lot.randrange(2 * jump), max(bisect_left(slots.local, until) - 1, pending))
        due = max(due, slots.instants[last])
    if chance < 0.1:
        return due + timedelta(minutes=lot.choice((4, 5, 6, 60, 60 * 24)))
    return due + timedelta(seconds=lot.choice((0, 0, 1, 59)))


def _queue(drawn: Drawn, slots: Slots) -> PureQueue:
    return PureQueue(
        interval=drawn.interval,
        rule=drawn.rule,
        timezone=drawn.zone,
        next_local_time=slot_text(drawn.first) if drawn.zone else None,
        next_scheduled_time=slots.instants[0],
    )


def _steering(lot: Random, slots: Slots) -> Steering:
    policy = lot.choice((RUN_LATEST, RUN_LATEST, SKIP, RUN_IF_WITHIN))
    excluded = lot.sample(slots.local, min(lot.choice((0, 0, 0, 5, 60)), len(slots)))
    return Steering(policy, timedelta(minutes=lot.choice((10, 90, 3000))), frozenset(one.date() for one in excluded))


def _set_steering(follower: Follower) -> None:
    queue, steering = follower.queue, follower.steering
    queue.missed_runs, queue.excluded_dates = MissedRuns(steering.policy), dates_text(steering.excluded)
    queue.missed_within_minutes = steering.within // timedelta(minutes=1)


def _set_end(lot: Random, follower: Follower) -> None:
    chance = lot.random()
    if chance < 0.1:
        follower.end_with(lot.randrange(len(follower.slots)))
    elif chance < 0.2:
        follower.queue.max_executions = lot.randint(1, STEPS_MAX)
