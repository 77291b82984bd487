"""Keeps callers in one process from doing the same work several times at once."""

import asyncio


class SingleFlight:
    """Lets a few callers work at a time. A caller that finds it full sets `woken`, which makes those inside poll again.

    So no call is lost: its work is found by a caller inside that polls after it was woken.
    """

    def __init__(self, places: int = 2) -> None:
        self._places = places
        self.woken = asyncio.Event()

    def try_enter(self) -> bool:
        """Takes a place; if all are taken, sets `woken` and returns False."""
        if self._places == 0:
            self.woken.set()
            return False
        self._places -= 1
        return True

    @property
    def is_full(self) -> bool:
        """Whether all places are taken, so that some caller inside will see `woken`."""
        return self._places == 0

    def leave(self) -> None:
        """Gives the place back."""
        self._places += 1
