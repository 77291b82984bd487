"""publish_due: claims the publications that are due, sends them to their platforms, records what came back.

Any number of workers may call it at any time. A claim takes no more than can leave at once. What is in doubt is looked
into meanwhile (look_ups.py).
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from perennial import breakers, claiming, clock
from perennial.alarms import NOT_AT_ONCE, Alarms, Call
from perennial.claiming import Claimed
from perennial.due_publications import Candidate
from perennial.errors import PlatformError
from perennial.gate import Gate
from perennial.in_flight import InFlight
from perennial.logs import get_logger
from perennial.look_ups import LookUps
from perennial.models import PlatformBreaker
from perennial.refreshing import needs_refresh
from perennial.sending import Sender, unsent, usable
from perennial.traffic import Traffic

log = get_logger(__name__)

CLAIMING_SECONDS = 30.0


@dataclass
class Publisher:
    """The process's publishing, one for all the jobs that run in it."""

    sender: Sender
    look_ups: LookUps
    alarms: Alarms
    traffic: Traffic
    stopping: asyncio.Event
    gate: Gate = field(default_factory=Gate)

    async def publish_due(self) -> Counter[str]:
        """Publishes what is due; returns how many results of each kind there were."""
        looking = asyncio.create_task(self.look_ups.work())
        try:
            results = await self._publish()
            await looking
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        return results

    async def _publish(self) -> Counter[str]:
        if not self.gate.enter():
            return Counter()
        try:
            rescued = await claiming.rescue()
            await self.alarms.arm(Call.PUBLISH, rescued.look_up_times, await clock.now())
            results = await _Run(self).work()
        finally:
            self.gate.leave()
        if rescued.count or results:
            log.info("publish.done", rescued=rescued.count, **results)
        return results


class _Run:
    """One call: claims while there is room and something due, and settles in between what comes back."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self.in_flight = InFlight(publisher.traffic)
        self.results: Counter[str] = Counter()
        self.called_for_help = False
        self.claims = True
        self.left_some = False
        self.deadline = asyncio.get_running_loop().time() + CLAIMING_SECONDS

    async def work(self) -> Counter[str]:
        knocked = self.publisher.gate.knocked
        try:
            while True:
                if await self._may_claim():
                    knocked.clear()
                    await self._claim_and_send()
                if not (self.in_flight or (self.claims and knocked.is_set())):
                    return self.results
                await self._settle_some()
        except asyncio.CancelledError:
            self.in_flight.cancel()  # there is no time left
            raise
        finally:
            self.claims = False
            try:
                while self.in_flight:
                    await self._settle_some()
            finally:
                self.in_flight.cancel()
                self.in_flight.leave_all()
            await self._hand_on()

    async def _may_claim(self) -> bool:
        """Whether to claim more; where the time for it is over, a fresh call goes on with what is left."""
        if self.claims and self.publisher.stopping.is_set():
            self.claims = False
        if self.claims and asyncio.get_running_loop().time() > self.deadline:
            self.claims = False
            self.left_some = True
            await self.publisher.alarms.call(Call.PUBLISH)
        return self.claims

    async def _claim_and_send(self) -> None:
        self.left_some = False
        tripped = await breakers.tripped()
        for platform in self.publisher.sender.platforms:
            if not await self._may_claim():
                return
            if breaker := tripped.get(platform):
                await self._probe(breaker)
            elif self.publisher.traffic.is_open(platform):
                room = self.publisher.traffic.room(platform)
                picked = await self.in_flight.pick(platform, room, await clock.now())
                await self._start(await self._claim(picked))
            else:
                self.left_some = True

    async def _probe(self, breaker: PlatformBreaker) -> None:
        """Of a platform that is tripped one publication at a time tries whether it serves again; the others wait."""
        platform, now = breaker.platform, await clock.now()
        if breaker.probe_time <= now and (picked := await self.in_flight.pick(platform, 1, now)):
            if not await breakers.claim_probe(platform, now):
                self.in_flight.leave([one.id for one in picked])
            elif not await self._start([replace(one, is_probe=True) for one in await self._claim(picked)]):
                await breakers.release_probe(platform, now)
        await breakers.explain(breaker, now)

    async def _claim(self, picked: Sequence[Candidate]) -> list[Claimed]:
        """Claims them; where they are a full batch, calls for help first."""
        if not picked:
            return []
        if not self.publisher.traffic.room(picked[0].platform) and not self.called_for_help:
            self.called_for_help = True
            await self.publisher.alarms.call(Call.PUBLISH)
        claimed = await claiming.claim(picked)
        self.in_flight.leave({one.id for one in picked} - {one.row.id for one in claimed})
        return claimed

    async def _start(self, claimed: Sequence[Claimed]) -> int:
        """Sends at once what can go, after a refresh what needs one, and settles what cannot be sent.

        Returns how many went, or are about to.
        """
        if not claimed:
            return 0
        sender, now = self.publisher.sender, claimed[0].time
        ready: list[Claimed] = []
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
                    ready.append(one)
        marked = await claiming.mark(ready) if ready else []
        for one in marked:
            self.in_flight.send(one, sender.send(one, usable(one.account, now), now))
        return refreshing + len(marked)

    async def _settle_some(self) -> None:
        """Waits until something came back, or somebody knocked, and records all that came back by then."""
        await self.in_flight.wait(self.publisher.gate.knocked if self.claims else None)
        for recorded in await self.in_flight.record():
            self.results.update(row["status"].value for row in recorded.rows)
            again = {row["next_attempt_time"] for row in recorded.rows if row.get("next_attempt_time")}
            await self.publisher.alarms.arm(Call.PUBLISH, again, recorded.now)

    async def _hand_on(self) -> None:
        """A knock that nobody inside answers becomes a call again; what there was no time or no place for, in a while.

        Only in a while: a fresh call finds the places taken until those who hold them are through.
        """
        if self.publisher.gate.knocked.is_set():
            self.publisher.gate.knocked.clear()
            await self.publisher.alarms.call(Call.PUBLISH)
        elif self.left_some:
            await self.publisher.alarms.call(Call.PUBLISH, NOT_AT_ONCE)
