"""The results of requests, until they are recorded."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from uuid import UUID

from perennial.core.states import Platform
from perennial.publishing.claims import ClaimResult
from perennial.publishing.dispatch.steps import Steps

# What is answered within this time is recorded together, which costs hardly more than recording one.
RECORD_SECONDS = 0.02


class Answers:
    """`results` counts what was recorded, by status.

    `blocked` are the platforms and accounts that an answer blocks; who applies the blocks removes them.
    """

    def __init__(self, steps: Steps, on_recorded: Callable[[Sequence[ClaimResult]], None]) -> None:
        self._steps, self._on_recorded = steps, on_recorded
        self._waiting: list[ClaimResult] = []
        self._taken = asyncio.Event()
        self._recording = asyncio.Lock()
        self.blocked: set[Platform | UUID] = set()
        self.results: Counter[str] = Counter()

    def __bool__(self) -> bool:
        """Whether any result is not recorded yet."""
        return bool(self._waiting)

    def take(self, answers: Sequence[ClaimResult]) -> None:
        """Takes results, which are recorded soon."""
        self._waiting += answers
        self.blocked |= {answer.blocks for answer in answers if answer.blocks is not None}
        if answers:
            self._taken.set()

    async def keep_recording(self, are_more_coming: Callable[[], bool]) -> None:
        """Records what is taken, together but soon, until it is cancelled."""
        while True:
            await self._taken.wait()
            if are_more_coming():
                await asyncio.sleep(RECORD_SECONDS)
            await self.record()

    async def record(self) -> None:
        """Records all results that were taken by now."""
        async with self._recording:
            self._taken.clear()
            if not (answers := list(self._waiting)):
                return
            self.results += await self._steps.record(answers)
            # Only now: if it is cancelled while it records, they are recorded again, which does no harm.
            del self._waiting[: len(answers)]
            self._on_recorded(answers)
