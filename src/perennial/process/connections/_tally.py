"""Counts the connections that a bound has cost, and logs the first of them in a minute."""

from contextvars import Context

from perennial.observe import metrics
from perennial.observe.floods import FLOODS
from perennial.observe.logs import get_logger

log = get_logger(__name__)

EVENT = "connections.dropped"


def count_dropped(bound: str) -> None:
    """Counts a connection, by the name of the bound."""
    metrics.CONNECTIONS_DROPPED[bound].inc()
    if FLOODS.admit(of=EVENT, bound=bound):
        Context().run(log.warning, EVENT, bound=bound)  # not with the ids of the request during which it was noticed
