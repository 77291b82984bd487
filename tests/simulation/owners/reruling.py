"""Another rule or zone for a queue, and what its pending slot is then."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from simulation.calendar import Slots, instant_of, read_zone, wall_times
from simulation.drawing import DAYS_ARE_TRIED, ZONES, Drawn, draw_rule
from simulation.notebook.queues import Noted

_NAMES_DAYS = ("BYDAY", "BYMONTHDAY", "DAILY")


def redraw(lot: Random, noted: Noted, now: datetime) -> Drawn | None:
    """The queue with a new rule, or in another zone; None if its occurrences cannot be told by hand."""
    drawn = noted.drawn
    if drawn.rule and lot.random() < 0.5:
        rule = draw_rule(lot, 0.75)
        if not any(name in rule for name in _NAMES_DAYS):
            return None  # it takes its days from a slot, of which there is none yet
        return _from_pending(replace(drawn, rule=rule), noted, now)
    zone = lot.choice(ZONES)
    return _from_pending(replace(drawn, zone=zone), noted, now)


def _from_pending(drawn: Drawn, noted: Noted, now: datetime) -> Drawn | None:
    """Begins at the pending slot if it is one and lies ahead, else at the next: its wall time is kept.

    A queue that had no zone keeps the instant, which has another wall time in a zone.
    """
    slot = noted.slots.local[noted.pending]
    if noted.drawn.zone is None and drawn.zone is not None:
        local = noted.slots.instants[noted.pending].astimezone(read_zone(drawn.zone))
        slot = local.replace(tzinfo=None, fold=0)
    any_interval = re.sub(r";INTERVAL=\d+", "", drawn.rule) if drawn.rule else None
    until = slot + timedelta(days=DAYS_ARE_TRIED)
    first = next(wall_times(any_interval, 1, slot, until), None)
    if first is None:
        return None
    slots = Slots.of(drawn.rule, drawn.interval, drawn.zone, first, until)
    ahead = next((one for one in slots.local if instant_of(one, drawn.zone) > now), None)
    return ahead and replace(drawn, first=ahead)
