"""Who is connected, and whose turn it is: where there are too many, those that say nothing make room for others."""

import asyncio
import select
from collections import Counter
from enum import IntEnum
from itertools import islice

from perennial.process.connections._readers import Readers
from perennial.process.connections._tally import count_dropped
from perennial.process.connections.bounds import Bounds, client_of

CANDIDATES = 64  # those that have been silent for the longest, of which one makes room


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
        self._arriving: set[int] = set()  # descriptors that asyncio has accepted, and of which it has told no protocol

    @property
    def is_full(self) -> bool:
        """Whether there are as many connections as there may be."""
        return self._count >= self.bounds.connections

    @property
    def is_making_room(self) -> bool:
        """Whether a connection is being closed for another: its descriptor is free in the loop's next round."""
        return bool(self._leaving)

    @property
    def is_settling(self) -> bool:
        """Whether room may have to be made while those who have just come are not known yet, who would be the first."""
        return bool(self._arriving) and self._count >= min(self.bounds.per_address, self.bounds.connections)

    def is_full_for(self, host: str) -> bool:
        """Whether this address has as many connections as it may have."""
        return self._open[client_of(host)] >= self.bounds.per_address and not self.bounds.trusts(host)

    def opened(self, host: str, descriptor: int) -> None:
        """A connection has come from the address."""
        self._arriving.add(descriptor)
        self._open[client_of(host)] += 1
        self._count += 1

    def arrived(self, transport: asyncio.Transport) -> None:
        """Its protocol knows of it."""
        self._arriving.discard(_descriptor(transport))

    def closed(self, host: str, descriptor: int) -> None:
        """It is closed, and so is its descriptor."""
        self._arriving.discard(descriptor)
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
        silent = (pair for of_turn in self._silent.values() for pair in of_turn.items())
        candidates = list(islice((found for found, whose in silent if client in (None, whose)), CANDIDATES))
        if not candidates:
            return False
        transport = next((found for found in candidates if not _has_spoken(found)), candidates[0])
        count_dropped("connections" if client is None else "address")
        self.works(transport)
        self._leaving.add(transport)
        transport.abort()
        return True


def _has_spoken(transport: asyncio.Transport) -> bool:
    """Whether the client has said something that nobody has read yet: a request would be lost with it."""
    look = select.poll()
    look.register(_descriptor(transport), select.POLLIN)
    return bool(look.poll(0))


def _descriptor(transport: asyncio.Transport) -> int:
    return int(transport.get_extra_info("socket").fileno())
