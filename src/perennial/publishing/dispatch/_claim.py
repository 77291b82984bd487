"""What a run of publish_due takes in: claims where there is room and something due, and lines it up to leave."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from perennial.core import clock
from perennial.core.errors import PlatformError
from perennial.core.states import Platform
from perennial.db.models import PlatformBreaker
from perennial.events.publisher import Topic
from perennial.jobs.alarms import FanOut
from perennial.jobs.worker_functions import WorkerFunction
from perennial.publishing import breakers, claims
from perennial.publishing.claims import Claimed
from perennial.publishing.dispatch._on_the_wire import InFlight
from perennial.publishing.dispatch._send import Departures, Ready
from perennial.publishing.dispatch.context import Means
from perennial.publishing.publication_rows import Candidate
from perennial.publishing.sending import unsent_result, usable_account

BATCHES_MAX = 4  # before it looks around again
SOON_SECONDS = 0.005  # while all places are taken: places become free quickly
LOOK_SECONDS = 0.02  # else: what is due, but has no places for its accounts, is read each time


class Intake:
    """`left_some` says whether more was due, when it was looked last, than there was room for.

    `pause` is how many seconds to wait before the next claim.
    """

    def __init__(self, means: Means, in_flight: InFlight, departures: Departures) -> None:
        self._means = means
        self._in_flight = in_flight
        self._departures = departures
        self._help = FanOut(means.alarms, WorkerFunction.PUBLISH)
        self._done: set[Platform] = set()  # where nothing more was due when it was looked last
        self.left_some = False
        self.pause = LOOK_SECONDS

    async def claim(self) -> None:
        """Claims what there is room for, on each platform."""
        if self._means.single_flight.woken.is_set():
            self._means.single_flight.woken.clear()
            self._done.clear()
        self.pause = SOON_SECONDS
        waiting = [platform for platform in self._means.sender.platforms if platform not in self._done]
        if any(map(self._means.traffic.batch, waiting)):
            tripped = await breakers.tripped()
            pauses = [
                await (self._probe(breaker) if (breaker := tripped.get(platform)) else self._fill(platform))
                for platform in waiting
            ]
            self.pause = min(pauses)
            waiting = [platform for platform in waiting if platform not in self._done | tripped.keys()]
        self.left_some = bool(waiting)

    def look_again(self, platforms: Iterable[Platform]) -> None:
        """More is due there than was seen last."""
        self._done.difference_update(platforms)

    async def _fill(self, platform: Platform) -> float:
        """Claims batch after batch, but goes on for some time only: others may be faster each time.

        Returns how many seconds to wait before more can be done there.
        """
        for _ in range(BATCHES_MAX):
            if not (room := self._means.traffic.batch(platform)):
                return SOON_SECONDS
            now = await clock.now()
            picked, is_more = await self._in_flight.pick(platform, room, now)
            if len(picked) == room:
                await self._help.enqueue()
            self._line_up(await self._claim(picked, now))
            if not is_more:
                self._done.add(platform)
            if len(picked) < room or not is_more:
                return LOOK_SECONDS
        return 0.0

    async def _probe(self, breaker: PlatformBreaker) -> float:
        """Of a platform that is tripped one publication at a time tries whether it serves again; the others wait.

        Returns how many seconds to wait before it is looked at again.
        """
        platform, now = breaker.platform, await clock.now()
        if breaker.probe_time <= now and (picked := (await self._in_flight.pick(platform, 1, now))[0]):
            if not await breakers.claim_probe(platform, now):
                self._in_flight.leave([one.id for one in picked])
            elif not self._line_up([one._replace(is_probe=True) for one in await self._claim(picked, now)]):
                await breakers.release_probe(platform, now)
        self._means.events.publish(Topic.PUBLICATIONS, await breakers.write_reason(breaker, now))
        return LOOK_SECONDS

    async def _claim(self, picked: Sequence[Candidate], now: datetime) -> list[Claimed]:
        """Claims them; gives the places of those that others have taken back."""
        claimed = await claims.claim(picked, now) if picked else []
        self._in_flight.leave({one.id for one in picked} - {one.row.id for one in claimed})
        self._means.events.publish(Topic.PUBLICATIONS, [one.event for one in claimed])
        return claimed

    def _line_up(self, claimed: Sequence[Claimed]) -> int:
        """Lets go what can go, settles what cannot be sent; returns how many go."""
        ready = 0
        for one in claimed:
            try:
                account = usable_account(one.account, one.time)
            except PlatformError as error:
                self._in_flight.settle(unsent_result(one, error))
            else:
                ready += 1
                self._departures.line_up(Ready(one, account))
        return ready
