"""One call of publish_due: claims the publications that are due, sends them, and records meanwhile what comes back."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from perennial import breakers, claiming, clock
from perennial.alarms import NOT_AT_ONCE, Alarms, Call, Help
from perennial.claiming import Claimed
from perennial.departures import Departures, Ready
from perennial.due_publications import Candidate
from perennial.errors import NotSent, PlatformError
from perennial.gate import Gate
from perennial.in_flight import InFlight
from perennial.models import PlatformBreaker
from perennial.recording import Settled
from perennial.sending import Sender, unsent, usable
from perennial.states import Platform
from perennial.traffic import Traffic

CLAIMING_SECONDS = 30.0
TRIES = 4  # where others are faster
# What comes back within this time is recorded together.
RECORD_SECONDS = 0.02


@dataclass
class Means:
    """What the runs of a process share."""

    sender: Sender
    alarms: Alarms
    traffic: Traffic
    stopping: asyncio.Event
    gate: Gate = field(default_factory=lambda: Gate(1), kw_only=True)  # one at a time claims, and hears who knocks


class Run:
    """Claims while there is room and something due; each of its parts waits for nobody but the platform."""

    def __init__(self, means: Means) -> None:
        self.means = means
        self.in_flight = InFlight(means.traffic)
        self.departures = Departures(means.sender, means.traffic, self.in_flight)
        self.departing: asyncio.Task[None] | None = None
        self.recording: asyncio.Task[None] | None = None
        self.results: Counter[str] = Counter()
        self.help = Help(means.alarms, Call.PUBLISH)
        self.claims = True
        self.left_some = False
        self.done: set[Platform] = set()  # where nothing more was due when it was looked last
        self.deadline = asyncio.get_running_loop().time() + CLAIMING_SECONDS

    async def work(self) -> Counter[str]:
        knocked = self.means.gate.knocked
        self.departing = asyncio.create_task(self.departures.work())
        try:
            while True:
                if self.in_flight.bad_news:
                    await self._heed()
                if await self._may_claim():
                    await self._claim_all()
                # What was recorded while this claim was made may let more go: it is looked at once more.
                if not (self.in_flight or self.recording or (self.claims and knocked.is_set())):
                    return self.results
                await self._wait(knocked if self.claims else None)
        except asyncio.CancelledError:
            self.in_flight.cancel()  # there is no time left
            if self.recording:
                self.recording.cancel()
            raise
        finally:
            await self._finish()

    async def stop_claiming(self) -> None:
        """Lets another run of this process claim, while this one waits for what it has on the wire."""
        if self.claims:
            self.claims = False
            self.means.gate.leave()
            self.left_some |= await self.departures.give_back()

    async def _finish(self) -> None:
        """Waits for what is on the wire, and records it."""
        try:
            await self.stop_claiming()
            while self.in_flight.is_sending or self.in_flight.has_news:
                await self._record_all()
                if self.in_flight.is_sending:
                    await self.in_flight.wait()
        finally:
            if self.departing:
                self.departing.cancel()
            self.in_flight.cancel()
            self.in_flight.leave_all()
        await self._hand_on()

    async def _may_claim(self) -> bool:
        """Whether to claim more; where the time for it is over, a fresh call goes on with what is left."""
        if self.means.stopping.is_set():
            await self.stop_claiming()
        if self.claims and asyncio.get_running_loop().time() > self.deadline:
            await self.stop_claiming()
            self.left_some = True
            await self.means.alarms.call(Call.PUBLISH)
        return self.claims

    async def _claim_all(self) -> None:
        if self.means.gate.knocked.is_set():
            self.means.gate.knocked.clear()
            self.done.clear()
        waiting = [platform for platform in self.means.sender.platforms if platform not in self.done]
        self.left_some = bool(waiting)
        if not any(map(self.means.traffic.batch, waiting)):
            return
        tripped = await breakers.tripped()
        for platform in waiting:
            if breaker := tripped.get(platform):
                await self._probe(breaker)
            else:
                await self._fill(platform)
        self.left_some = not self.done.issuperset(platform for platform in waiting if platform not in tripped)

    async def _fill(self, platform: Platform) -> None:
        """Claims a batch. Where others were faster with all of it, looks again, some times."""
        for _ in range(TRIES):
            room = self.means.traffic.batch(platform)
            if not (room and await self._may_claim()):
                return
            picked, is_more = await self.in_flight.pick(platform, room, await clock.now())
            if len(picked) == room:
                await self.help.call()
            claimed = await self._claim(picked)
            self._line_up(claimed)
            if not is_more:
                self.done.add(platform)
            if claimed or len(picked) < room or not is_more:
                return

    async def _probe(self, breaker: PlatformBreaker) -> None:
        """Of a platform that is tripped one publication at a time tries whether it serves again; the others wait."""
        platform, now = breaker.platform, await clock.now()
        if breaker.probe_time <= now and (picked := (await self.in_flight.pick(platform, 1, now))[0]):
            if not await breakers.claim_probe(platform, now):
                self.in_flight.leave([one.id for one in picked])
            elif not self._line_up([replace(one, is_probe=True) for one in await self._claim(picked)]):
                await breakers.release_probe(platform, now)
        await breakers.explain(breaker, now)

    async def _claim(self, picked: Sequence[Candidate]) -> list[Claimed]:
        """Claims them; gives the places of those that others have taken back."""
        claimed = await claiming.claim(picked) if picked else []
        self.in_flight.leave({one.id for one in picked} - {one.row.id for one in claimed})
        return claimed

    def _line_up(self, claimed: Sequence[Claimed]) -> int:
        """Lets go what can go, settles what cannot be sent; returns how many go."""
        ready = 0
        for one in claimed:
            try:
                account = usable(one.account, one.time)
            except PlatformError as error:
                self.in_flight.settle(unsent(one, error))
            else:
                ready += 1
                self.departures.line_up(Ready(one, account))
        return ready

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
            self.recording = asyncio.create_task(self._record_soon())
        await self.in_flight.wait(self.recording, self.departing, knock=knocked)
        if self.recording and self.recording.done():
            self.recording.result()
            self.recording = None
        if self.departing and self.departing.done():
            self.departing.result()

    async def _record_soon(self) -> None:
        """Records what comes back within a short while together."""
        if self.in_flight.is_sending:
            await asyncio.sleep(RECORD_SECONDS)
        await self._record()

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
