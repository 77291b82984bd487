"""What the service foresees of a queue, and whether that is what happened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from simulation.notebook.queues import ACTIVE, EXECUTED, Noted
from simulation.service.running import Service

FORESEEN = 8
_UPCOMING = f"""
    query ($id: ID!) {{ queue(id: $id) {{
        upcoming(first: {FORESEEN}) {{ scheduledTime movedFrom skipped post {{ id }} }}
    }} }}
"""


class Foreseen(NamedTuple):
    """An occurrence ahead: its slot, when it falls due, and the post that it runs; None: it is skipped."""

    slot: datetime
    time: datetime
    post: str | None


@dataclass(frozen=True)
class Forecast:
    """What was foreseen of a queue."""

    queue: Noted
    taken: datetime
    foreseen: tuple[Foreseen, ...]

    def until(self, outages: Sequence[datetime], now: datetime) -> datetime:
        """Until when it holds: until workers were away, its queue was edited, or all of it has passed; at most now."""
        ends = [one for one in (*outages, *self.queue.edited) if one >= self.taken]
        return min([*ends, *(one.time for one in self.foreseen[-1:]), now])

    def differences(self, until: datetime) -> Iterator[str]:
        """What came otherwise until then: each that was foreseen ran at its time, and no other did in between."""
        expected = {one for one in self.foreseen if one.time < until and one.post}
        ran = {one for one in self._ran() if one.time < until}
        for one in sorted(expected ^ ran):
            what = "was foreseen and did not run" if one in expected else "ran and was not foreseen"
            yield f"{self.queue}, slot {one.slot}: at {one.time}, with the post {one.post}, it {what} on {self.taken}"

    def _ran(self) -> Iterator[Foreseen]:
        for slot, one in self.queue.ledger.items():
            if one.outcome == EXECUTED and not one.extra and one.time > self.taken:
                yield Foreseen(slot, one.moved_to or slot, one.post)


async def foresee(service: Service, noted: Noted) -> Forecast | None:
    """What the service foresees of an active queue that is not due."""
    if noted.status != ACTIVE or not noted.next_time or noted.next_time <= service.now:
        return None
    answer = await service.user(noted.owner).do(_UPCOMING, id=noted.id)
    return Forecast(noted, service.now, tuple(map(_foreseen, answer["upcoming"])))


def _foreseen(row: Any) -> Foreseen:
    time = datetime.fromisoformat(row["scheduledTime"])
    slot = datetime.fromisoformat(row["movedFrom"]) if row["movedFrom"] else time
    return Foreseen(slot, time, None if row["skipped"] else row["post"]["id"])
