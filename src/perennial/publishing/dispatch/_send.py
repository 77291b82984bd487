"""Claimed publications that lie ready until the platform has a place for their requests; marked only when they go."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.accounts.account_rows import AnyAccount
from perennial.accounts.refreshing import needs_refresh
from perennial.core import clock
from perennial.core.states import Platform
from perennial.events.publisher import Topic
from perennial.observe.logs import get_logger
from perennial.publishing import claims
from perennial.publishing.claims import Claimed
from perennial.publishing.dispatch._on_the_wire import InFlight
from perennial.publishing.dispatch._record import Arrivals
from perennial.publishing.dispatch.context import Means

log = get_logger(__name__)

# Places that become free within this time are taken together: a mark costs hardly more than one.
GATHER_SECONDS = 0.002
# Marked together at most: meanwhile the others are on their way, and do not all come back at once.
GROUP = 25
# Groups that leave at the same `now`: one is marked while the last is being sent.
GROUPS_MAX = 4
# A `now` is read again after so long: a slow database would have leases that ran out meanwhile count as good.
FRESH_SECONDS = 0.1


class Ready(NamedTuple):
    """Ours to send, with the account that it goes out from."""

    claimed: Claimed
    account: AnyAccount


class Departures:
    """What a run of publish_due has ready. Nothing leaves for a platform of which there is bad news to be heeded."""

    def __init__(self, means: Means, in_flight: InFlight, arrivals: Arrivals) -> None:
        self._means, self._traffic = means, means.traffic
        self._in_flight, self._arrivals = in_flight, arrivals
        self._ready: dict[Platform, deque[Ready]] = {platform: deque() for platform in means.sender.platforms}

    def line_up(self, ready: Ready) -> None:
        """Lets it go as soon as there is a place for it."""
        self._ready[ready.claimed.platform].append(ready)
        self._traffic.freed.set()

    async def work(self) -> None:
        """Sends what lies ready as soon as it can leave, until it is cancelled."""
        while True:
            self._traffic.freed.clear()
            if any(map(self._room, self._ready)):
                now = await clock.now()
                fresh_until = asyncio.get_running_loop().time() + FRESH_SECONDS
                for platform in [*self._ready] * GROUPS_MAX:
                    if asyncio.get_running_loop().time() < fresh_until:
                        await self._send(self._next(platform), now)
            else:
                await self._traffic.freed.wait()
                if self._in_flight.is_sending:
                    await asyncio.sleep(GATHER_SECONDS)

    async def give_back(self, is_meant: Callable[[Claimed], bool] = lambda _: True) -> set[Platform]:
        """Releases what has not left yet, and returns its platforms. Where that fails the lease runs out."""
        back = [one.claimed for queue in self._ready.values() for one in queue if is_meant(one.claimed)]
        if back:
            ids = {one.row.id for one in back}
            for platform, queue in self._ready.items():
                self._ready[platform] = deque(one for one in queue if one.claimed.row.id not in ids)
            try:
                await claims.release(back)
                self._means.events.publish(Topic.PUBLICATIONS, [one.event for one in back])
            except Exception:
                log.exception("claims.not_released", claims=len(back))
            finally:
                self._in_flight.leave(ids)
        return {one.platform for one in back}

    def _room(self, platform: Platform) -> int:
        """How many of those that lie ready may leave now."""
        if self._means.stopping.is_set() or any(bad.platform == platform for bad in self._arrivals.bad_news):
            return 0
        return max(0, min(self._traffic.room_on_wire(platform), len(self._ready[platform]), GROUP))

    def _next(self, platform: Platform) -> list[Ready]:
        """Those that leave now; from now on they are on the wire."""
        group = [self._ready[platform].popleft() for _ in range(self._room(platform))]
        self._in_flight.depart(one.claimed.row.id for one in group)
        return group

    async def _send(self, group: list[Ready], now: datetime) -> None:
        """Sends them: after a refresh what needs one, which marks it by itself, the others marked together."""
        at_once: dict[UUID, Ready] = {}
        for one in group:
            if needs_refresh(one.account, now):
                self._in_flight.send(one.claimed, self._means.sender.refresh_and_send(*one, now))
            else:
                at_once[one.claimed.row.id] = one
        try:
            for claimed in await claims.mark([one.claimed for one in at_once.values()], now):
                account = at_once.pop(claimed.row.id).account
                self._in_flight.send(claimed, self._means.sender.send(claimed, account, now))
        finally:
            self._in_flight.leave(at_once)  # lost to somebody else, or to an error
