"""Another rule or zone for a queue, and what its pending slot is then."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from simulation.calendar import Slots, instant_of, read_zone, wall_times
from simulation.drawing import DAYS_ARE_TRIED, ZONES, Drawn, draw_rule
from simulation.notebook.queues import Noted
from simulation.passing import due_places

_NAMES_DAYS = ("BYDAY", "BYMONTHDAY", "DAILY")


class Redrawn(NamedTuple):
    """The queue from its pending slot on; of its old slots those before the place `ahead` have passed."""

    drawn: Drawn
    ahead: int


def redraw(lot: Random, noted: Noted, now: datetime) -> Redrawn | None:
    """The queue with a new rule, or in another zone; None if its occurrences cannot be told by hand."""
    drawn = noted.drawn
    if drawn.rule and lot.random() < 0.5:
        rule = draw_rule(lot, 0.75)
        if not any(name in rule for name in _NAMES_DAYS):
            return None  # it takes its days from a slot, of which there is none yet
        other = replace(drawn, rule=rule)
    else:
        other = replace(drawn, zone=lot.choice(ZONES))
    return _rescheduled(other, noted, now) if other != drawn else None  # the same settles nothing


def _rescheduled(drawn: Drawn, noted: Noted, now: datetime) -> Redrawn | None:
    """Begins at the pending slot if it is one and lies ahead, else at the next: its wall time is kept.

    Of several that are due the last counts. A tick runs it still, if it is a slot that may run, and the next of the new
    ones lies ahead. Otherwise none of them runs. Where the last is excluded, that takes more than this judges.
    """
    due = due_places(noted.slots, noted.pending, noted.steering, now)
    last = due[-1] if due else noted.pending
    slot = _carried(drawn, noted, last)
    if due and noted.steering.reason_against(noted.slots.local[last]):
        return None
    if due and slot.date() not in noted.steering.excluded:
        found = Slots.of(drawn.rule, drawn.interval, drawn.zone, slot, slot + timedelta(days=DAYS_ARE_TRIED))
        if len(found) > 1 and found.local[0] == slot and found.instants[1] > now:
            return Redrawn(replace(drawn, first=slot), last)
    ahead = _first_ahead(drawn, slot, now)
    return ahead and Redrawn(ahead, due.stop)


def _carried(drawn: Drawn, noted: Noted, place: int) -> datetime:
    """What becomes of a slot. A queue that had no zone keeps the instant, which has another wall time in a zone."""
    if noted.drawn.zone is None and drawn.zone is not None:
        return noted.slots.instants[place].astimezone(read_zone(drawn.zone)).replace(tzinfo=None, fold=0)
    return noted.slots.local[place]


def _first_ahead(drawn: Drawn, slot: datetime, now: datetime) -> Drawn | None:
    """Begins at the first slot that lies ahead, counted from this one, or from the next day that is one."""
    any_interval = re.sub(r";INTERVAL=\d+", "", drawn.rule) if drawn.rule else None
    until = slot + timedelta(days=DAYS_ARE_TRIED)
    first = next(wall_times(any_interval, 1, slot, until), None)
    if first is None:
        return None
    slots = Slots.of(drawn.rule, drawn.interval, drawn.zone, first, until)
    ahead = next((one for one in slots.local if instant_of(one, drawn.zone) > now), None)
    return ahead and replace(drawn, first=ahead)
