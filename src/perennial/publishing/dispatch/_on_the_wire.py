"""What a run of publish_due has under way: places in the traffic, and requests on the wire."""

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from perennial.core.states import Platform
from perennial.publishing import publication_rows
from perennial.publishing.claims import Claimed, ClaimResult
from perennial.publishing.dispatch._record import Arrivals
from perennial.publishing.dispatch.concurrency import Traffic
from perennial.publishing.publication_rows import Candidate


class InFlight:
    """A publication holds its place from `pick` until its answer is there, or it is left; then `changed` is set."""

    def __init__(self, traffic: Traffic, arrivals: Arrivals, changed: asyncio.Event) -> None:
        self._traffic = traffic
        self._arrivals = arrivals
        self._changed = changed
        self._places: dict[UUID, Candidate] = {}
        self._on_wire: set[UUID] = set()
        self._sending: dict[asyncio.Task[ClaimResult | None], UUID] = {}

    def __bool__(self) -> bool:
        """Whether anything has a place."""
        return bool(self._places)

    @property
    def is_sending(self) -> bool:
        """Whether anything is on the wire, or about to be."""
        return bool(self._on_wire)

    async def pick(self, platform: Platform, room: int, now: datetime) -> tuple[list[Candidate], bool]:
        """The longest due, `room` of them at most, each with a place, which is left by its id later; and whether more
        are due.

        Looks past what an account has no places for, however much that is: others wait behind it.
        """
        picked: list[Candidate] = []
        seen = 0
        async for page in publication_rows.candidates(platform, now, room + room // 4):
            admitted = self._traffic.admit(page, room - len(picked))
            self._places |= {one.id: one for one in admitted}
            picked += admitted
            seen += len(page)
            if len(picked) == room:
                break
        return picked, seen > len(picked) or len(picked) == room

    def leave(self, ids: Iterable[UUID]) -> None:
        """Gives places back."""
        for publication_id in ids:
            if place := self._places.pop(publication_id, None):
                self._traffic.leave(place)
                if publication_id in self._on_wire:
                    self._on_wire.remove(publication_id)
                    self._traffic.arrive(place.platform)
                self._changed.set()

    def leave_all(self) -> None:
        """Gives back what places are left."""
        self.leave(list(self._places))

    def depart(self, ids: Iterable[UUID]) -> None:
        """Takes their places on the wire, which are given back with the others."""
        for publication_id in ids:
            self._traffic.depart(self._places[publication_id].platform)
            self._on_wire.add(publication_id)

    def send(self, claimed: Claimed, work: Coroutine[Any, Any, ClaimResult | None]) -> None:
        """Starts the work. None of it comes back where the claim was lost."""
        task = asyncio.create_task(work)
        self._sending[task] = claimed.row.id
        task.add_done_callback(self._take)

    def settle(self, one: ClaimResult) -> None:
        """Takes what needs no request."""
        self._arrivals.settle(one)
        self.leave([one.claimed.row.id])

    def cancel(self) -> None:
        """Breaks off what is on the wire: it is in doubt once its lease has run out."""
        for task in self._sending:
            task.cancel()

    def _take(self, task: "asyncio.Task[ClaimResult | None]") -> None:
        """Takes what came back, and gives its place to the next."""
        publication_id = self._sending.pop(task)
        try:
            if not task.cancelled() and (one := task.result()):
                self._arrivals.settle(one)
        finally:
            self.leave([publication_id])
