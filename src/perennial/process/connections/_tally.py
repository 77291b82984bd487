"""Counts the connections that a bound has cost, and says so in the log now and then: a line each would be a flood."""

from contextvars import Context
from time import monotonic

from perennial.observe import metrics
from perennial.observe.logs import get_logger

log = get_logger(__name__)

SECONDS_BETWEEN_LINES = 10.0


class Tally:
    """The counts, by the name of the bound."""

    def __init__(self) -> None:
        self._unsaid: dict[str, int] = {}
        self._said: dict[str, float] = {}

    def count(self, bound: str) -> None:
        """Counts a connection. The first is logged at once, later ones together, at most every ten seconds."""
        metrics.CONNECTIONS_DROPPED[bound].inc()
        self._unsaid[bound] = self._unsaid.get(bound, 0) + 1
        now = monotonic()
        if now >= self._said.get(bound, now) + SECONDS_BETWEEN_LINES or bound not in self._said:
            # Not with the ids of the request during which it was noticed.
            Context().run(log.warning, "connections.dropped", bound=bound, count=self._unsaid.pop(bound))
            self._said[bound] = now
