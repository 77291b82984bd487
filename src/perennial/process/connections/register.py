"""Who is connected, and whose turn it is: where there are too many, those that say nothing make room for others."""

import asyncio
from collections import Counter
from enum import IntEnum

from perennial.process.connections._readers import Readers
from perennial.process.connections._tally import count_dropped
from perennial.process.connections.bounds import Bounds, client_of


class Turn(IntEnum):
    """What a client has to say next, in the order in which those that say nothing make room."""

    FIRST_HEAD = 0  # of its first request; on a WebSocket, who it is
    IDLE = 1  # it has been answered, and may ask again; a WebSocket without operations
    HEAD = 2  # the rest of another request's head
    BODY = 3  # the rest of a request's body
    REMAINDER = 4  # the rest of a body that nobody wants any more


class Register:
    """The connections of one listening socket: how many are open, and which of them wait for their client."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.readers = Readers(bounds)
        self._open: Counter[str] = Counter()
        self._count = 0  # of them all, which is asked for at each new one
        self._silent: dict[Turn, dict[asyncio.Transport, str]] = {turn: {} for turn in Turn}
        self._leaving: set[asyncio.Transport] = set()

    @property
    def is_full(self) -> bool:
        """Whether there are as many connections as there may be."""
        return self._count >= self.bounds.connections

    @property
    def is_making_room(self) -> bool:
        """Whether a connection is being closed for another: its descriptor is free in the loop's next round."""
        return bool(self._leaving)

    def is_full_for(self, host: str) -> bool:
        """Whether this address has as many connections as it may have."""
        return self._open[client_of(host)] >= self.bounds.per_address and not self.bounds.trusts(host)

    def opened(self, host: str) -> None:
        """A connection has come from the address."""
        self._open[client_of(host)] += 1
        self._count += 1

    def closed(self, host: str) -> None:
        """It is closed, and so is its descriptor."""
        client = client_of(host)
        self._open[client] -= 1
        self._count -= 1
        if not self._open[client]:
            del self._open[client]

    def waits(self, transport: asyncio.Transport, turn: Turn) -> None:
        """It is the client's turn."""
        self.works(transport)
        peer = transport.get_extra_info("peername")
        self._silent[turn][transport] = client_of(peer[0]) if isinstance(peer, tuple) else ""

    def works(self, transport: asyncio.Transport) -> None:
        """It is our turn."""
        for silent in self._silent.values():
            silent.pop(transport, None)

    def gone(self, transport: asyncio.Transport) -> None:
        """The connection is lost, and closed at once."""
        self.works(transport)
        self.readers.gone(transport)
        self._leaving.discard(transport)

    def make_room(self, host: str | None = None) -> bool:
        """Drops the connection that has said nothing for the longest, one from the address if one is given.

        Returns whether there is one. Its descriptor is free in the loop's next round.
        """
        client = client_of(host) if host is not None else None
        for silent in self._silent.values():
            for transport, whose in silent.items():
                if client in (None, whose):
                    count_dropped("connections" if client is None else "address")
                    self.works(transport)
                    self._leaving.add(transport)
                    transport.abort()
                    return True
        return False
