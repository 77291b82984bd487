"""One call of publish_due: claims the publications that are due, sends them, and records meanwhile what comes back."""

import asyncio
from collections import Counter
from functools import partial

from perennial.core.errors import NotSent
from perennial.jobs.alarms import RETRY_DELAY
from perennial.jobs.worker_functions import WorkerFunction
from perennial.publishing.claims import Claimed, ClaimResult
from perennial.publishing.dispatch._claim import LOOK_SECONDS, Intake
from perennial.publishing.dispatch._on_the_wire import InFlight
from perennial.publishing.dispatch._record import Arrivals
from perennial.publishing.dispatch._send import Departures
from perennial.publishing.dispatch.context import Means

CLAIMING_SECONDS = 30.0


class Run:
    """Claims while there is room and something due, while its parts send and record; bad news alone holds them up."""

    def __init__(self, means: Means) -> None:
        self.means = means
        self.changed = asyncio.Event()
        self.arrivals = Arrivals(means, self.changed)
        self.in_flight = InFlight(means.traffic, self.arrivals, self.changed)
        self.departures = Departures(means, self.in_flight, self.arrivals)
        self.intake = Intake(means, self.in_flight, self.departures)
        self.parts: list[asyncio.Task[None]] = []
        self.claims = True
        self.left_some = False
        self.is_broken_off = False
        self.deadline = asyncio.get_running_loop().time() + CLAIMING_SECONDS

    async def work(self) -> Counter[str]:
        """Until nothing is left that it could do; returns how many results of each kind there were."""
        parts = (self.departures.work(), self.arrivals.work(lambda: self.in_flight.is_sending))
        self.parts = [asyncio.create_task(part) for part in parts]
        try:
            while await self._go_on():
                await self._wait()
            return self.arrivals.results
        except asyncio.CancelledError:
            self._break_off()  # there is no time left
            raise
        finally:
            await self._finish()

    async def _go_on(self) -> bool:
        """Does what can be done just now; says whether there may be more to do later."""
        self.changed.clear()
        if self.arrivals.bad_news:
            await self._heed()
        if await self._may_claim():
            await self.intake.claim()
        # Where something was recorded while this claim was made, that may let more go.
        under_way = self.in_flight or self.arrivals or self.changed.is_set()
        return bool(under_way) or (self.claims and self.means.single_flight.woken.is_set())

    async def stop_claiming(self) -> None:
        """Lets another run of this process claim, while this one waits for what it has on the wire."""
        if self.claims:
            self.claims = False
            self.means.single_flight.leave()
            gave_back = await self.departures.give_back()
            self.left_some |= bool(gave_back) or self.intake.left_some

    async def _may_claim(self) -> bool:
        """Whether to claim more; where the time for it is over, a fresh call goes on with what is left."""
        if self.means.stopping.is_set():
            await self.stop_claiming()
        if self.claims and asyncio.get_running_loop().time() > self.deadline:
            await self.stop_claiming()
            self.left_some = True
            await self.means.alarms.enqueue(WorkerFunction.PUBLISH)
        return self.claims

    async def _heed(self) -> None:
        """Records bad news before anything else is claimed; what is claimed already, and concerned, is given back."""
        bad = list(self.arrivals.bad_news)
        await self.arrivals.record()
        self.intake.look_again(await self.departures.give_back(lambda one: any(map(partial(_concerns, one), bad))))
        del self.arrivals.bad_news[: len(bad)]
        self.means.traffic.freed.set()

    async def _wait(self) -> None:
        """Until something has changed, somebody knocks, or it is to stop. Raises what one of the parts has raised."""
        pause = self.intake.pause if self.claims else LOOK_SECONDS
        if not pause:
            self.changed.set()
        events = [self.changed, *([self.means.single_flight.woken, self.means.stopping] if self.claims else [])]
        waiting = [asyncio.create_task(event.wait()) for event in events]
        try:
            await asyncio.wait([*waiting, *self.parts], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        for part in self.parts:
            if part.done():
                part.result()
        if self.in_flight.is_sending and not self.arrivals.bad_news:
            await asyncio.sleep(pause)

    def _break_off(self) -> None:
        self.is_broken_off = True
        for part in self.parts:
            part.cancel()
        self.in_flight.cancel()

    async def _finish(self) -> None:
        """Waits for what is on the wire, or about to be, and records it; whatever happens, no place stays taken."""
        try:
            await self.stop_claiming()
            await self._record_the_rest()
        except asyncio.CancelledError:
            if not self.is_broken_off:
                self._break_off()
                await self._record_the_rest()
            raise
        finally:
            self._break_off()
            self.in_flight.leave_all()
        await self._hand_on()

    async def _record_the_rest(self) -> None:
        while self.in_flight.is_sending or self.arrivals:
            self.changed.clear()
            await self.arrivals.record()
            if self.in_flight.is_sending:
                await self.changed.wait()

    async def _hand_on(self) -> None:
        """A knock that nobody inside answers becomes a call again; what there was no time or no place for, in a while.

        Only in a while: a fresh call finds the places taken until those who hold them are through.
        """
        single_flight = self.means.single_flight
        if single_flight.woken.is_set() and not single_flight.is_full:
            single_flight.woken.clear()
            await self.means.alarms.enqueue(WorkerFunction.PUBLISH)
        elif self.left_some:
            await self.means.alarms.enqueue(WorkerFunction.PUBLISH, RETRY_DELAY)


def _concerns(one: Claimed, bad: ClaimResult) -> bool:
    """Whether the bad news may be of the same account, or of the whole platform."""
    is_of_platform = isinstance(bad.result, NotSent) and bad.result.blocks_platform
    return one.platform == bad.platform and (is_of_platform or one.owner == bad.claimed.owner)
