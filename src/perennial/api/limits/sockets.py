"""The limit on WebSockets that one owner has open at one process: each keeps a connection from everybody else."""

from collections import Counter

from perennial.core.errors import PerennialError


class TooManySockets(PerennialError):
    """The owner has as many WebSockets open at this server as one owner may have."""


class SocketLimit:
    """Counts the WebSockets of each owner."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._open: Counter[str] = Counter()

    def opened(self, owner: str) -> None:
        """Counts one. Raises TooManySockets if the owner has all that it may have."""
        if self._open[owner] >= self._maximum:
            raise TooManySockets(f"One user may have {self._maximum:,} WebSockets open at a server.")
        self._open[owner] += 1

    def closed(self, owner: str) -> None:
        """It is closed."""
        self._open[owner] -= 1
        if not self._open[owner]:
            del self._open[owner]
