"""The log of all requests to publish, accepted or not; tests count its entries."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from perennial.sandbox._post_store import iso_milliseconds

ENTRIES_MAX = 200_000


@dataclass
class LoggedRequest:
    """A request to publish. Its status is None until the response is sent, and 0 if the connection was dropped."""

    platform: str
    user: str | None
    text: str | None
    time: datetime
    status: int | None = None
    accepted: bool = False

    def as_json(self) -> dict[str, object]:
        """The entry as GET /requests lists it."""
        return {
            "platform": self.platform,
            "user": self.user,
            "text": self.text,
            "status": self.status,
            "time": iso_milliseconds(self.time),
            "accepted": self.accepted,
        }


@dataclass
class RequestLog:
    """The latest ENTRIES_MAX requests to publish, of both platforms."""

    _entries: deque[LoggedRequest] = field(default_factory=lambda: deque(maxlen=ENTRIES_MAX))

    def add(self, logged: LoggedRequest) -> LoggedRequest:
        """Adds a request when it arrives, so that one whose caller stops waiting is logged too; returns it."""
        self._entries.append(logged)
        return logged

    def newest_first(self) -> Iterator[LoggedRequest]:
        """All entries."""
        return reversed(self._entries)

    def clear(self) -> None:
        """Removes all entries."""
        self._entries.clear()
