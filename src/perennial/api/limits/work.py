"""The limit on operations that a process works on at once: more would make all of them late, and then time out."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from perennial.core.errors import Overloaded

OWNERS = 4  # it takes so many of them to have all places

ALL = "This server has as much to do as it can, so it has not begun with this; try again."
OF_ONE = "This server is working on as many operations of this owner as it may at once, so it has not begun with this."


class WorkLimit:
    """Counts the queries and mutations that are executed, over every protocol. Subscriptions have their own limit."""

    def __init__(self, maximum: int) -> None:
        self._maximum, self._share = maximum, max(1, maximum // OWNERS)
        self._working: Counter[str] = Counter()

    @contextmanager
    def place(self, owner: str) -> Iterator[None]:
        """A place for an owner's operation while the block runs; callers without a token are one owner, "".

        Raises Overloaded if there is none, or if the owner has its share of them; nobody waits for one.
        """
        if self._working.total() >= self._maximum:
            raise Overloaded(ALL)
        if self._working[owner] >= self._share:
            raise Overloaded(OF_ONE)
        self._working[owner] += 1
        try:
            yield
        finally:
            self._working[owner] -= 1
            if not self._working[owner]:
                del self._working[owner]
