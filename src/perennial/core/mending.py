"""The repair of second truths: columns that are derived from other rows are compared with them, for ever."""

import time
from collections.abc import Awaitable, Callable
from itertools import count
from uuid import UUID

SLICE_SIZE, SLICES = 500, 10
_FIRST = UUID(int=0)


class Mender:
    """Checks all rows of a table in the order of their ids, some at a call, and begins again after the last.

    `mend_slice` is given an id and a number; it checks, and mends, so many rows behind that id, and returns the last
    one's id, or None where there are no more. How far it has come is kept in memory alone. On its first round a call
    goes on for `first_round_seconds`: what is wrong since the process has started is found soon.
    """

    def __init__(
        self, mend_slice: Callable[[UUID, int], Awaitable[UUID | None]], first_round_seconds: float = 0.0
    ) -> None:
        self._mend_slice, self._after, self._seconds = mend_slice, _FIRST, first_round_seconds

    async def mend_some(self) -> None:
        """Checks the next SLICES slices of SLICE_SIZE rows, or more on the first round."""
        end = time.monotonic() + self._seconds
        for number in count(1):
            self._after = await self._mend_slice(self._after, SLICE_SIZE) or _FIRST
            if self._after == _FIRST:
                self._seconds = 0.0
                return
            if number >= SLICES and time.monotonic() >= end:
                return
