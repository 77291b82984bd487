"""One call of publish_due: claims the publications that are due, sends them, and records meanwhile what comes back."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from perennial import breakers, claiming, clock
from perennial.alarms import NOT_AT_ONCE, Alarms, Call, Help
from perennial.claiming import Claimed
from perennial.due_publications import AnyAccount, Candidate
from perennial.errors import PlatformError
from perennial.gate import Gate
from perennial.in_flight import InFlight
from perennial.models import PlatformBreaker
from perennial.refreshing import needs_refresh
from perennial.sending import Sender, unsent, usable
from perennial.states import Platform
from perennial.traffic import BATCHES, Traffic

CLAIMING_SECONDS = 30.0


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
        self.recording: asyncio.Task[None] | None = None
        self.results: Counter[str] = Counter()
        self.help = Help(means.alarms, Call.PUBLISH)
        self.claims = True
        self.left_some = False
        self.done: set[Platform] = set()  # where nothing more was due when it was looked last
        self.deadline = asyncio.get_running_loop().time() + CLAIMING_SECONDS

    async def work(self) -> Counter[str]:
        knocked = self.means.gate.knocked
        try:
            while True:
                if self.in_flight.has_bad_news:
                    await self._record_all()
                if await self._may_claim():
                    await self._claim_and_send()
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
            self.stop_claiming()
            try:
                while self.in_flight:
                    await self._record_all()
                    if self.in_flight:
                        await self.in_flight.wait(None, None)
            finally:
                self.in_flight.cancel()
                self.in_flight.leave_all()
            await self._hand_on()

    def stop_claiming(self) -> None:
        """Lets another run of this process claim, while this one waits for what it has on the wire."""
        if self.claims:
            self.claims = False
            self.means.gate.leave()

    async def _may_claim(self) -> bool:
        """Whether to claim more; where the time for it is over, a fresh call goes on with what is left."""
        if self.means.stopping.is_set():
            self.stop_claiming()
        if self.claims and asyncio.get_running_loop().time() > self.deadline:
            self.stop_claiming()
            self.left_some = True
            await self.means.alarms.call(Call.PUBLISH)
        return self.claims

    async def _claim_and_send(self) -> None:
        if self.means.gate.knocked.is_set():
            self.means.gate.knocked.clear()
            self.done.clear()
        waiting = [platform for platform in self.means.sender.platforms if platform not in self.done]
        self.left_some = not any(map(self.means.traffic.batch, waiting)) and bool(waiting)
        if self.left_some or not waiting:
            return
        tripped = await breakers.tripped()
        for platform in waiting:
            if breaker := tripped.get(platform):
                await self._probe(breaker)
            else:
                await self._fill(platform)

    async def _fill(self, platform: Platform) -> None:
        """Takes the platform's places, batch after batch, once. Where others were faster with a batch, looks again."""
        for _ in range(BATCHES):
            room = self.means.traffic.batch(platform)
            if not (room and await self._may_claim()):
                break
            picked, is_more = await self.in_flight.pick(platform, room, await clock.now())
            if len(picked) == room:
                await self.help.call()
            await self._start(await self._claim(picked))
            if not is_more:
                self.done.add(platform)
                return
            if len(picked) < room:  # accounts are full: it would see the same again
                break
        self.left_some = True

    async def _probe(self, breaker: PlatformBreaker) -> None:
        """Of a platform that is tripped one publication at a time tries whether it serves again; the others wait."""
        platform, now = breaker.platform, await clock.now()
        if breaker.probe_time <= now and (picked := (await self.in_flight.pick(platform, 1, now))[0]):
            if not await breakers.claim_probe(platform, now):
                self.in_flight.leave([one.id for one in picked])
            elif not await self._start([replace(one, is_probe=True) for one in await self._claim(picked)]):
                await breakers.release_probe(platform, now)
        await breakers.explain(breaker, now)

    async def _claim(self, picked: Sequence[Candidate]) -> list[Claimed]:
        """Claims them; gives the places of those that others have taken back."""
        claimed = await claiming.claim(picked) if picked else []
        self.in_flight.leave({one.id for one in picked} - {one.row.id for one in claimed})
        return claimed

    async def _start(self, claimed: Sequence[Claimed]) -> int:
        """Sends what can go, after a refresh what needs one, settles what cannot be sent; returns how many go."""
        if not claimed:
            return 0
        sender, now = self.means.sender, claimed[0].time
        ready: dict[UUID, tuple[Claimed, AnyAccount]] = {}
        refreshing = 0
        for one in claimed:
            try:
                account = usable(one.account, now)
            except PlatformError as error:
                self.in_flight.settle(unsent(one, error))
            else:
                if needs_refresh(account, now):
                    refreshing += 1
                    self.in_flight.send(one, sender.refresh_and_send(one, account, now))
                else:
                    ready[one.row.id] = (one, account)
        marked = await claiming.mark([one for one, _ in ready.values()]) if ready else []
        for one in marked:
            self.in_flight.send(one, sender.send(one, ready[one.row.id][1], now))
        return refreshing + len(marked)

    async def _wait(self, knocked: asyncio.Event | None) -> None:
        """Until there is something to do; meanwhile what came back by now is recorded."""
        if self.in_flight.has_news and self.recording is None:
            self.recording = asyncio.create_task(self._record())
        await self.in_flight.wait(self.recording, knocked)
        if self.recording and self.recording.done():
            self.recording.result()
            self.recording = None

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
