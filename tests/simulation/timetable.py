"""What happens besides the occurrences, drawn by lot: outages, platforms that are away, edits, forecasts, checks."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from operator import attrgetter
from random import Random
from typing import NamedTuple

from support.laws.far import Answer

from perennial.core.states import Platform
from simulation.hand import CASES

_A_DAY, _A_MINUTE = timedelta(days=1), timedelta(minutes=1)
_PAIR = timedelta(days=14)  # between the two edits of a pair at most
_GRACE = timedelta(hours=26)  # after a trouble: accounts are blocked, and try again in a while
_UNDER_WAY = timedelta(hours=1)  # before it: what was due then may not be out yet
_AWAY = (Answer.UNREACHABLE, Answer.LATER_AT)
_ODD = (Answer.LOSE, Answer.ACCEPT_SILENTLY, Answer.LATER, Answer.UNREACHABLE)


class Kind(Enum):
    """What happens."""

    OUTAGE_BEGINS = auto()  # no worker is up
    OUTAGE_ENDS = auto()
    PLATFORM_GOES = auto()
    PLATFORM_RETURNS = auto()
    ODD_ANSWER = auto()  # one request is lost, or accepted without an answer
    EDIT = auto()  # of one queue
    FORECAST = auto()
    CHECK = auto()


class Event(NamedTuple):
    """Something that happens, in the order of the times."""

    time: datetime
    number: int
    kind: Kind
    platform: Platform | None = None
    answer: Answer | None = None
    queue: int = 0


@dataclass(frozen=True)
class Trouble:
    """A time in which posts may go out late, or not: on all platforms, if none is named."""

    start: datetime
    end: datetime
    platform: Platform | None = None

    def explains(self, platform: Platform, due: datetime) -> bool:
        """Whether a post that was due at this time there may be late or lost by it."""
        return self.platform in {None, platform} and self.start - _UNDER_WAY <= due <= self.end + _GRACE


@dataclass
class Timetable:
    """The events of a simulation from `start` to `end`, and the troubles among them."""

    events: list[Event]
    troubles: list[Trouble]

    @classmethod
    def draw(cls, seed: int, queues: Collection[int], start: datetime, end: datetime, edits: int) -> "Timetable":
        """Every two months workers are away for hours or days, and a platform is. There are `edits` of each queue.

        And one more while workers are away, when it may be due.

        What happens to a queue is drawn by its number, so that it happens to it where it is alone too.
        """
        lot, days = Random(f"{seed}:timetable"), (end - start) // _A_DAY
        outages = [
            (begin, begin + lot.choice((1, 7, 30, 80)) * timedelta(hours=1)) for begin in _apart(lot, start, days)
        ]
        troubles = [Trouble(*one) for one in outages]
        events = [*_pairs(outages, Kind.OUTAGE_BEGINS, Kind.OUTAGE_ENDS)]
        for begin in _apart(lot, start, days):
            trouble = Trouble(begin, begin + lot.choice((2, 20, 60)) * timedelta(hours=1), lot.choice(list(Platform)))
            troubles.append(trouble)
            events.append(Event(trouble.start, 0, Kind.PLATFORM_GOES, trouble.platform, lot.choice(_AWAY)))
            events.append(Event(trouble.end, 0, Kind.PLATFORM_RETURNS, trouble.platform))
        odd = [Event(one, 0, Kind.ODD_ANSWER, lot.choice(list(Platform))) for one in _times(lot, start, end, days // 8)]
        events += [one._replace(answer=lot.choice(_ODD)) for one in odd]
        events += [Event(start + day * _A_DAY, 0, Kind.CHECK) for day in range(7, days, 7)]
        for number in queues:
            own = Random(f"{seed}:timetable of {number}")
            events += _of_queue(own, number, start, end, edits)
            events += [Event(_times(own, *one, 1)[0], 0, Kind.EDIT, queue=number) for one in outages]  # of what is due
        events.sort(key=attrgetter("time"))
        return cls([one._replace(number=number) for number, one in enumerate(events)], troubles)


def _of_queue(lot: Random, queue: int, start: datetime, end: datetime, edits: int) -> Iterator[Event]:
    """Edits in pairs, as a pause wants its end, and as many forecasts."""
    for first in _times(lot, start, end, edits // 2):
        second = first + timedelta(seconds=60 * lot.randrange(_PAIR // _A_MINUTE) + 1)
        yield from (Event(one, 0, Kind.EDIT, queue=queue) for one in (first, second) if one < end)
    for time in _times(lot, start, end, edits):
        yield Event(time, 0, Kind.FORECAST, queue=queue)


def _pairs(spans: Sequence[tuple[datetime, datetime]], begins: Kind, ends: Kind) -> Iterator[Event]:
    for begin, end in spans:
        yield Event(begin, 0, begins)
        yield Event(end, 0, ends)


def _apart(lot: Random, start: datetime, days: int) -> list[datetime]:
    """A time in each two months, four days at least before the end of them, and far from the odd slots by hand."""
    found = [start + (month * 60 + lot.randrange(5, 56)) * _A_DAY for month in range(days // 60)]
    found = [one + timedelta(minutes=lot.randrange(24 * 60), seconds=13) for one in found]
    odd = [instant for case in CASES for instant in case.odd.values()]
    return [one for one in found if not any(abs(one - instant) < 6 * _A_DAY for instant in odd)]


def _times(lot: Random, start: datetime, end: datetime, count: int) -> list[datetime]:
    """As many times, never at a full minute, where occurrences are."""
    seconds = int((end - start).total_seconds())
    times = [start + timedelta(seconds=lot.randrange(seconds)) for _ in range(count)]
    return [one.replace(second=lot.randint(5, 50), microsecond=0) for one in times]
