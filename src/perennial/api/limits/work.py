"""The limit on operations that a process works on at once: more would make all of them late, and then time out."""

from collections.abc import Iterator
from contextlib import contextmanager

from perennial.core.errors import Overloaded


class WorkLimit:
    """Counts the queries and mutations that are executed, over every protocol. Subscriptions have their own limit."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._count = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for an operation while the block runs. Raises Overloaded if there is none; nobody waits for one."""
        if self._count >= self._maximum:
            raise Overloaded("This server has as much to do as it can, so it has not begun with this; try again.")
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1
