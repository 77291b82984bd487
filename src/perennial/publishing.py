"""publish_due: claims the publications that are due, sends them to their platforms, records what came back.

Any number of workers may call it at any time. A claim takes no more than can leave at once.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from perennial import claiming, clock
from perennial.accounts import accounts_of, needs_refresh
from perennial.alarms import NOT_AT_ONCE, Alarms, Call
from perennial.claiming import Candidate, Claimed
from perennial.errors import PlatformError
from perennial.gate import Gate
from perennial.logs import get_logger
from perennial.models import ConnectedAccount
from perennial.recording import Settled, record
from perennial.sending import Sender, usable
from perennial.states import Platform
from perennial.traffic import Traffic, Traveller

log = get_logger(__name__)

CLAIMING_SECONDS = 30.0


@dataclass
class Publisher:
    """The process's publishing, one for all the jobs that run in it."""

    sender: Sender
    alarms: Alarms
    traffic: Traffic
    stopping: asyncio.Event
    gate: Gate = field(default_factory=Gate)

    async def publish_due(self) -> Counter[str]:
        """Publishes what is due; returns how many results of each kind there were."""
        if not self.gate.enter():
            return Counter()
        try:
            rescued = await claiming.rescue()
            results = await _Run(self).work()
        finally:
            self.gate.leave()
        if rescued or results:
            log.info("publish.done", rescued=rescued, **results)
        return results


class _Run:
    """One call: claims while there is room and something due, and settles in between what comes back."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self.places: dict[UUID, Traveller] = {}
        self.sending: set[asyncio.Task[Settled | None]] = set()
        self.settled: list[Settled] = []
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
                if not (self.sending or self.settled or (self.claims and knocked.is_set())):
                    return self.results
                await self._settle_some()
        except asyncio.CancelledError:
            # There is no time left: what is still on the wire is in doubt once its lease has run out.
            for task in self.sending:
                task.cancel()
            raise
        finally:
            self.claims = False
            while self.sending or self.settled:
                await self._settle_some()
            self._leave(list(self.places))
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
        for platform in self.publisher.sender.platforms:
            if not await self._may_claim():
                return
            if self.publisher.traffic.is_open(platform):
                await self._start(await self._claim(platform))
            else:
                self.left_some = True

    async def _claim(self, platform: Platform) -> list[Claimed]:
        """Claims the longest due of what there is room for; where that is a full batch, calls for help first.

        Looks past what an account has no places for, however much that is: others wait behind it.
        """
        room = self.publisher.traffic.room(platform)
        picked: list[Candidate] = []
        async for page in claiming.candidates(platform, await clock.now()):
            admitted = self.publisher.traffic.admit(page)
            self.places |= {one.id: one for one in admitted}
            picked += admitted
            if len(picked) == room:
                break
        if len(picked) == room and not self.called_for_help:
            self.called_for_help = True
            await self.publisher.alarms.call(Call.PUBLISH)
        claimed = await claiming.claim(picked) if picked else []
        self._leave({one.id for one in picked} - {one.row.id for one in claimed})
        return claimed

    async def _start(self, claimed: Sequence[Claimed]) -> None:
        """Sends at once what can go, after a refresh what needs one, and settles what cannot be sent."""
        if not claimed:
            return
        sender = self.publisher.sender
        accounts = await accounts_of([one.owner for one in claimed])
        now = await clock.now()
        ready: dict[UUID, tuple[Claimed, ConnectedAccount]] = {}
        for one in claimed:
            try:
                account = usable(accounts.get((one.owner, one.platform)), now)
            except PlatformError as error:
                self.settled.append(Settled(one, one.row.attempts + 1, error))
            else:
                if needs_refresh(account, now):
                    self._spawn(sender.refresh_and_send(one, account, now))
                else:
                    ready[one.row.id] = (one, account)
        marked = await claiming.mark([one for one, _ in ready.values()]) if ready else []
        for one in marked:
            self._spawn(sender.send(*ready[one.row.id], now))

    def _spawn(self, work: Coroutine[Any, Any, Settled | None]) -> None:
        self.sending.add(asyncio.create_task(work))

    async def _settle_some(self) -> None:
        """Waits until something came back, or somebody knocked, and records all that came back by then."""
        if not self.settled:
            await self._wait()
        done = {task for task in self.sending if task.done()}
        self.sending -= done
        self.settled += [one for task in done if not task.cancelled() and (one := task.result())]
        settled = list(self.settled)
        written = await record(settled) if settled else []
        # Only now: who is cancelled while recording finds them here, and records them again, which does no harm.
        self.settled = []
        self._leave({one.claimed.row.id for one in settled})
        for recorded in written:
            self.results.update(row["status"].value for row in recorded.rows)
            again = {row["next_attempt_time"] for row in recorded.rows if row.get("next_attempt_time")}
            await self.publisher.alarms.arm(Call.PUBLISH, again, recorded.now)

    async def _wait(self) -> None:
        """Until something comes back; who still claims also hears a knock."""
        if not self.claims:
            await asyncio.wait(self.sending, return_when=asyncio.FIRST_COMPLETED)
            return
        knock = asyncio.create_task(self.publisher.gate.knocked.wait())
        try:
            await asyncio.wait([knock, *self.sending], return_when=asyncio.FIRST_COMPLETED)
        finally:
            knock.cancel()

    async def _hand_on(self) -> None:
        """A knock that nobody inside answers becomes a call again; what there was no time or no place for, in a while.

        Only in a while: a fresh call finds the places taken until those who hold them are through.
        """
        if self.publisher.gate.knocked.is_set():
            self.publisher.gate.knocked.clear()
            await self.publisher.alarms.call(Call.PUBLISH)
        elif self.left_some:
            await self.publisher.alarms.call(Call.PUBLISH, NOT_AT_ONCE)

    def _leave(self, ids: Iterable[UUID]) -> None:
        for publication_id in ids:
            if place := self.places.pop(publication_id, None):
                self.publisher.traffic.leave(place)
