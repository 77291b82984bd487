"""What has come back to a run of publish_due, until it is recorded: together, but soon."""

import asyncio
from collections import Counter
from collections.abc import Callable

from perennial.events.publisher import Topic
from perennial.jobs.worker_functions import WorkerFunction
from perennial.publishing._recording import record
from perennial.publishing.claims import ClaimResult
from perennial.publishing.dispatch.context import Means

# What comes back within this time is recorded together: a record costs hardly more than one.
GATHER_SECONDS = 0.02


class Arrivals:
    """`results` counts what was recorded, by status.

    `bad_news` is what tells that an account, or a platform, is of no use for now: it is taken out by whoever sees to it
    that the next claim, and what is claimed already, heeds it. `changed` is set whenever something was recorded.
    """

    def __init__(self, means: Means, changed: asyncio.Event) -> None:
        self._alarms, self._events = means.alarms, means.events
        self._changed = changed
        self._settled: list[ClaimResult] = []
        self._came = asyncio.Event()
        self._recording = asyncio.Lock()
        self.bad_news: list[ClaimResult] = []
        self.results: Counter[str] = Counter()

    def __bool__(self) -> bool:
        """Whether something came back that is not recorded yet."""
        return bool(self._settled)

    def settle(self, one: ClaimResult) -> None:
        """Takes what came back."""
        self._settled.append(one)
        if one.is_blocking:
            self.bad_news.append(one)
        self._came.set()

    async def work(self, are_more_coming: Callable[[], bool]) -> None:
        """Records what comes back, until it is cancelled."""
        while True:
            await self._came.wait()
            if are_more_coming():
                await asyncio.sleep(GATHER_SECONDS)
            await self.record()

    async def record(self) -> None:
        """Records all that came back by now, and arms the alarms of what is to be tried again."""
        async with self._recording:
            self._came.clear()
            if not (settled := list(self._settled)):
                return
            for recorded in await record(settled):
                self.results.update(row["status"].value for row in recorded.rows)
                again = {row["next_attempt_time"] for row in recorded.rows if row.get("next_attempt_time")}
                await self._alarms.arm(WorkerFunction.PUBLISH, again, recorded.now)
                self._events.publish(Topic.PUBLICATIONS, recorded.other_events)
            self._events.publish(Topic.PUBLICATIONS, [one.claimed.event for one in settled])
            # Only now: who is cancelled while recording finds them here, and records them again, which does no harm.
            del self._settled[: len(settled)]
            self._changed.set()
