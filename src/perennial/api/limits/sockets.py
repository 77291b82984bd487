"""The limit on WebSockets and event streams that one owner has open at one process.

Each keeps a connection from everybody else, for as long as its client likes.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from perennial.core.errors import QuotaExceeded

OWNERS = 4  # it takes so many of them to have all connections
TOO_MANY = "You have {maximum:,} WebSockets and event streams open at this server, which is the maximum; end one first."


class SocketLimit:
    """Counts them for each owner: `maximum` at most, and a quarter of all connections, however few these are."""

    def __init__(self, maximum: int, connections: int) -> None:
        self._maximum = min(maximum, max(1, connections // OWNERS))
        self._open: Counter[str] = Counter()

    def opened(self, owner: str) -> None:
        """Counts one. Raises QuotaExceeded if the owner has all that it may have."""
        if self._open[owner] >= self._maximum:
            raise QuotaExceeded("sockets", self._maximum, TOO_MANY.format(maximum=self._maximum))
        self._open[owner] += 1

    def closed(self, owner: str) -> None:
        """It is closed."""
        self._open[owner] -= 1
        if not self._open[owner]:
            del self._open[owner]

    @contextmanager
    def place(self, owner: str) -> Iterator[None]:
        """Counts one while the block runs. Raises QuotaExceeded."""
        self.opened(owner)
        try:
            yield
        finally:
            self.closed(owner)
