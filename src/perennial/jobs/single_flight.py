"""How many callers do the same work at once in a process."""

import asyncio


class SingleFlight:
    """Lets a few callers in at a time. Whoever comes when it is full only knocks, and those inside look again.

    So a call is never lost: the work it was for is found by somebody who looks after the knock.
    """

    def __init__(self, places: int = 2) -> None:
        self._places = places
        self.woken = asyncio.Event()

    def enter(self) -> bool:
        """Takes a place; where there is none, knocks and says False."""
        if self._places == 0:
            self.woken.set()
            return False
        self._places -= 1
        return True

    @property
    def is_full(self) -> bool:
        """Whether all places are taken: then somebody inside hears a knock."""
        return self._places == 0

    def leave(self) -> None:
        """Gives the place back."""
        self._places += 1
