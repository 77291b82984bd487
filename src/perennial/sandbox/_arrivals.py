"""Every request to publish that arrived, whatever became of it: what tests count."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from perennial.sandbox._record import iso_milliseconds

KEPT = 200_000


@dataclass
class Arrival:
    """One request to publish. Its status is None until it is answered, and 0 where it was dropped."""

    platform: str
    user: str | None
    text: str | None
    time: datetime
    status: int | None = None
    accepted: bool = False

    def as_json(self) -> dict[str, object]:
        """As listed."""
        return {
            "platform": self.platform,
            "user": self.user,
            "text": self.text,
            "status": self.status,
            "time": iso_milliseconds(self.time),
            "accepted": self.accepted,
        }


@dataclass
class Arrivals:
    """The latest requests to publish."""

    _kept: deque[Arrival] = field(default_factory=lambda: deque(maxlen=KEPT))

    def note(self, arrival: Arrival) -> Arrival:
        """Keeps it from the moment of its arrival: a caller that gives up waiting has sent it all the same."""
        self._kept.append(arrival)
        return arrival

    def newest_first(self) -> Iterator[Arrival]:
        """All that are kept."""
        return reversed(self._kept)

    def clear(self) -> None:
        """Forgets them."""
        self._kept.clear()
