"""One call of publish_due: claims the publications that are due, sends them, and records meanwhile what comes back."""

import asyncio
from collections import Counter
from functools import partial

from perennial.alarms import NOT_AT_ONCE, Call
from perennial.claiming import Claimed
from perennial.departures import Departures
from perennial.errors import NotSent
from perennial.in_flight import InFlight
from perennial.intake import Intake, Means
from perennial.recording import Settled

CLAIMING_SECONDS = 30.0


class Run:
    """Claims while there is room and something due; each of its parts waits for nobody but the platform."""

    def __init__(self, means: Means) -> None:
        self.means = means
        self.in_flight = InFlight(means.traffic)
        self.departures = Departures(means.sender, means.traffic, self.in_flight, means.stopping)
        self.intake = Intake(means, self.in_flight, self.departures)
        self.departing: asyncio.Task[None] | None = None
        self.recording: asyncio.Task[None] | None = None
        self.results: Counter[str] = Counter()
        self.claims = True
        self.left_some = False
        self.deadline = asyncio.get_running_loop().time() + CLAIMING_SECONDS

    async def work(self) -> Counter[str]:
        """Until nothing is left that it could do; returns how many results of each kind there were."""
        knocked = self.means.gate.knocked
        self.departing = asyncio.create_task(self.departures.work())
        try:
            while True:
                if self.in_flight.bad_news:
                    await self._heed()
                if await self._may_claim():
                    await self.intake.claim()
                # What was recorded while this claim was made may let more go: it is looked at once more.
                if not (self.in_flight or self.recording or (self.claims and knocked.is_set())):
                    return self.results
                await self._wait(knocked if self.claims else None)
        except asyncio.CancelledError:
            self._break_off()  # there is no time left
            raise
        finally:
            await self._finish()

    async def stop_claiming(self) -> None:
        """Lets another run of this process claim, while this one waits for what it has on the wire."""
        if self.claims:
            self.claims = False
            self.means.gate.leave()
            gave_back = await self.departures.give_back()
            self.left_some |= gave_back or self.intake.left_some

    async def _may_claim(self) -> bool:
        """Whether to claim more; where the time for it is over, a fresh call goes on with what is left."""
        if self.means.stopping.is_set():
            await self.stop_claiming()
        if self.claims and asyncio.get_running_loop().time() > self.deadline:
            await self.stop_claiming()
            self.left_some = True
            await self.means.alarms.call(Call.PUBLISH)
        return self.claims

    async def _heed(self) -> None:
        """Records bad news before anything else is claimed; what is claimed already, and concerned, is given back."""
        bad = list(self.in_flight.bad_news)
        await self._record_all()
        await self.departures.give_back(lambda one: any(map(partial(_concerns, one), bad)))
        del self.in_flight.bad_news[: len(bad)]
        self.means.traffic.freed.set()

    async def _wait(self, knocked: asyncio.Event | None) -> None:
        """Until there is something to do; meanwhile what came back by now is recorded."""
        if self.in_flight.has_news and self.recording is None:
            self.recording = asyncio.create_task(self._record())
        await self.in_flight.wait(self.recording, self.departing, knock=knocked)
        if self.recording and self.recording.done():
            self.recording.result()
            self.recording = None
        if self.departing and self.departing.done():
            self.departing.result()

    async def _record_all(self) -> None:
        """Records all that came back by now: what tells of an account is known to whoever claims next."""
        if self.recording:
            await asyncio.wait({self.recording})
            self.recording = None
        await self._record()

    async def _record(self) -> None:
        """Records all that came back by now, and arms the alarms of what is to be tried again."""
        for recorded in await self.in_flight.record():
            self.results.update(row["status"].value for row in recorded.rows)
            again = {row["next_attempt_time"] for row in recorded.rows if row.get("next_attempt_time")}
            await self.means.alarms.arm(Call.PUBLISH, again, recorded.now)

    def _break_off(self) -> None:
        for task in (self.departing, self.recording):
            if task:
                task.cancel()
        self.in_flight.cancel()

    async def _finish(self) -> None:
        """Waits for what is on the wire, or about to be, and records it; whatever happens, no place stays taken."""
        try:
            await self.stop_claiming()
            while self.in_flight.is_sending or self.in_flight.has_news or self.departures.is_marking:
                await self._record_all()
                if self.in_flight.is_sending or self.departures.is_marking:
                    await self.in_flight.wait(self.departing if self.departures.is_marking else None)
        finally:
            self._break_off()
            self.in_flight.leave_all()
        await self._hand_on()

    async def _hand_on(self) -> None:
        """A knock that nobody inside answers becomes a call again; what there was no time or no place for, in a while.

        Only in a while: a fresh call finds the places taken until those who hold them are through.
        """
        if self.means.gate.knocked.is_set():
            self.means.gate.knocked.clear()
            await self.means.alarms.call(Call.PUBLISH)
        elif self.left_some:
            await self.means.alarms.call(Call.PUBLISH, NOT_AT_ONCE)


def _concerns(one: Claimed, bad: Settled) -> bool:
    """Whether the bad news may be of the same account, or of the whole platform."""
    is_of_platform = isinstance(bad.result, NotSent) and bad.result.blocks_platform
    return one.platform == bad.platform and (is_of_platform or one.owner == bad.claimed.owner)
