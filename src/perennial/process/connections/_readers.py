"""Readers that have not taken everything yet: what waits for them, and for how long they have taken nothing."""

import asyncio
import socket
import struct
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import Context
from dataclasses import dataclass

from perennial.process.connections._tally import count_dropped
from perennial.process.connections.bounds import Bounds, client_of
from perennial.process.memory import LARGE_BYTES, give_back_soon

LEAST_BYTES = 16_384  # taking one byte a minute is taking nothing
HEARD_BYTES_MAX = 16_384  # at a time: of the smallest frames and chunks asyncio's 256 KiB stop everybody for a second
UNSENT_BYTES_MAX = 131_072  # of a connection in the kernel: the rest waits here, where it is seen
LOOKS_PER_TERM = 16  # a loop that has stood still for a term looks once after it, so it costs no reader anything


@dataclass
class _Reader:
    """What waits for a reader: in the transport, and in coroutines that send.

    `looks` counts how often it was seen to have taken nothing. `mark` is what there was in the transport when it last
    took something, and `most` the most there ever was.
    """

    looks: int = 0
    mark: int = 0
    most: int = 0
    left: int = 0
    held: int = 0

    @property
    def size(self) -> int:
        """The bytes that wait."""
        return self.left + self.held

    def took_something(self) -> None:
        """Its term begins anew."""
        self.looks, self.mark = 0, self.left


class Readers:
    """Drops readers that take nothing for their term, and the largest ones where too much waits for all together."""

    def __init__(self, bounds: Bounds) -> None:
        self._seconds, self._bytes = bounds.reader_seconds, bounds.unread_bytes
        self._behind: dict[asyncio.Transport, _Reader] = {}
        self._unread = 0
        self._looking: asyncio.TimerHandle | None = None

    @staticmethod
    def watch(transport: asyncio.Transport) -> None:
        """Makes the transport say at once when something waits, and when all is taken; and hear a little at a time."""
        transport.set_write_buffer_limits(high=0)
        if hasattr(transport, "max_size"):  # asyncio's own has it
            transport.max_size = HEARD_BYTES_MAX
        connection = transport.get_extra_info("socket")
        if connection is not None and connection.family != socket.AF_UNIX:
            with suppress(OSError):  # it may be closed already
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES_MAX)

    def fell_behind(self, transport: asyncio.Transport) -> None:
        """Something waits in the transport."""
        self._measure(transport, self._reader(transport))
        self._shed()

    def caught_up(self, transport: asyncio.Transport) -> None:
        """The reader has taken everything that was in the transport."""
        if reader := self._behind.get(transport):
            self._measure(transport, reader)
            reader.took_something()
            if not reader.held:
                self.gone(transport)

    def gone(self, transport: asyncio.Transport) -> None:
        """The connection is closed, or nothing waits."""
        if reader := self._behind.pop(transport, None):
            self._unread -= reader.size
            if reader.most >= LARGE_BYTES:
                give_back_soon()

    @contextmanager
    def holding(self, transport: asyncio.Transport, size: int) -> Iterator[None]:
        """Counts a message of this size while the block waits until it may be written."""
        reader = self._reader(transport)
        reader.held += size
        self._unread += size
        self._shed()
        try:
            yield
        finally:
            reader.held -= size
            if self._behind.get(transport) is reader:
                self._unread -= size
                if not reader.size:
                    self.gone(transport)

    def _reader(self, transport: asyncio.Transport) -> _Reader:
        if transport not in self._behind:
            self._behind[transport] = _Reader()
            self._look_later()
        return self._behind[transport]

    def _measure(self, transport: asyncio.Transport, reader: _Reader) -> None:
        left = transport.get_write_buffer_size()
        self._unread += left - reader.left
        reader.left = left
        reader.mark, reader.most = max(reader.mark, left), max(reader.most, left)

    def _look_later(self) -> None:
        if self._looking is None and self._behind:
            seconds = self._seconds / LOOKS_PER_TERM
            self._looking = asyncio.get_running_loop().call_later(seconds, self._look, context=Context())

    def _look(self) -> None:
        """Drops those whose term is over."""
        self._looking = None
        for transport, reader in list(self._behind.items()):
            self._measure(transport, reader)
            if reader.mark - reader.left >= LEAST_BYTES:
                reader.took_something()
            elif reader.looks >= LOOKS_PER_TERM:
                self._drop(transport, "reader")
            else:
                reader.looks += 1
        self._look_later()

    def _shed(self) -> None:
        """Where more waits than may wait for all, drops the largest readers of the clients for which most waits."""
        if self._unread <= self._bytes:
            return
        waiting, largest_last = Counter[str](), defaultdict[str, list[asyncio.Transport]](list)
        for transport, reader in self._behind.items():
            self._measure(transport, reader)
        for transport, reader in sorted(self._behind.items(), key=lambda one: one[1].size):
            client = _client(transport)
            waiting[client] += reader.size
            largest_last[client].append(transport)
        while self._unread > self._bytes and waiting:
            [(client, _)] = waiting.most_common(1)
            transport = largest_last[client].pop()
            waiting[client] -= self._behind[transport].size
            if not largest_last[client]:
                del waiting[client]
            self._drop(transport, "unread")

    def _drop(self, transport: asyncio.Transport, bound: str) -> None:
        self.gone(transport)
        count_dropped(bound)
        connection = transport.get_extra_info("socket")
        if connection is not None:  # what is in the kernel goes as well, and the client is told
            with suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


def _client(transport: asyncio.Transport) -> str:
    peer = transport.get_extra_info("peername")
    return client_of(peer[0]) if peer else ""
