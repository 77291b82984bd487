"""The listening socket: it counts what it accepts, and refuses what is too much without keeping a descriptor for it."""

import errno
import socket
from contextlib import suppress
from time import monotonic
from typing import Any

from perennial.process.connections._tally import count_dropped
from perennial.process.connections.register import Register

NO_MORE_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
REST_SECONDS = 0.9  # asyncio comes back a second after such an error
_TEXT = b"This server has as many connections as it takes. Try again in a moment.\n"
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 1\r\n"
    b"Cache-Control: no-store\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(_TEXT), _TEXT)
)


class Listener(socket.socket):
    """A listening socket with a register of its connections."""

    def __init__(self, register: Register, *args: Any) -> None:
        super().__init__(*args)
        self.register = register
        self._rests_until = 0.0

    def accept(self) -> tuple[socket.socket, Any]:
        """Accepts a connection. Raises BlockingIOError, after which asyncio comes again, if none is to be served now.

        asyncio accepts thousands in one go, and each would have a descriptor before anybody looks at it.
        """
        register = self.register
        if register.is_making_room or register.is_settling or monotonic() < self._rests_until:
            raise BlockingIOError
        accepted, address = self._accepted()
        host = str(address[0])
        if register.is_full_for(host):
            if not register.make_room(host):
                self._refuse(accepted, "address")
        elif register.is_full and not register.make_room():
            self._refuse(accepted, "connections")
        return Connection(register, host, accepted), address

    def _accepted(self) -> tuple[socket.socket, Any]:
        try:
            return super().accept()
        except OSError as error:
            if error.errno not in NO_MORE_FILES:
                raise
            if self.register.make_room():
                raise BlockingIOError from None
            self._rests_until = monotonic() + REST_SECONDS  # or Python 3.11 logs it as often as it accepts
            raise

    def _refuse(self, accepted: socket.socket, bound: str) -> None:
        """Answers a connection and closes it. Raises BlockingIOError."""
        count_dropped(bound)
        with accepted, suppress(OSError):
            accepted.setblocking(False)
            accepted.send(REFUSAL)
            accepted.shutdown(socket.SHUT_WR)
            accepted.recv(65_536)  # what is closed unread resets the connection, and may take the answer with it
        raise BlockingIOError


class Connection(socket.socket):
    """An accepted connection, which counts until its descriptor is closed."""

    def __init__(self, register: Register, host: str, accepted: socket.socket) -> None:
        super().__init__(accepted.family, accepted.type, accepted.proto, accepted.detach())
        self._register: Register | None = register
        self._host = host
        self._descriptor = self.fileno()
        register.opened(host, self._descriptor)

    def close(self) -> None:
        """Closes it."""
        super().close()
        register, self._register = self._register, None
        if register:
            register.closed(self._host, self._descriptor)

    def __del__(self) -> None:
        """Closes what asyncio let go of."""
        self.close()
